import { frequencyMatrix } from "../align/refine.ts";
import { transform3 } from "../fft.ts";
import { multiply, type Rotation, transpose } from "../rotation.ts";
import { createSpectrum, readSpectrum } from "../spectrum.ts";
import { createVolume, type Volume } from "../volume.ts";
import { type Frame, turned } from "./frame.ts";
import type { PointGroup } from "./groups.ts";

/** Whether a rotation takes the lattice of whole frequencies to itself, to rounding. */
function keepsLattice(rotation: Rotation): boolean {
  return rotation.every((r) => Math.abs(r - Math.round(r)) < 1e-9);
}

/**
 * A map moved to a group's standard orientation and averaged over the group,
 *
 *     F'(k) = (1/|G|) sum_g F((g Q^T)^T k) exp(2 pi i ((g Q^T)^T k).c / N)   for |k| < N/2, 0 beyond,
 *
 * interpolated once in Fourier space, to about 1e-5 of the density. Elements that keep the lattice (turns by 90
 * degrees, 2-folds along axes) relate coefficients exactly: one of each orbit is computed. What leaves
 * the box on one side enters on the other.
 *
 * @param frame where the axes lie in the map, as found by findSymmetry()
 */
export function symmetrize(map: Volume, { elements }: PointGroup, frame: Frame): Volume {
  const { boxSize: n, pixelSize } = map, half = n / 2, spectrum = createSpectrum(map);
  const real = new Float64Array(n ** 3), imaginary = new Float64Array(n ** 3);
  const lattice = elements.filter(keepsLattice).map((g) => g.map(Math.round));
  // From map to standard orientation, then by an element.
  const motions = elements.map((g) => {
    const rotation = multiply(g, transpose(frame.rotation));
    return {
      matrix: frequencyMatrix({ rotation, mirrored: false }),
      shift: turned(rotation, frame.centre).map((c) => -c),
    };
  });
  const indexOf = (x: number, y: number, z: number) =>
    ((z + n) % n * n + (y + n) % n) * n + (x + n) % n;
  const known = new Uint8Array(n ** 3);
  const re = new Float64Array(n * n), im = new Float64Array(n * n);
  for (let kz = 1 - half; kz <= 0; kz++) {
    const list: number[] = [];
    for (let ky = 1 - half; ky < half; ky++) {
      for (let kx = 1 - half; kx < half; kx++) {
        if (kx * kx + ky * ky + kz * kz >= half * half || known[indexOf(kx, ky, kz)]) continue;
        list.push(kx, ky, kz);
        for (const g of lattice) {
          const [x, y, z] = turned(g, [kx, ky, kz]);
          known[indexOf(x, y, z)] = known[indexOf(-x, -y, -z)] = 1;
        }
      }
    }
    const count = list.length / 3, k = Float64Array.from(list);
    const sumReal = new Float64Array(count), sumImaginary = new Float64Array(count);
    for (const { matrix, shift: [x, y, z] } of motions) {
      readSpectrum(spectrum, k, matrix, re.subarray(0, count), im.subarray(0, count));
      for (let i = 0; i < count; i++) {
        const phase = -2 * Math.PI * (k[3 * i] * x + k[3 * i + 1] * y + k[3 * i + 2] * z) / n;
        const c = Math.cos(phase), s = Math.sin(phase);
        sumReal[i] += re[i] * c - im[i] * s, sumImaginary[i] += re[i] * s + im[i] * c;
      }
    }
    for (let i = 0; i < count; i++) {
      const orbit = lattice.map((g) => turned(g, k.subarray(3 * i, 3 * i + 3)));
      // A frequency that is turned into its opposite has a real coefficient.
      const centric = orbit.some(([x, y, z]) =>
        x === -list[3 * i] && y === -list[3 * i + 1] && z === -list[3 * i + 2]
      );
      if (centric) sumImaginary[i] = 0;
      for (const [x, y, z] of orbit) {
        // The origin at voxel N/2 is the phase (-1)^(x + y + z).
        const sign = (x + y + z) % 2 === 0 ? 1 : -1, scale = sign / elements.length / n ** 3;
        const a = scale * sumReal[i], b = scale * sumImaginary[i];
        const at = indexOf(x, y, z), mate = indexOf(-x, -y, -z);
        real[at] = real[mate] = a;
        imaginary[at] = b, imaginary[mate] = -b;
      }
    }
  }
  transform3(real, imaginary, n, 1);
  return createVolume({ boxSize: n, pixelSize, voxels: Float32Array.from(real) });
}
