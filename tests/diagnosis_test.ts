import assert from "node:assert/strict";
import { crowding, diagnose, type RunEvidence } from "../lib/diagnosis.ts";
import type { Pose } from "../lib/particles.ts";
import { createRandom } from "../lib/random.ts";
import { rotationFromEuler } from "../lib/rotation.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity } from "./small_set.ts";

const random = createRandom(4, "diagnosis"), box = 24, pixelSize = 5;
const map = createVolume({ boxSize: box, pixelSize, voxels: blobDensity(box) });
const posesOf = (count: number, more: Partial<Pose> = {}): Pose[] =>
  Array.from({ length: count }, () => ({
    rotation: random.rotation(),
    shift: [0, 0],
    probability: 1,
    ...more,
  }));
const good: RunEvidence = { map, poses: posesOf(2000), gain: 20, maskRadius: 0.42, dropped: 1e-3 };

Deno.test("nothing is said against a good map", () => {
  assert.deepEqual(diagnose(good, 20), []);
});

Deno.test("each failure is named with what was measured", () => {
  const say = (more: Partial<RunEvidence>) => diagnose({ ...good, ...more }, 20);
  const from = rotationFromEuler({ rot: 40, tilt: 33, psi: 10 });
  const point = new Float32Array(box ** 3);
  point[(box / 2 * box + box / 2) * box + box / 2] = 1;
  const cases: [Partial<RunEvidence>, RegExp][] = [
    [
      { gain: 0.2 },
      /^the images do not see the map: it makes a held-out image 0\.20 nats likelier/,
    ],
    [
      { poses: [...posesOf(400), ...posesOf(600, { rotation: from })] },
      /^6\d % of the images look along one fortieth of all axes/,
    ],
    [{ map: { ...map, voxels: point } }, /^the map is a point: .* 0\.0 spheres of 20 A/],
    [
      { map: { ...map, voxels: map.voxels.map((v) => -v) } },
      /^the map is darker than its surroundings \(skewness -\d/,
    ],
    [{ dropped: 0.2 }, /^20 % of the posteriors were left out/],
    [
      {
        poses: [...posesOf(600, { responsibility: 0.9 }), ...posesOf(400, { responsibility: 0.1 })],
      },
      /^40 % of the images are called junk/,
    ],
    [
      { map: { ...map, voxels: map.voxels.map(() => NaN) } },
      /^the map has values that are not finite/,
    ],
  ];
  for (const [more, words] of cases) {
    assert.ok(say(more).some((said) => words.test(said)), `${words}: ${say(more)}`);
  }
});

Deno.test("axes from anywhere fill all parts alike; one from behind is the same", () => {
  // 20,000 images in 40 parts: 500 each, 22 at one deviation
  assert.ok(Math.abs(crowding(posesOf(20000)) - 1 / 40) < 5 * 22 / 20000);
  const from = rotationFromEuler({ rot: 40, tilt: 33, psi: 10 });
  const behind = from.map((v, i) => i % 3 === 0 ? v : -v); // turned by 180 degrees about x
  const both = [...posesOf(10, { rotation: from }), ...posesOf(10, { rotation: behind })];
  assert.equal(crowding(both), 1);
});
