import { createFFT } from "./fft.ts";
import type { ParticleStack } from "./particles.ts";

/**
 * Keeps the M lowest of N frequencies on each of `count` lines, [count, N] to [count, M], unnormalised.
 * The two at the new Nyquist frequency become one, (F(-M/2) + F(M/2)) / sqrt 2: of white noise it has the
 * power of either.
 */
function keepLow(line: Float64Array, n: number, m: number): Float64Array {
  const count = line.length / n, out = new Float64Array(count * m), half = m / 2;
  for (let l = 0; l < count; l++) {
    for (let k = 1 - half; k < half; k++) out[l * m + (k + m) % m] = line[l * n + (k + n) % n];
    out[l * m + half] = (line[l * n + half] + line[l * n + n - half]) * Math.SQRT1_2;
  }
  return out;
}

/** [rows, columns] to [columns, rows]. */
function transpose(data: Float64Array, rows: number): Float64Array {
  const columns = data.length / rows, out = new Float64Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  }
  return out;
}

/**
 * Two images in one complex one, in fewer pixels: d' = F_M^-1 W F_N d along both axes, F unitary, W the
 * frequencies that are kept. F_M^-1 W F_N has orthonormal rows: white noise stays white, of the same
 * deviation.
 *
 * @param real [N, N], imaginary the same
 * @returns [M, M] each
 */
function downsamplePair(
  real: Float64Array,
  imaginary: Float64Array,
  n: number,
  m: number,
): [Float64Array, Float64Array] {
  let re = real, im = imaginary;
  for (let axis = 0; axis < 2; axis++) {
    const lines = re.length / n;
    createFFT(n).transform(re, im, { count: lines });
    re = keepLow(re, n, m), im = keepLow(im, n, m);
    createFFT(m).transform(re, im, { count: lines, sign: 1 });
    re = transpose(re, lines), im = transpose(im, lines);
  }
  const scale = 1 / (n * m);
  return [re.map((v) => v * scale), im.map((v) => v * scale)];
}

/**
 * The same images in fewer, larger pixels: the transform is cropped, the field of view stays, the pixel size
 * is p N / M. White noise keeps its deviation and its whiteness; a particle's pixels become N / M times as
 * high, having been averaged less than the noise. CTFs are in A and stay; shifts in px shrink with the pixels.
 *
 * @param boxSize M, even, at most N
 * @throws {RangeError} if it is not.
 */
export function downsampleImages(particles: ParticleStack, boxSize: number): ParticleStack {
  const { boxSize: n, count, pixelSize, inverted } = particles, m = boxSize;
  if (!(Number.isInteger(m / 2) && m >= 2 && m <= n)) {
    throw new RangeError(
      `Cannot downsample images to ${m} px: wanted an even number from 2 to their ${n} px`,
    );
  }
  if (m === n) return particles;
  return {
    count,
    boxSize: m,
    pixelSize: pixelSize * n / m,
    ...inverted && { inverted },
    ctf: (i) => particles.ctf(i),
    async read(indices) {
      const pixels = await particles.read(indices), out = new Float32Array(indices.length * m * m);
      for (let i = 0; i < indices.length; i += 2) {
        const image = (j: number) => Float64Array.from(pixels.subarray(j * n * n, (j + 1) * n * n));
        const paired = i + 1 < indices.length;
        const [a, b] = downsamplePair(
          image(i),
          paired ? image(i + 1) : new Float64Array(n * n),
          n,
          m,
        );
        out.set(a, i * m * m);
        if (paired) out.set(b, (i + 1) * m * m);
      }
      return out;
    },
  };
}
