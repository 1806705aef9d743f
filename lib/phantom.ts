import { transform3 } from "./fft.ts";
import { cylinder } from "./phantoms/cylinder.ts";
import { enzyme } from "./phantoms/enzyme.ts";
import { massOf, type Part, transformOf } from "./phantoms/part.ts";
import { type Rotation, rotationFromEuler } from "./rotation.ts";
import { createVolume, type Volume } from "./volume.ts";

/** Hand-crafted densities by name: non-negative, without symmetry, of one hand. */
export const phantoms = { cylinder, enzyme } satisfies Record<string, readonly Part[]>;

/** A phantom's name. */
export type PhantomName = keyof typeof phantoms;

/** Deviation of the Gaussian that softens the sharp shape, voxels: 0.7 % is left at Nyquist. */
const BLUR = 1;

/** Centre of mass, box edges. */
function centreOfMass(parts: readonly Part[]): number[] {
  const moment = [0, 0, 0];
  let mass = 0;
  for (const part of parts) {
    mass += massOf(part);
    for (let axis = 0; axis < 3; axis++) moment[axis] += massOf(part) * part.centre[axis];
  }
  return moment.map((m) => m / mass);
}

/**
 * A phantom on a grid.
 *
 * The same shape at every box size, in units of the box. Its exact Fourier transform is blurred by one
 * voxel and taken for |k| < N/2, F(k) = sum_parts f(R^T k) exp(-2 pi i k.c) exp(-2 (pi |k| / N)^2), so
 * that each grid holds what it can resolve and any rotation of it stays within the band. The little
 * that this leaves below zero (1e-3 of the density) is set to zero. Centre of mass at the origin, the
 * sharp shape within 0.38 box edges of it; density 0 outside, about 1 to 2 inside, without a unit.
 *
 * @param pixelSize A
 * @param rotation turns the shape about its centre of mass: a point p of it goes to R p
 * @throws {RangeError} if there is no such phantom, or the box is odd.
 */
export function createPhantom(
  name: PhantomName,
  { boxSize, pixelSize, rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) }: {
    boxSize: number;
    pixelSize: number;
    rotation?: Rotation;
  },
): Volume {
  if (!Object.hasOwn(phantoms, name)) {
    throw new RangeError(
      `Cannot make phantom ${name}: it is not one of ${Object.keys(phantoms).join(", ")}`,
    );
  }
  const volume = createVolume({ boxSize, pixelSize });
  const real = new Float64Array(boxSize ** 3), imaginary = new Float64Array(boxSize ** 3);
  const parts: readonly Part[] = phantoms[name];
  const origin = centreOfMass(parts);
  for (const part of parts) {
    addPart(real, imaginary, boxSize, part, part.centre.map((c, a) => c - origin[a]), rotation);
  }
  transform3(real, imaginary, boxSize, 1);
  for (let i = 0; i < real.length; i++) volume.voxels[i] = Math.max(0, real[i]);
  return volume;
}

/** Adds a part's transform at k = 0 .. N-1 modulo N, the phases set for an origin at voxel N/2. */
function addPart(
  real: Float64Array,
  imaginary: Float64Array,
  n: number,
  part: Part,
  centre: readonly number[],
  turn: Rotation,
): void {
  const [rot, tilt, psi] = part.turn ?? [0, 0, 0];
  const r = rotationFromEuler({ rot, tilt, psi });
  const half = n / 2;
  for (let kz = 1 - half; kz < half; kz++) {
    for (let ky = 1 - half; ky < half; ky++) {
      for (let kx = 0; kx < half; kx++) {
        const square = kx * kx + ky * ky + kz * kz;
        if (square >= half * half) continue;
        // k in the phantom's frame, then in the part's.
        const x = turn[0] * kx + turn[3] * ky + turn[6] * kz;
        const y = turn[1] * kx + turn[4] * ky + turn[7] * kz;
        const z = turn[2] * kx + turn[5] * ky + turn[8] * kz;
        const form = transformOf(
          part,
          r[0] * x + r[3] * y + r[6] * z,
          r[1] * x + r[4] * y + r[7] * z,
          r[2] * x + r[5] * y + r[8] * z,
        );
        const sign = (kx + ky + kz) % 2 === 0 ? 1 : -1;
        const value = sign * form * Math.exp(-2 * square * (Math.PI * BLUR / n) ** 2);
        const phase = -2 * Math.PI * (x * centre[0] + y * centre[1] + z * centre[2]);
        const a = value * Math.cos(phase), b = value * Math.sin(phase);
        const at = (((kz + n) % n) * n + (ky + n) % n) * n + kx;
        real[at] += a, imaginary[at] += b;
        if (kx === 0) continue;
        const mate = (((n - kz) % n) * n + (n - ky) % n) * n + n - kx;
        real[mate] += a, imaginary[mate] -= b;
      }
    }
  }
}
