import assert from "node:assert/strict";
import { type Band, createBand, mirrorOf } from "../lib/band.ts";
import { backproject, project, type Sampling } from "../lib/project.ts";
import { createDirections } from "../lib/quadrature/directions.ts";
import { createRandom } from "../lib/random.ts";
import { multiply, type Rotation, rotationFromEuler } from "../lib/rotation.ts";
import { blobDensity, blobProjection } from "./small_set.ts";

const IDENTITY: Rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
const random = createRandom(1, "project");
const noise = (length: number) => Float64Array.from({ length }, () => random.normal());
const norm = (a: Float64Array) => Math.sqrt(a.reduce((s, v) => s + v * v, 0));
const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
};
const framesOf = (...rotations: Rotation[]) => Float64Array.from(rotations.flatMap((r) => [...r]));

/** (1/N) sum_x f(x) exp(-2 pi i k.x / N) over the band, x from the centre pixel; [n, 2]. */
function unitaryTransform(image: Float64Array, { boxSize: n, k, count }: Band): Float64Array {
  const out = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++) {
        const angle = -2 * Math.PI * (k[2 * i] * (x - n / 2) + k[2 * i + 1] * (y - n / 2)) / n;
        out[2 * i] += image[y * n + x] * Math.cos(angle) / n;
        out[2 * i + 1] += image[y * n + x] * Math.sin(angle) / n;
      }
    }
  }
  return out;
}

for (const [box, workBox, radius] of [[4, 4, 2], [8, 6, 2.3], [6, 6, 3], [10, 4, 1.5]]) {
  Deno.test(`project() is its formula, box ${box}, work grid ${workBox}, radius ${radius}`, () => {
    const band = createBand(box, radius), m = workBox, grid = random.rotation();
    const rotations = [IDENTITY, random.rotation(), random.rotation()], voxels = noise(m ** 3);
    const found = project(voxels, { band, workBox, frames: framesOf(...rotations), grid });
    const wanted = rotations.flatMap((frame) => {
      const r = multiply(grid, frame);
      return Array.from({ length: band.count }, (_, i) => {
        const kx = band.k[2 * i], ky = band.k[2 * i + 1];
        let re = 0, im = 0;
        for (let z = 0; z < m; z++) {
          for (let y = 0; y < m; y++) {
            for (let x = 0; x < m; x++) {
              const p = [x - m / 2, y - m / 2, z - m / 2];
              const dot = p.reduce((s, v, a) => s + v * (kx * r[3 * a] + ky * r[3 * a + 1]), 0);
              const v = voxels[(z * m + y) * m + x];
              re += v * Math.cos(2 * Math.PI * dot / m);
              im -= v * Math.sin(2 * Math.PI * dot / m);
            }
          }
        }
        const scale = (box / m) ** 3 / box;
        return [scale * re, scale * im];
      }).flat();
    });
    // angles of some 10 rad are good to 1e-15: so is each of the M^3 terms
    const scale = (box / m) ** 3 / box * voxels.reduce((s, v) => s + Math.abs(v), 0);
    assert.ok(largest(found, wanted) < 2e-15 * scale);
  });
}

Deno.test("the slice of the identity is the transform of the sum along z", () => {
  const n = 8, band = createBand(n, 4), voxels = noise(n ** 3), image = new Float64Array(n * n);
  voxels.forEach((v, i) => image[i % (n * n)] += v);
  const slice = project(voxels, { band, workBox: n, frames: IDENTITY });
  assert.ok(largest(slice, unitaryTransform(image, band)) < 1e-13 * norm(voxels));
});

Deno.test("slices under any rotation are transforms of the blobs' projections in closed form", () => {
  const box = 16, band = createBand(box, 5);
  const rotations = [
    IDENTITY,
    rotationFromEuler({ rot: 90, tilt: 0, psi: 0 }),
    rotationFromEuler({ rot: 0, tilt: 90, psi: 0 }),
    rotationFromEuler({ rot: 0, tilt: 0, psi: 30 }),
    ...Array.from({ length: 6 }, () => random.rotation()),
  ];
  // the work grid's voxel size must not matter
  for (const workBox of [14, 16, 20]) {
    const voxels = blobDensity(workBox);
    const slices = project(voxels, { band, workBox, frames: framesOf(...rotations) });
    rotations.forEach((r, j) => {
      const slice = slices.subarray(2 * j * band.count, 2 * (j + 1) * band.count);
      const wanted = unitaryTransform(blobProjection(box, r), band);
      // What the box's edge cuts off is 5 sigma from the blobs' centres, 4.6 at worst: 2.5e-5 of the
      // largest voxels there. What folds back into the band is exp(-2 pi^2 sigma^2 9^2) = 4e-5.
      assert.ok(largest(slice, wanted) < 1e-4 * norm(wanted));
    });
  }
});

Deno.test("the slice at the antipode is the slice with ky turned", () => {
  const radius = 3, band = createBand(12, radius), { frames, count } = createDirections(radius);
  const n = band.count, half = count / 2, mirror = mirrorOf(band), grid = random.rotation();
  const slices = project(noise(12 ** 3), { band, workBox: 12, frames, grid });
  for (let j = 0; j < half; j++) {
    for (let i = 0; i < n; i++) {
      const at = 2 * (j * n + mirror[i]), mate = 2 * ((j + half) * n + i);
      // on kx = 0 the mirror is the Friedel mate
      const sign = band.k[2 * i] === 0 ? -1 : 1;
      assert.ok(Math.abs(slices[mate] - slices[at]) < 1e-12);
      assert.ok(Math.abs(slices[mate + 1] - sign * slices[at + 1]) < 1e-12);
    }
  }
});

Deno.test("backproject() is the adjoint of project()", () => {
  for (const [box, workBox, radius] of [[8, 8, 4], [10, 8, 3], [6, 4, 1.8]]) {
    const band = createBand(box, radius), rotations = [random.rotation(), random.rotation()];
    const sampling: Sampling = {
      band,
      workBox,
      frames: framesOf(...rotations),
      grid: random.rotation(),
    };
    const v = noise(workBox ** 3), u = noise(2 * band.count * rotations.length);
    const Pv = project(v, sampling), Pu = backproject(u, sampling);
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, x, i) => s + x * b[i], 0);
    // each side is good to the roundings of its sums, M^3 n terms at most, of which few err alike
    const bound = 2 ** -53 * workBox ** 1.5 * norm(Pv) * norm(u);
    assert.ok(Math.abs(dot(Pv, u) - dot(v, Pu)) < bound + 1e-13 * norm(v) * norm(Pu));
  }
});
