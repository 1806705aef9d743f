import assert from "node:assert/strict";
import { createBand } from "../lib/band.ts";
import { mirror } from "../lib/mirror.ts";
import { project } from "../lib/project.ts";
import { createRandom } from "../lib/random.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity } from "./small_set.ts";

const volume = createVolume({ boxSize: 12, pixelSize: 4, voxels: blobDensity(12) });

Deno.test("mirroring twice is the density, mirroring once is not", () => {
  const once = mirror(volume);
  assert.notDeepEqual(once.voxels, volume.voxels);
  assert.deepEqual(mirror(once), volume);
});

Deno.test("the slice of the mirrored density at R is the density's at S R, S turning z round", () => {
  const r = createRandom(2).rotation(), band = createBand(12, 3);
  // the layer at z = -N/2 has no partner: a density without it
  const voxels = volume.voxels.map((v, i) => i < 144 ? 0 : v);
  const turned = r.map((v, i) => i >= 6 ? -v : v);
  const sampling = { band, workBox: 12 };
  const found = project(mirror({ ...volume, voxels }).voxels, { ...sampling, frames: r });
  const wanted = project(voxels, { ...sampling, frames: turned });
  found.forEach((v, i) => assert.ok(Math.abs(v - wanted[i]) < 1e-12));
});
