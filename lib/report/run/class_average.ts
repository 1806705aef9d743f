import { ctfPhase, evaluateCTF } from "../../ctf.ts";
import { transform2 } from "../../fft.ts";
import type { ParticleStack, Pose } from "../../particles.ts";
import { resolutionAt } from "../../fsc.ts";
import { normalize } from "../../prepare.ts";
import { spiral } from "../../quadrature/spiral.ts";
import { multiply, type Rotation, rotationY, rotationZ, transpose } from "../../rotation.ts";
import { resample } from "../../resample.ts";
import { createSlicer } from "../../slicer.ts";
import type { Volume } from "../../volume.ts";
import type { GreyImage } from "../grey.ts";

/** Images seen from about one side, averaged, beside what the map looks like from there. */
export interface ClassAverage {
  /** Of the side, degrees. */
  readonly rot: number;
  readonly tilt: number;
  /** Images that were averaged, and those nearer to this side than `reach`. */
  readonly used: number;
  readonly near: number;
  readonly average: GreyImage;
  readonly projection: GreyImage;
  /** Where the Fourier ring correlation of the two first falls below 0.5, A; that of the band if it does not. */
  readonly resolution: number;
}

/** How views are chosen: images within `reach` belong to one, sides are at least `apart`, radians. */
const REACH = 15 * Math.PI / 180, APART = 40 * Math.PI / 180;
/** Sides to choose from, and images that are averaged at most. */
const SIDES = 400, USED = 60;

/** A side, and the places of the images seen from about there. */
export interface View {
  /** Rz(rot) Ry(tilt). */
  readonly frame: Rotation;
  readonly rot: number;
  readonly tilt: number;
  readonly images: readonly number[];
}

/**
 * The sides that most images were seen from, each at least 40 degrees from the others: the fullest cap of
 * 15 degrees first.
 */
export function chooseViews(poses: readonly Pick<Pose, "rotation">[], count: number): View[] {
  const { points } = spiral(SIDES), cosine = Math.cos(REACH);
  const sides = Array.from({ length: SIDES }, (_, s) => {
    const [x, y, z] = points.subarray(3 * s, 3 * s + 3), images: number[] = [];
    poses.forEach(({ rotation: r }, i) => {
      if (x * r[2] + y * r[5] + z * r[8] > cosine) images.push(i);
    });
    return { x, y, z, images };
  }).sort((a, b) => b.images.length - a.images.length);
  const chosen: typeof sides = [];
  for (const side of sides) {
    if (chosen.length === count || side.images.length < 2) break;
    const far = chosen.every(({ x, y, z }) =>
      x * side.x + y * side.y + z * side.z < Math.cos(APART)
    );
    if (far) chosen.push(side);
  }
  return chosen.map(({ x, y, z, images }) => {
    const rot = Math.atan2(y, x), tilt = Math.acos(z);
    return {
      frame: multiply(rotationZ(rot), rotationY(tilt)),
      rot: rot * 180 / Math.PI,
      tilt: tilt * 180 / Math.PI,
      images,
    };
  });
}

/**
 * The angle alpha about the line of sight for which frame Rz(alpha) is nearest to R: tr(Rz(-alpha) A)
 * with A = frame^T R is largest at tan(alpha) = (A21 - A12) / (A11 + A22).
 */
export function inPlaneAngle(frame: Rotation, rotation: Rotation): number {
  const a = multiply(transpose(frame), rotation);
  return Math.atan2(a[3] - a[1], a[0] + a[4]);
}

/** Adds a picture turned by alpha, [M, M]: u = Rz(alpha) v, read bilinearly, 0 beyond its edge. */
function addTurned(sum: Float64Array, pixels: ArrayLike<number>, m: number, alpha: number): void {
  const c = Math.cos(alpha), s = Math.sin(alpha), half = m / 2;
  for (let y = 0, at = 0; y < m; y++) {
    for (let x = 0; x < m; x++, at++) {
      const u = c * (x - half) + s * (y - half) + half, v = c * (y - half) - s * (x - half) + half;
      const i = Math.floor(u), j = Math.floor(v), p = u - i, q = v - j;
      if (i < 0 || j < 0 || i >= m - 1 || j >= m - 1) continue;
      const from = j * m + i;
      sum[at] += (1 - q) * ((1 - p) * pixels[from] + p * pixels[from + 1]) +
        q * ((1 - p) * pixels[from + m] + p * pixels[from + m + 1]);
    }
  }
}

/** The whole frequencies of a half plane within a radius, without 0; [n, 2]. */
function frequenciesWithin(radius: number): Int32Array {
  const reach = Math.ceil(radius), k: number[] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = 0; x <= reach; x++) {
      if ((x > 0 || y > 0) && x * x + y * y < radius * radius) k.push(x, y);
    }
  }
  return Int32Array.from(k);
}

/** Fourier ring correlation, as the FSC is of shells; [rings + 1], that of ring 0 is 1. */
function ringCorrelation(
  a: Float64Array,
  b: Float64Array,
  k: Int32Array,
  rings: number,
): Float64Array {
  const cross = new Float64Array(rings + 1), powerA = cross.slice(), powerB = cross.slice();
  for (let j = 0; j < k.length; j += 2) {
    const ring = Math.round(Math.hypot(k[j], k[j + 1]));
    if (ring > rings) continue;
    cross[ring] += a[j] * b[j] + a[j + 1] * b[j + 1];
    powerA[ring] += a[j] ** 2 + a[j + 1] ** 2;
    powerB[ring] += b[j] ** 2 + b[j + 1] ** 2;
  }
  return cross.map((c, s) => s === 0 ? 1 : c / Math.sqrt(Math.max(powerA[s] * powerB[s], 1e-300)));
}

