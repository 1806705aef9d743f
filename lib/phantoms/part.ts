/**
 * One body of a phantom: an ellipsoid or an upright tube, lengths in box edges.
 *
 * Turned by Rz(rot) Ry(tilt) Rz(psi), then moved to its centre.
 */
export interface Part {
  /** Which body it is. */
  readonly shape: "ellipsoid" | "tube";
  /** (x, y, z) before the phantom is centred. */
  readonly centre: readonly [number, number, number];
  /** Ellipsoid: its half axes along x, y, z. Tube: outer radius, inner radius, half height along z. */
  readonly size: readonly [number, number, number];
  /** (rot, tilt, psi), degrees. */
  readonly turn?: readonly [number, number, number];
  /** Density inside; overlapping parts add. */
  readonly density: number;
}

/** Volume of the body times its density, in cubed box edges. */
export function massOf({ shape, size: [a, b, c], density }: Part): number {
  const volume = shape === "ellipsoid" ? 4 / 3 * a * b * c : 2 * c * (a * a - b * b);
  return Math.PI * volume * density;
}

/** J1(x), x >= 0, absolute error 1e-7: Abramowitz & Stegun 9.4.4 and 9.4.6. */
export function besselJ1(x: number): number {
  if (x < 3) {
    const t = (x / 3) ** 2;
    return x * (0.5 + t * (-0.56249985 + t * (0.21093573 + t * (-0.03954289 + t *
                    (0.00443319 + t * (-0.00031761 + t * 0.00001109))))));
  }
  const t = 3 / x;
  const amplitude = 0.79788456 + t * (0.00000156 + t * (0.01659667 + t * (0.00017105 + t *
                  (-0.00249511 + t * (0.00113653 - t * 0.00020033)))));
  const phase = x - 2.35619449 + t * (0.12499612 + t * (0.00005650 + t * (-0.00637879 + t *
                  (0.00074348 + t * (0.00079824 - t * 0.00029166)))));
  return amplitude * Math.cos(phase) / Math.sqrt(x);
}

/** Transform of a disc of radius a, a J1(2 pi a k) / k. */
function disc(a: number, k: number): number {
  return k < 1e-9 ? Math.PI * a * a : a * besselJ1(2 * Math.PI * a * k) / k;
}

/**
 * The body's Fourier transform in its own frame, integral rho(p) exp(-2 pi i k.p) dp; it is real.
 *
 *     ellipsoid: mass 3 (sin q - q cos q) / q^3,  q = 2 pi |(a kx, b ky, c kz)|
 *     tube: density sin(2 pi c kz) / (pi kz) (a J1(2 pi a h) - b J1(2 pi b h)) / h,  h = |(kx, ky)|
 *
 * @param x kx, and so on, cycles per box edge
 */
export function transformOf(part: Part, x: number, y: number, z: number): number {
  const [a, b, c] = part.size;
  if (part.shape === "ellipsoid") {
    const q = 2 * Math.PI * Math.sqrt(a * a * x * x + b * b * y * y + c * c * z * z);
    // Below 0.01 the series 1 - q^2/10 is closer than the difference of nearly equal terms.
    const form = q < 0.01 ? 1 - q * q / 10 : 3 * (Math.sin(q) - q * Math.cos(q)) / (q * q * q);
    return massOf(part) * form;
  }
  const h = Math.sqrt(x * x + y * y);
  const height = Math.abs(z) < 1e-9 ? 2 * c : Math.sin(2 * Math.PI * c * z) / (Math.PI * z);
  return part.density * height * (disc(a, h) - disc(b, h));
}
