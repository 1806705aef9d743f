import { type CTF, ctfPhase, evaluateCTF } from "./ctf.ts";
import { transform2 } from "./fft.ts";
import type { Pose } from "./particles.ts";
import { createSlicer } from "./slicer.ts";
import type { Volume } from "./volume.ts";

/** How an image is taken. */
export interface View {
  /** Multiplies the transform. */
  readonly ctf: CTF;
  /** Where the particle is seen from, and where it lies. */
  readonly pose: Pick<Pose, "rotation" | "shift">;
}

/** Images of one density, without noise. */
export interface Renderer {
  /**
   * The image of a view: the projection of the density, blurred by the CTF and moved,
   *
   *     D(k) = exp(-2 pi i k.t / N) CTF(k) P_R(k)    for |k| < N/2, 0 beyond.
   *
   * @param scale factor of the density
   * @returns pixels, [N, N] as [y, x]
   */
  image(view: View, scale?: number): Float32Array;
  /** Variance of the pixels of image(view), from the transform. */
  variance(view: View): number;
}

/** k = 0 and one of each Friedel pair inside the Nyquist circle, |k| < N/2; [n, 2], k = 0 first. */
function frequenciesOf(n: number): Int32Array {
  const k = [0, 0];
  for (let y = -n / 2 + 1; y < n / 2; y++) {
    for (let x = 0; x < n / 2; x++) {
      if ((x > 0 || y > 0) && x * x + y * y < n * n / 4) k.push(x, y);
    }
  }
  return Int32Array.from(k);
}

/** Prepares a density to have its images taken. */
export function createRenderer(map: Volume): Renderer {
  const n = map.boxSize, field = n * map.pixelSize;
  const slicer = createSlicer(map), k = frequenciesOf(n);
  const real = new Float64Array(n * n), imaginary = new Float64Array(n * n);

  /** D(k), [n, 2]. */
  const transformOf = ({ ctf, pose: { rotation, shift: [tx, ty] } }: View): Float64Array => {
    const phase = ctfPhase(ctf), d = slicer.slice(rotation, k);
    for (let j = 0; j < k.length; j += 2) {
      const transfer = evaluateCTF(phase, k[j] / field, k[j + 1] / field);
      const angle = -2 * Math.PI * (k[j] * tx + k[j + 1] * ty) / n;
      const c = transfer * Math.cos(angle), s = transfer * Math.sin(angle);
      const re = d[j], im = d[j + 1];
      d[j] = c * re - s * im;
      d[j + 1] = c * im + s * re;
    }
    return d;
  };

  return {
    variance(view) {
      // Parseval: the power beside k = 0, each coefficient standing for two, over N^2 pixels.
      return transformOf(view).reduce((sum, d, j) => j < 2 ? 0 : sum + 2 * d * d, 0) / (n * n);
    },
    image(view, scale = 1) {
      const d = transformOf(view);
      real.fill(0);
      imaginary.fill(0);
      for (let j = 0; j < k.length; j += 2) {
        const x = k[j], y = k[j + 1];
        // (-1)^(x+y) moves the origin from pixel 0 to pixel N/2.
        const sign = (x + y) % 2 === 0 ? scale / n : -scale / n;
        const here = ((y + n) % n) * n + x, mate = ((n - y) % n) * n + (n - x) % n;
        real[mate] = real[here] = sign * d[j];
        imaginary[mate] = -sign * d[j + 1];
        imaginary[here] = sign * d[j + 1];
      }
      transform2(real, imaginary, n, 1);
      return Float32Array.from(real);
    },
  };
}