/**
 * Averages of images by the side they were seen from, as the poses say, beside projections of the map.
 * With alpha_i the angle of image i in the plane, k = Rz(-alpha_i) q, and tau the mean power of noise over
 * that of the map's projection in the ring of q (Wiener):
 *
 *     A(q) = sum_i c_i(k) D_i(k) / (sum_i c_i(k)^2 + tau(q))
 *
 * The projection has the same gain, sum c^2 / (sum c^2 + tau), so that the two differ by noise and error
 * only. Both are cut at the band.
 *
 * @param map in M^3 voxels that hold the band, in the images' field of view
 * @param radius r, Fourier pixels
 */
export async function averageClasses(
  images: ParticleStack,
  poses: readonly Pose[],
  map: Volume,
  { radius, count = 6 }: { radius: number; count?: number },
): Promise<ClassAverage[]> {
  const n = images.boxSize, m = map.boxSize, field = n * images.pixelSize;
  const k = frequenciesWithin(Math.min(radius, m / 2)),
    coarse = resample(map, Math.min(m, 2 * Math.ceil(1.25 * radius) + 4));
  const slicer = createSlicer(coarse);
  const placeOf = (x: number, y: number, size: number) =>
    (y + size) % size * size + (x + size) % size;
  /** Coefficients on a half plane as a picture, the origin in its middle. */
  const picture = (d: Float64Array): Float64Array => {
    const real = new Float64Array(m * m), imaginary = new Float64Array(m * m);
    for (let j = 0; j < k.length; j += 2) {
      const x = k[j], y = k[j + 1], sign = (x + y) % 2 === 0 ? 1 / m : -1 / m;
      const here = placeOf(x, y, m), mate = placeOf(-x, -y, m);
      real[here] = real[mate] = sign * d[j];
      imaginary[here] = sign * d[j + 1], imaginary[mate] = -sign * d[j + 1];
    }
    transform2(real, imaginary, m, 1);
    return real;
  };

  return await Promise.all(
    chooseViews(poses, count).map(async (view) => {
      const { frame, images: near } = view;
      const used = near.toSorted((a, b) => poses[b].probability - poses[a].probability).slice(
        0,
        USED,
      );
      const pixels = await images.read(used);
      normalize(pixels, n, (i) => `image ${used[i] + 1}`);
      const sum = new Float64Array(m * m), seen = new Float64Array(k.length / 2);
      used.forEach((image, i) => {
        const { rotation, shift: [tx, ty] } = poses[image], phase = ctfPhase(images.ctf(image));
        const alpha = inPlaneAngle(frame, rotation), c = Math.cos(alpha), s = Math.sin(alpha);
        const real = Float64Array.from(pixels.subarray(i * n * n, (i + 1) * n * n));
        const imaginary = new Float64Array(n * n), d = new Float64Array(k.length);
        transform2(real, imaginary, n);
        for (let j = 0; j < k.length; j += 2) {
          const x = k[j],
            y = k[j + 1],
            at = placeOf(x, y, n),
            sign = (x + y) % 2 === 0 ? 1 / n : -1 / n;
          const transfer = sign * evaluateCTF(phase, x / field, y / field);
          const angle = 2 * Math.PI * (x * tx + y * ty) / n;
          const a = Math.cos(angle), b = Math.sin(angle);
          d[j] = transfer * (a * real[at] - b * imaginary[at]);
          d[j + 1] = transfer * (a * imaginary[at] + b * real[at]);
          const turned = evaluateCTF(phase, (c * x + s * y) / field, (c * y - s * x) / field);
          seen[j / 2] += turned ** 2;
        }
        addTurned(sum, picture(d), m, alpha);
      });

      // the map's slice in the units of the images' unitary transform: voxels are (N/M)^3 larger
      const slice = slicer.slice(frame, k), scale = (n / coarse.boxSize) ** 2;
      const rings = Math.ceil(radius) + 1,
        power = new Float64Array(rings),
        held = new Float64Array(rings);
      for (let j = 0; j < k.length; j += 2) {
        slice[j] *= scale, slice[j + 1] *= scale;
        const ring = Math.min(rings - 1, Math.round(Math.hypot(k[j], k[j + 1])));
        power[ring] += slice[j] ** 2 + slice[j + 1] ** 2, held[ring]++;
      }
      const real = sum, imaginary = new Float64Array(m * m), averaged = new Float64Array(k.length);
      transform2(real, imaginary, m);
      for (let j = 0; j < k.length; j += 2) {
        const ring = Math.min(rings - 1, Math.round(Math.hypot(k[j], k[j + 1])));
        const tau = held[ring] / Math.max(power[ring], 1e-30), at = placeOf(k[j], k[j + 1], m);
        const sign = (k[j] + k[j + 1]) % 2 === 0 ? 1 / m : -1 / m, below = seen[j / 2] + tau;
        averaged[j] = sign * real[at] / below, averaged[j + 1] = sign * imaginary[at] / below;
        slice[j] *= seen[j / 2] / below, slice[j + 1] *= seen[j / 2] / below;
      }
      const curve = ringCorrelation(averaged, slice, k, Math.floor(radius));
      const within = curve.findIndex((v) => v < 0.5) >= 0;
      return {
        rot: view.rot,
        tilt: view.tilt,
        used: used.length,
        near: near.length,
        average: { size: m, pixels: picture(averaged) },
        projection: { size: m, pixels: picture(slice) },
        resolution: within ? resolutionAt(curve, 0.5, n, images.pixelSize) : field / radius,
      };
    }),
  );
}
