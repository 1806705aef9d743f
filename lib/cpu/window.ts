import { createKaiserBessel } from "../kaiser_bessel.ts";

/**
 * Taps an axis. With twofold oversampling what a voxel adds to the spectrum is off by up to 3e-6 of it in
 * the inner half of the box and 1e-5 at its edge, root mean square, for each axis.
 */
export const WIDTH = 6;
/** Degree of the polynomials, as in assembly/window.ts. */
const DEGREE = 9;

const kernel = createKaiserBessel({ width: WIDTH, oversampling: 2 });

/**
 * phi(t + 2.5 - j), tap j, as a polynomial in t on [-1/2, 1/2]: interpolation at Chebyshev points,
 * written in powers of t. [degree + 1, 8] floats, taps 6 and 7 zero.
 */
export function windowPolynomials(): Float32Array {
  const m = DEGREE + 1, out = new Float32Array(8 * m);
  const nodes = Array.from({ length: m }, (_, i) => Math.cos(Math.PI * (i + 0.5) / m));
  for (let j = 0; j < WIDTH; j++) {
    const values = nodes.map((x) => kernel.window(x / 2 + 2.5 - j));
    // Chebyshev coefficients, then T_d(2t) in powers of t by T_(d+1) = 4 t T_d - T_(d-1)
    const powers = new Float64Array(m);
    let before = new Float64Array(m), now = new Float64Array(m);
    now[0] = 1;
    for (let d = 0; d < m; d++) {
      const c = nodes.reduce(
        (s, _, i) => s + values[i] * Math.cos(Math.PI * d * (i + 0.5) / m),
        0,
      );
      for (let i = 0; i < m; i++) powers[i] += (d === 0 ? 1 : 2) / m * c * now[i];
      const next = new Float64Array(m);
      for (let i = 0; i < m; i++) {
        next[i] = (i > 0 ? (d === 0 ? 2 : 4) * now[i - 1] : 0) - (d === 0 ? 0 : before[i]);
      }
      before = now, now = next;
    }
    for (let d = 0; d < m; d++) out[8 * d + j] = powers[d];
  }
  return out;
}

/** Matrices that take an axis of `box` voxels to the oversampled frequencies from..to and back. */
export interface AxisTransform {
  /** cos, -sin interleaved, [box, pitch]: a real line times this is its transform. */
  readonly interleaved: Float32Array;
  /** [pitch, padded box]: its transpose. */
  readonly interleavedTransposed: Float32Array;
  /** [frequencies, 2 box]: cos | -sin, to multiply (T, iT). */
  readonly split: Float32Array;
  /** [2 box, frequencies]: its transpose. */
  readonly splitTransposed: Float32Array;
}

/**
 * exp(-2 pi i g x / (2 box)) / phihat(x / (2 box)) for g = from..to, x = -box/2 .. box/2 - 1: the
 * transform on the twice finer grid that the window interpolates.
 *
 * @param pitch floats a row of the interleaved form, at least 2 (to - from + 1)
 * @param scale factor of the split form
 */
export function axisTransform(
  { box, from, to, pitch, paddedBox, scale = 1 }: {
    box: number;
    from: number;
    to: number;
    pitch: number;
    paddedBox: number;
    scale?: number;
  },
): AxisTransform {
  const count = to - from + 1;
  const interleaved = new Float32Array(box * pitch);
  const interleavedTransposed = new Float32Array(pitch * paddedBox);
  const split = new Float32Array(count * 2 * box), splitTransposed = new Float32Array(split.length);
  for (let x = 0; x < box; x++) {
    const correction = 1 / kernel.transform((x - box / 2) / (2 * box));
    for (let i = 0; i < count; i++) {
      const angle = 2 * Math.PI * (from + i) * (x - box / 2) / (2 * box);
      const re = correction * Math.cos(angle), im = -correction * Math.sin(angle);
      interleaved[x * pitch + 2 * i] = interleavedTransposed[2 * i * paddedBox + x] = re;
      interleaved[x * pitch + 2 * i + 1] = im;
      interleavedTransposed[(2 * i + 1) * paddedBox + x] = im;
      split[i * 2 * box + x] = splitTransposed[x * count + i] = scale * re;
      split[i * 2 * box + box + x] = splitTransposed[(box + x) * count + i] = scale * im;
    }
  }
  return { interleaved, interleavedTransposed, split, splitTransposed };
}
