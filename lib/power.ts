import { type Band, createBand } from "./band.ts";
import { type CTF, ctfPhase } from "./ctf.ts";
import { transform2 } from "./fft.ts";
import { bandShells } from "./noise.ts";
import { windowPower } from "./prepare.ts";
import { transferAt, turnBand } from "./turn.ts";

/** Power of prepared images in a band, added up image by image. */
export interface PowerSum {
  /** Adds images prepared by normalize(), [ctfs.length, N, N]. */
  add(images: Float32Array, ctfs: readonly CTF[]): void;
  /**
   * Mean |D(k)|^2 - noise of the images so far, [n]: what the particles added.
   * @param variance sigma^2 by shell round(|k|); default white
   */
  excess(variance?: ArrayLike<number>): Float64Array;
  /** Mean CTF(k)^2, [n]. */
  transfer(): Float64Array;
}

/** Starts a sum over images of a stack. */
export function createPowerSum(band: Band, pixelSize: number): PowerSum {
  const { boxSize: n, count, k } = band;
  const at = turnBand(createBand(n, band.radius), 0);
  const power = new Float64Array(count), transfer = new Float64Array(count);
  const real = new Float64Array(n * n), imaginary = new Float64Array(n * n);
  let images = 0;
  const noise = windowPower(n), shells = bandShells(band);
  return {
    add(pixels, ctfs) {
      ctfs.forEach((ctf, image) => {
        real.set(pixels.subarray(image * n * n, (image + 1) * n * n));
        imaginary.fill(0);
        transform2(real, imaginary, n);
        const c = transferAt(ctfPhase(ctf), n, pixelSize, at);
        for (let i = 0; i < count; i++) {
          const place = ((k[2 * i + 1] + n) % n) * n + k[2 * i];
          power[i] += (real[place] ** 2 + imaginary[place] ** 2) / (n * n);
          transfer[i] += c[i] * c[i];
        }
      });
      images += ctfs.length;
    },
    excess: (variance) =>
      power.map((p, i) => p / images - noise * (variance ? variance[shells[i]] : 1)),
    transfer: () => transfer.map((c2) => c2 / images),
  };
}
