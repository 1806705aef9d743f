/**
 * Discrete Fourier transforms of any length, float64, in place on separate real and imaginary parts.
 *
 * Unnormalised, F(k) = sum_x f(x) exp(-+ 2 pi i k x / n); the inverse (sign +1) is not divided by n.
 */
export interface FFT {
  readonly length: number;
  /** Transforms `count` lines; line l starts at l * lineStride, its elements are `stride` apart. */
  transform(
    real: Float64Array,
    imaginary: Float64Array,
    options?: { sign?: -1 | 1; stride?: number; count?: number; lineStride?: number },
  ): void;
}

function factors(n: number): number[] {
  const out: number[] = [];
  for (const p of [4, 2, 3, 5]) while (n % p === 0) (out.push(p), n /= p);
  for (let p = 7; n > 1; p += 2) while (n % p === 0) (out.push(p), n /= p);
  return out;
}

const plans = new Map<number, FFT>();

/** The plan for a length (decimation in time, mixed radix, self-sorting); plans are kept. */
export function createFFT(length: number): FFT {
  const known = plans.get(length);
  if (known) return known;
  if (!Number.isInteger(length) || length < 1) {
    throw new RangeError(`Cannot transform: length ${length}, wanted a positive integer`);
  }
  const radices = factors(length);
  const cos = new Float64Array(length), sin = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    cos[i] = Math.cos(2 * Math.PI * i / length);
    sin[i] = Math.sin(2 * Math.PI * i / length);
  }
  const largest = Math.max(1, ...radices);
  let ar = new Float64Array(length), ai = new Float64Array(length);
  let br = new Float64Array(length), bi = new Float64Array(length);
  const tr = new Float64Array(largest), ti = new Float64Array(largest);

  /** One Stockham stage: m = product of the radices done, p = this radix, rest = n / (m p). */
  const stage = (m: number, p: number, sign: number) => {
    const rest = length / (m * p);
    const step = length / p;
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < rest; k++) {
        for (let q = 0; q < p; q++) {
          const from = k + rest * (q + p * j), w = j * q * rest;
          const c = cos[w], s = sign * sin[w];
          const re = ar[from], im = ai[from];
          tr[q] = re * c - im * s;
          ti[q] = re * s + im * c;
        }
        if (p === 2) {
          const a = k + rest * j, b = a + rest * m;
          br[a] = tr[0] + tr[1], bi[a] = ti[0] + ti[1];
          br[b] = tr[0] - tr[1], bi[b] = ti[0] - ti[1];
          continue;
        }
        for (let u = 0; u < p; u++) {
          let re = tr[0], im = ti[0];
          for (let q = 1; q < p; q++) {
            const w = (u * q % p) * step;
            const c = cos[w], s = sign * sin[w];
            re += tr[q] * c - ti[q] * s;
            im += tr[q] * s + ti[q] * c;
          }
          const to = k + rest * (j + m * u);
          br[to] = re, bi[to] = im;
        }
      }
    }
    [ar, br] = [br, ar], [ai, bi] = [bi, ai];
  };

  const plan: FFT = {
    length,
    transform(
      real,
      imaginary,
      { sign = -1, stride = 1, count = 1, lineStride = length * stride } = {},
    ) {
      for (let line = 0; line < count; line++) {
        const start = line * lineStride;
        for (let i = 0, at = start; i < length; i++, at += stride) {
          ar[i] = real[at], ai[i] = imaginary[at];
        }
        let m = 1;
        for (const p of radices) (stage(m, p, sign), m *= p);
        for (let i = 0, at = start; i < length; i++, at += stride) {
          real[at] = ar[i], imaginary[at] = ai[i];
        }
      }
    },
  };
  plans.set(length, plan);
  return plan;
}

/** In-place 2D transform of [n, n], unnormalised. */
export function transform2(
  real: Float64Array,
  imaginary: Float64Array,
  n: number,
  sign: -1 | 1 = -1,
): void {
  const fft = createFFT(n);
  fft.transform(real, imaginary, { sign, count: n });
  fft.transform(real, imaginary, { sign, stride: n, count: n, lineStride: 1 });
}

/** In-place 3D transform of [n, n, n], unnormalised. */
export function transform3(
  real: Float64Array,
  imaginary: Float64Array,
  n: number,
  sign: -1 | 1 = -1,
): void {
  const fft = createFFT(n);
  fft.transform(real, imaginary, { sign, count: n * n });
  for (let z = 0; z < n; z++) {
    const re = real.subarray(z * n * n, (z + 1) * n * n);
    const im = imaginary.subarray(z * n * n, (z + 1) * n * n);
    fft.transform(re, im, { sign, stride: n, count: n, lineStride: 1 });
  }
  fft.transform(real, imaginary, { sign, stride: n * n, count: n * n, lineStride: 1 });
}
