/**
 * The Kaiser-Bessel interpolation window and its Fourier transform.
 *
 * To read a spectrum between its samples: divide the density by `transform(n / (oversampling N))` at
 * voxel offset n from the origin, zero-pad it from N to oversampling x N, Fourier transform, and sum
 * the samples around a point, each weighted by `window` of its distance on every axis. The adjoint
 * spreads with the same window and divides by the same transform afterwards.
 */
export interface KaiserBessel {
  /** W, extent of the window in samples of the oversampled grid. */
  readonly width: number;
  /** Edge of the oversampled grid over edge of the box. */
  readonly oversampling: number;
  /** beta, shape parameter. */
  readonly beta: number;
  /** phi(u), u in samples of the oversampled grid; 0 for |u| > W/2; integral 1. */
  window(u: number): number;
  /** phihat(x) = integral phi(u) exp(-2 pi i u x) du, x in cycles per sample; phihat(0) = 1. */
  transform(x: number): number;
}

/** Modified Bessel function I0 by its power series, sum ((x/2)^m / m!)^2; all terms positive. */
function besselI0(x: number): number {
  const quarter = x * x / 4;
  let sum = 1, term = 1;
  for (let m = 1; term > 1e-17 * sum; m++) sum += term *= quarter / (m * m);
  return sum;
}

/**
 * Kaiser-Bessel window of a width, with the shape that suits the oversampling.
 *
 *     phi(u) = c I0(beta sqrt(1 - (2u/W)^2)),             c = beta / (W sinh beta)
 *     phihat(x) = c W sinh(s) / s,  s = sqrt(beta^2 - (pi W x)^2); sin for the imaginary s
 *     beta = pi sqrt((W/os)^2 (os - 1/2)^2 - 0.8)
 *
 * Beatty, Nishimura & Pauly, IEEE Trans. Med. Imaging 24, 799 (2005), eq. 5. The worst error of an
 * interpolated spectrum at oversampling 2 falls about tenfold per unit of width.
 *
 * @throws {RangeError} if width and oversampling leave beta without a value.
 */
export function createKaiserBessel(
  { width, oversampling = 2 }: { width: number; oversampling?: number },
): KaiserBessel {
  const square = (width / oversampling) ** 2 * (oversampling - 0.5) ** 2 - 0.8;
  if (!(width > 0) || !(oversampling > 1) || !(square > 0) || !Number.isFinite(square)) {
    throw new RangeError(
      `Cannot make a Kaiser-Bessel window: width ${width} at oversampling ${oversampling}, ` +
        `wanted oversampling above 1 and a width of 2 or more`,
    );
  }
  const beta = Math.PI * Math.sqrt(square);
  const scale = beta / (width * Math.sinh(beta));
  return {
    width,
    oversampling,
    beta,
    window(u) {
      const t = 1 - (2 * u / width) ** 2;
      return t < 0 ? 0 : scale * besselI0(beta * Math.sqrt(t));
    },
    transform(x) {
      const square = beta * beta - (Math.PI * width * x) ** 2;
      const s = Math.sqrt(Math.abs(square));
      const ratio = s < 1e-6 ? 1 : (square > 0 ? Math.sinh(s) : Math.sin(s)) / s;
      return scale * width * ratio;
    },
  };
}
