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
    const rest = length / (m * p), step = length / p, [xr, xi, yr, yi] = [ar, ai, br, bi];
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < rest; k++) {
        for (let q = 0; q < p; q++) {
          const from = k + rest * (q + p * j), w = j * q * rest;
          const c = cos[w], s = sign * sin[w];
          tr[q] = xr[from] * c - xi[from] * s;
          ti[q] = xr[from] * s + xi[from] * c;
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
          yr[to] = re, yi[to] = im;
        }
      }
    }
  };

  /** The same for p = 2. */
  const stage2 = (m: number, sign: number) => {
    const rest = length / (2 * m), far = rest * m, [xr, xi, yr, yi] = [ar, ai, br, bi];
    for (let j = 0; j < m; j++) {
      const c = cos[j * rest], s = sign * sin[j * rest];
      let from = 2 * rest * j, to = rest * j;
      for (const end = from + rest; from < end; from++, to++) {
        const re = xr[from + rest], im = xi[from + rest];
        const tr = re * c - im * s, ti = re * s + im * c;
        yr[to] = xr[from] + tr, yi[to] = xi[from] + ti;
        yr[to + far] = xr[from] - tr, yi[to + far] = xi[from] - ti;
      }
    }
  };

  /** The same for p = 4: factors of the inner transform are 1, i, -1, -i. */
  const stage4 = (m: number, sign: number) => {
    const rest = length / (4 * m), far = rest * m, [xr, xi, yr, yi] = [ar, ai, br, bi];
    for (let j = 0; j < m; j++) {
      const w = j * rest, c1 = cos[w], c2 = cos[2 * w], c3 = cos[3 * w];
      const s1 = sign * sin[w], s2 = sign * sin[2 * w], s3 = sign * sin[3 * w];
      let from = 4 * rest * j, to = rest * j;
      for (const end = from + rest; from < end; from++, to++) {
        const f1 = from + rest, f2 = f1 + rest, f3 = f2 + rest;
        const r1 = xr[f1] * c1 - xi[f1] * s1, i1 = xr[f1] * s1 + xi[f1] * c1;
        const r2 = xr[f2] * c2 - xi[f2] * s2, i2 = xr[f2] * s2 + xi[f2] * c2;
        const r3 = xr[f3] * c3 - xi[f3] * s3, i3 = xr[f3] * s3 + xi[f3] * c3;
        const evenR = xr[from] + r2, evenI = xi[from] + i2;
        const leftR = xr[from] - r2, leftI = xi[from] - i2;
        const oddR = r1 + r3, oddI = i1 + i3;
        const turnR = sign * (i3 - i1), turnI = sign * (r1 - r3);
        const t1 = to + far, t2 = t1 + far, t3 = t2 + far;
        yr[to] = evenR + oddR, yi[to] = evenI + oddI;
        yr[t1] = leftR + turnR, yi[t1] = leftI + turnI;
        yr[t2] = evenR - oddR, yi[t2] = evenI - oddI;
        yr[t3] = leftR - turnR, yi[t3] = leftI - turnI;
      }
    }
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
        for (const p of radices) {
          if (p === 4) stage4(m, sign);
          else if (p === 2) stage2(m, sign);
          else stage(m, p, sign);
          [ar, br] = [br, ar], [ai, bi] = [bi, ai];
          m *= p;
        }
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
