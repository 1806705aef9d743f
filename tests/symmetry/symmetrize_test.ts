import assert from "node:assert/strict";
import { createRandom } from "../../lib/random.ts";
import { pointGroup } from "../../lib/symmetry/groups.ts";
import { symmetrize } from "../../lib/symmetry/symmetrize.ts";
import type { Volume } from "../../lib/volume.ts";
import { blobs, IDENTITY, moved, symmetric } from "./made_up.ts";

const still = { rotation: IDENTITY, centre: new Float64Array(3) };

function furthest(a: Volume, b: Volume): number {
  return a.voxels.reduce((most, v, i) => Math.max(most, Math.abs(v - b.voxels[i])), 0);
}

/** Largest voxel, the scale of errors. */
const largest = ({ voxels }: Volume) => voxels.reduce((most, v) => Math.max(most, v));

for (const name of ["C5", "D3", "T", "O", "I"]) {
  Deno.test(`a map symmetrized as ${name} is the same after each of its rotations`, () => {
    const map = symmetric(name, 32, 6);
    // The window errs by 1e-5 of the map per axis, twice; blobs of 2 voxels have 3e-9 of their power
    // beyond Nyquist.
    for (const g of pointGroup(name).elements.slice(1, 8)) {
      const off = furthest(moved(map, g, new Float64Array(3)), map);
      assert.ok(off < 6e-5 * largest(map), `${off}`);
    }
  });
}

Deno.test("a map symmetrized as D2 has equal voxels at (x, y, z), (-x, -y, z) and (x, -y, -z)", () => {
  const n = 32, map = symmetric("D2", n, 6), { voxels } = map, scale = largest(map);
  const at = (x: number, y: number, z: number) => voxels[(z * n + y) * n + x];
  for (let z = 1; z < n; z++) {
    for (let y = 1; y < n; y++) {
      for (let x = 1; x < n; x++) {
        // float32 at the end, coefficients exactly alike
        for (const v of [at(n - x, n - y, z), at(x, n - y, n - z)]) {
          assert.ok(Math.abs(v - at(x, y, z)) <= 2e-7 * scale);
        }
      }
    }
  }
});

Deno.test("symmetrizing is a projection: a second time changes nothing, and the mean is kept", () => {
  for (const name of ["C3", "O"]) {
    const group = pointGroup(name), map = blobs(32, 4), once = symmetrize(map, group, still);
    assert.ok(furthest(symmetrize(once, group, still), once) < 6e-5 * largest(once));
    const mean = (v: Volume) => v.voxels.reduce((sum, x) => sum + x, 0) / v.voxels.length;
    assert.ok(Math.abs(mean(once) / mean(map) - 1) < 1e-5);
  }
});

Deno.test("a map is brought back from where its frame says it is", () => {
  const truth = symmetric("D3", 32, 8), rotation = createRandom(4, "motion").rotation();
  const centre = Float64Array.of(1.25, -2, 0.5);
  const map = moved(truth, rotation, centre);
  const back = symmetrize(map, pointGroup("D3"), { rotation, centre });
  // Interpolated twice, 1e-5 per axis each.
  assert.ok(furthest(back, truth) < 6e-5 * largest(truth), `${furthest(back, truth)}`);
});
