import assert from "node:assert/strict";
import { createBand } from "../lib/band.ts";
import { project } from "../lib/project.ts";
import { createRandom } from "../lib/random.ts";
import { multiply, type Rotation, rotationY, rotationZ } from "../lib/rotation.ts";
import { createSlicer } from "../lib/slicer.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

/** White noise fills every frequency and the whole box: nothing is harder to interpolate. */
function noise(boxSize: number): Volume {
  const random = createRandom(3, "slicer", boxSize);
  const voxels = Float32Array.from({ length: boxSize ** 3 }, () => random.normal());
  return createVolume({ boxSize, pixelSize: 2, voxels });
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

const difference = (a: Float64Array, b: Float64Array) => largest(a.map((x, i) => x - b[i]));

Deno.test("slice() is project() within the interpolation error of its window, up to Nyquist", () => {
  // The Kaiser-Bessel window errs by about 1e-3 at width 4, tenfold less per unit of width, down to
  // the rounding of float32 and of the window's table (3e-7).
  for (
    const [boxSize, width, bound] of [[16, 4, 3e-3], [16, 6, 3e-5], [10, 6, 3e-5], [16, 8, 1e-6]]
  ) {
    const volume = noise(boxSize), band = createBand(boxSize, boxSize / 2);
    const slicer = createSlicer(volume, { width }), random = createRandom(5);
    for (let i = 0; i < 3; i++) {
      const rotation = random.rotation();
      const exact = project(volume.voxels, { band, workBox: boxSize, frames: rotation });
      const error = difference(slicer.slice(rotation, band.k), exact) / largest(exact);
      assert.ok(error < bound, `N ${boxSize}, W ${width}: ${error}`);
    }
  }
});

Deno.test("slices at right angles are transforms of sums along the axes", () => {
  const n = 12, { voxels } = noise(n);
  const quarter = Math.PI / 2;
  /** Sum along the third column of R, seen with the first column to the right, the second up. */
  const rays = (r: Rotation): Float64Array => {
    const image = new Float64Array(n * n), at = r.map(Math.round);
    for (let y = 1 - n / 2; y < n / 2; y++) {
      for (let x = 1 - n / 2; x < n / 2; x++) {
        for (let z = 1 - n / 2; z < n / 2; z++) {
          const [vx, vy, vz] = [0, 3, 6].map((row) =>
            at[row] * x + at[row + 1] * y + at[row + 2] * z + n / 2
          );
          image[(y + n / 2) * n + x + n / 2] += voxels[(vz * n + vy) * n + vx];
        }
      }
    }
    return image;
  };
  // The planes at -N/2 have no mirror image on the other side: without them every turn is exact.
  for (let i = 0; i < voxels.length; i++) {
    if (i % n === 0 || Math.floor(i / n) % n === 0 || i < n * n) voxels[i] = 0;
  }
  const slicer = createSlicer(createVolume({ boxSize: n, pixelSize: 2, voxels }));
  const k = createBand(n, n / 2).k;
  for (let turn = 0; turn < 16; turn++) {
    const r = multiply(rotationZ(quarter * (turn >> 2)), rotationY(quarter * (turn & 3)));
    const image = rays(r), exact = new Float64Array(k.length);
    for (let i = 0; i < k.length; i += 2) {
      for (let p = 0; p < n * n; p++) {
        const phase = k[i] * (p % n - n / 2) + k[i + 1] * (Math.floor(p / n) - n / 2);
        exact[i] += image[p] * Math.cos(-2 * Math.PI * phase / n) / n;
        exact[i + 1] += image[p] * Math.sin(-2 * Math.PI * phase / n) / n;
      }
    }
    const error = difference(slicer.slice(r, k), exact) / largest(exact);
    assert.ok(error < 3e-5, `turn ${turn}: ${error}`);
  }
});

Deno.test("slice() gives Friedel mates at opposite frequencies and the mean at zero", () => {
  const volume = noise(16), slicer = createSlicer(volume), rotation = createRandom(7).rotation();
  const [a, b, c, d, mean, none] = slicer.slice(rotation, [3, -2.5, -3, 2.5, 0, 0]);
  assert.equal(a, c);
  assert.equal(b, -d);
  const sum = volume.voxels.reduce((total, v) => total + v, 0) / 16;
  // One of 16^3 coefficients of order 16^1.5 / 16 = 4, each off by 1e-5 of the largest (about 4).
  assert.ok(Math.abs(mean - sum) < 4 * 4e-5 && Math.abs(none) < 4 * 4e-5);
});

Deno.test("slice() refuses frequencies beyond Nyquist", () => {
  const slicer = createSlicer(noise(8)), identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  slicer.slice(identity, [4, 0]);
  assert.throws(() => slicer.slice(identity, [3, 3]), /^RangeError: Cannot slice at \(3, 3\)/);
  assert.throws(() => slicer.slice(identity, [NaN, 0]), RangeError);
});
