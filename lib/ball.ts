/**
 * The Fourier coefficients of a real density within |k| < r + 1/2, one of each k and -k, which is where
 * slices of radius r lie. On a work grid of M = 3 r that is a sixth of the density's numbers.
 */
export interface Ball {
  /** M, edge of the grid. */
  readonly boxSize: number;
  /** r, Fourier pixels. */
  readonly radius: number;
  /** n, coefficients; the first is k = 0. */
  readonly count: number;
  /** kx >= 0, ky, kz of each, [n, 3]. */
  readonly k: Int16Array;
  /** Where each lies among [M, M, M] as [kz, ky, kx], frequencies as in a Diagonal; [n]. */
  readonly places: Uint32Array;
  /** F(k) = sum_x v(x) exp(-2 pi i k.x / M) of voxels [M, M, M] as re, im; [n, 2]. */
  pack(voxels: Float32Array | Float64Array): Float64Array;
  /** The density of these coefficients and none besides, [M, M, M]; unpack(pack(v)) cuts v to the ball. */
  unpack(coefficients: Float32Array | Float64Array): Float32Array;
}

const balls = new Map<string, Ball>();

/**
 * The ball of a grid; balls are kept. Only coefficients are summed up that are asked for, axis by axis:
 * a few times faster than a whole transform. Coefficients at Nyquist, which are their own mates, are left
 * out.
 *
 * @param boxSize M, even
 * @param radius r, Fourier pixels
 */
export function createBall(boxSize: number, radius: number): Ball {
  const key = `${boxSize} ${radius}`, known = balls.get(key);
  if (known) return known;
  const m = boxSize, top = Math.min(Math.ceil(radius + 0.5), m / 2) - 1, span = 2 * top + 1;

  const k: number[] = [];
  for (let kx = 0; kx <= top; kx++) {
    for (let ky = kx > 0 ? -top : 0; ky <= top; ky++) {
      for (let kz = kx > 0 || ky > 0 ? -top : 0; kz <= top; kz++) {
        if (Math.hypot(kx, ky, kz) < radius + 0.5) k.push(kx, ky, kz);
      }
    }
  }
  const count = k.length / 3;
  const wrap = (f: number) => f < 0 ? f + m : f;
  const places = Uint32Array.from(
    { length: count },
    (_, i) => (wrap(k[3 * i + 2]) * m + wrap(k[3 * i + 1])) * m + k[3 * i],
  );

  // exp(-2 pi i k x / M) for k = -top .. top, [span, M]
  const cos = new Float64Array(span * m), sin = new Float64Array(span * m);
  for (let f = -top; f <= top; f++) {
    for (let x = 0; x < m; x++) {
      const angle = 2 * Math.PI * (wrap(f) * x % m) / m;
      cos[(f + top) * m + x] = Math.cos(angle);
      sin[(f + top) * m + x] = -Math.sin(angle);
    }
  }
  const lines = (top + 1) * m * m, columns = (top + 1) * span * m;
  // after x, [kx, z, y]; after x and y, [kx, ky, z]
  const lineRe = new Float64Array(lines), lineIm = new Float64Array(lines);
  const columnRe = new Float64Array(columns), columnIm = new Float64Array(columns);

  const ball: Ball = {
    boxSize,
    radius,
    count,
    k: Int16Array.from(k),
    places,
    pack(voxels) {
      for (let kx = 0; kx <= top; kx++) {
        const wave = (kx + top) * m;
        for (let row = 0; row < m * m; row++) {
          let re = 0, im = 0;
          for (let x = 0; x < m; x++) {
            const v = voxels[row * m + x];
            re += v * cos[wave + x], im += v * sin[wave + x];
          }
          lineRe[kx * m * m + row] = re, lineIm[kx * m * m + row] = im;
        }
        for (let ky = 0; ky < span; ky++) {
          for (let z = 0; z < m; z++) {
            const line = (kx * m + z) * m;
            let re = 0, im = 0;
            for (let y = 0; y < m; y++) {
              const a = lineRe[line + y], b = lineIm[line + y];
              const c = cos[ky * m + y], s = sin[ky * m + y];
              re += a * c - b * s, im += a * s + b * c;
            }
            const at = (kx * span + ky) * m + z;
            columnRe[at] = re, columnIm[at] = im;
          }
        }
      }
      const packed = new Float64Array(2 * count);
      for (let i = 0; i < count; i++) {
        const column = (k[3 * i] * span + k[3 * i + 1] + top) * m, wave = (k[3 * i + 2] + top) * m;
        let re = 0, im = 0;
        for (let z = 0; z < m; z++) {
          const a = columnRe[column + z], b = columnIm[column + z];
          const c = cos[wave + z], s = sin[wave + z];
          re += a * c - b * s, im += a * s + b * c;
        }
        packed[2 * i] = re, packed[2 * i + 1] = im;
      }
      return packed;
    },
    unpack(coefficients) {
      columnRe.fill(0), columnIm.fill(0);
      for (let i = 0; i < count; i++) {
        const column = (k[3 * i] * span + k[3 * i + 1] + top) * m, wave = (k[3 * i + 2] + top) * m;
        const scale = (i === 0 ? 1 : 2) / m ** 3; // k = 0 has no mate
        const a = scale * coefficients[2 * i], b = scale * coefficients[2 * i + 1];
        for (let z = 0; z < m; z++) {
          const c = cos[wave + z], s = -sin[wave + z];
          columnRe[column + z] += a * c - b * s, columnIm[column + z] += a * s + b * c;
        }
      }
      lineRe.fill(0), lineIm.fill(0);
      const sums = new Float64Array(m ** 3);
      for (let kx = 0; kx <= top; kx++) {
        for (let ky = 0; ky < span; ky++) {
          for (let z = 0; z < m; z++) {
            const at = (kx * span + ky) * m + z, line = (kx * m + z) * m;
            const a = columnRe[at], b = columnIm[at];
            for (let y = 0; y < m; y++) {
              const c = cos[ky * m + y], s = -sin[ky * m + y];
              lineRe[line + y] += a * c - b * s, lineIm[line + y] += a * s + b * c;
            }
          }
        }
        const wave = (kx + top) * m;
        for (let row = 0; row < m * m; row++) {
          const a = lineRe[kx * m * m + row], b = lineIm[kx * m * m + row];
          for (let x = 0; x < m; x++) sums[row * m + x] += a * cos[wave + x] + b * sin[wave + x];
        }
      }
      return Float32Array.from(sums);
    },
  };
  balls.set(key, ball);
  return ball;
}
