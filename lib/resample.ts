import { createFFT, transform3 } from "./fft.ts";
import { createVolume, type Volume } from "./volume.ts";

/**
 * Resamples one axis of real data from n to m points by trigonometric interpolation.
 *
 *     f'(x') = (1/n) sum_|k| F(k) exp(2 pi i k x' / m)
 *
 * Two lines travel together as real and imaginary part, since the map is linear and real. Growing, the
 * Nyquist coefficient is halved between +n/2 and -n/2; shrinking, the two at +-m/2 are added into one.
 * The origin moves from n/2 to m/2 by itself: both are the phase (-1)^k.
 *
 * @param data lines of n values `stride` apart, first values at 0 .. stride-1 of each block of n stride
 * @returns the same order with m in place of n
 */
function resampleAxis(
  data: Float64Array,
  { from: n, to: m, stride }: { from: number; to: number; stride: number },
): Float64Array {
  const blocks = data.length / (n * stride), lines = blocks * stride;
  const out = new Float64Array(lines * m);
  const forward = createFFT(n), backward = createFFT(m);
  const re = new Float64Array(n), im = new Float64Array(n);
  const outRe = new Float64Array(m), outIm = new Float64Array(m);
  const half = Math.min(n, m) / 2;
  const offset = (line: number, length: number) =>
    Math.floor(line / stride) * length * stride + line % stride;
  for (let line = 0; line < lines; line += 2) {
    const paired = line + 1 < lines;
    const a = offset(line, n), b = offset(line + 1, n);
    for (let i = 0; i < n; i++) {
      re[i] = data[a + i * stride];
      im[i] = paired ? data[b + i * stride] : 0;
    }
    forward.transform(re, im);
    outRe.fill(0), outIm.fill(0);
    for (let k = 1 - half; k < half; k++) {
      outRe[(k + m) % m] = re[(k + n) % n] / n;
      outIm[(k + m) % m] = im[(k + n) % n] / n;
    }
    const share = n < m ? 0.5 : 1;
    for (const k of [-half, half]) {
      if (n === m && k > 0) continue;
      outRe[(k + m) % m] += share * re[(k + n) % n] / n;
      outIm[(k + m) % m] += share * im[(k + n) % n] / n;
    }
    backward.transform(outRe, outIm, { sign: 1 });
    const c = offset(line, m), d = offset(line + 1, m);
    for (let i = 0; i < m; i++) {
      out[c + i * stride] = outRe[i];
      if (paired) out[d + i * stride] = outIm[i];
    }
  }
  return out;
}

/**
 * A volume on more or fewer voxels: the same field of view and density values, voxels of another size.
 *
 * The transform is cropped or zero-padded. Growing and shrinking back gives the volume again.
 *
 * @param boxSize M, even
 * @throws {RangeError} if the box is odd.
 */
export function resample(volume: Volume, boxSize: number): Volume {
  const { boxSize: n, pixelSize } = volume;
  const out = createVolume({ boxSize, pixelSize: pixelSize * n / boxSize });
  if (boxSize === n) {
    out.voxels.set(volume.voxels);
    return out;
  }
  let data: Float64Array = Float64Array.from(volume.voxels);
  // From z, the slowest axis, to x: the stride is the number of points on the axes still to come.
  for (const stride of [n * n, n, 1]) {
    data = resampleAxis(data, { from: n, to: boxSize, stride });
  }
  out.voxels.set(data);
  return out;
}

/**
 * A volume without its high frequencies: 1 below radius - width/2, 0 above radius + width/2 and half a
 * cosine between them.
 *
 * @param radius Fourier px
 * @param width Fourier px
 */
export function lowPass(volume: Volume, radius: number, width = 2): Volume {
  const { boxSize: n, pixelSize } = volume;
  const real = Float64Array.from(volume.voxels), imaginary = new Float64Array(n ** 3);
  transform3(real, imaginary, n);
  const frequency = Float64Array.from({ length: n }, (_, i) => i < n / 2 ? i : i - n);
  for (let z = 0, at = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++, at++) {
        const k = Math.sqrt(frequency[x] ** 2 + frequency[y] ** 2 + frequency[z] ** 2);
        const t = width > 0 ? (k - radius) / width + 0.5 : k > radius ? 1 : 0;
        const gain = t <= 0 ? 1 : t >= 1 ? 0 : 0.5 * (1 + Math.cos(Math.PI * t));
        real[at] *= gain / n ** 3, imaginary[at] *= gain / n ** 3;
      }
    }
  }
  transform3(real, imaginary, n, 1);
  return createVolume({ boxSize: n, pixelSize, voxels: Float32Array.from(real) });
}
