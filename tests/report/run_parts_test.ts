import assert from "node:assert/strict";
import { createRandom } from "../../lib/random.ts";
import { plotHistogram } from "../../lib/report/bars.ts";
import { averageClasses, chooseViews, inPlaneAngle } from "../../lib/report/run/class_average.ts";
import { headwayOf, legsOf } from "../../lib/report/run/course.ts";
import { factsOf } from "../../lib/report/run/facts.ts";
import { countDirections, fullestTenth, mollweide } from "../../lib/report/run/mollweide.ts";
import { centralSlices } from "../../lib/report/run/slice_figure.ts";
import { embedVolume, shownMap } from "../../lib/report/run/viewer.ts";
import { linearScale } from "../../lib/report/scale.ts";
import { multiply, rotationZ } from "../../lib/rotation.ts";
import { createVolume } from "../../lib/volume.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { madeUpJSON, madeUpPoses, madeUpTrace } from "./made_up_run.ts";

Deno.test("Mollweide's projection keeps areas: its Jacobian is the same everywhere", () => {
  const random = createRandom(1, "sphere"), h = 1e-4;
  for (let i = 0; i < 200; i++) {
    const longitude = Math.PI * (2 * random.uniform() - 1), sine = 1.98 * random.uniform() - 0.99;
    const [east, west] = [h, -h].map((d) => mollweide(longitude + d, sine));
    const [north, south] = [h, -h].map((d) => mollweide(longitude, sine + d));
    const [ax, ay] = [0, 1].map((c) => (east[c] - west[c]) / (2 * h));
    const [bx, by] = [0, 1].map((c) => (north[c] - south[c]) / (2 * h));
    // 2 pi of the ellipse over 4 pi of (longitude, sine); central differences err by h^2 times the third
    // derivative, which near sine = 0.99 is (1 - sine^2)^-3 or so: 1e-8 x 1e5
    assert.ok(Math.abs(ax * by - ay * bx - 0.5) < 2e-3, `${longitude} ${sine}`);
  }
  assert.deepEqual(mollweide(1, 1).map((v) => Math.abs(Math.round(1e6 * v) / 1e6)), [0, 1]);
  assert.deepEqual(mollweide(Math.PI, 0), [2, 0]);
});

Deno.test("every image is counted once, and one side is told from all sides", () => {
  const poses = madeUpPoses(3000), everywhere = countDirections(poses);
  assert.equal(everywhere.counts.reduce((a, b) => a + b), 3000);
  const one = countDirections(poses.map(() => poses[0]));
  assert.equal(fullestTenth(one), 1);
  // Poisson counts of 10 or so: a tenth of the cells above mean + 1.3 deviations, 15 to 20 %
  assert.ok(fullestTenth(everywhere) > 0.1 && fullestTenth(everywhere) < 0.22);
});

Deno.test("a trace falls into its stages, and headway counts operations, not iterations", () => {
  const trace = madeUpTrace(90), facts = factsOf(madeUpJSON(90)), legs = legsOf(trace, facts);
  assert.deepEqual(
    legs.map(({ radius, resolution, records }) => [radius, resolution, records.length]),
    [
      [6.4, 50, 30],
      [10, 32, 30],
      [12.8, 25, 30],
    ],
  );
  assert.equal(headwayOf(trace, facts)!.share, 1);
  assert.equal(headwayOf(trace, facts)!.secondsLeft, 0);
  const costs = [26 * 6.4 ** 2, 93 * 100, 198 * 12.8 ** 2];
  const half = headwayOf(trace.slice(0, 45), facts)!;
  const wanted = (costs[0] + costs[1] / 2) / costs.reduce((a, b) => a + b);
  assert.ok(Math.abs(half.share - wanted) < 1e-9);
  assert.deepEqual([half.iterations, half.ofIterations], [45, 90]);
  // the last 30 iterations took 0.1 s each: half in the first stage, half in the second
  const speed = (costs[0] / 2 + costs[1] / 2) / costs.reduce((a, b) => a + b) / 3;
  assert.ok(Math.abs(half.secondsLeft! - (1 - wanted) / speed) < 1e-6);
  assert.equal(headwayOf(trace, factsOf({})), null);
});

Deno.test("an image turned by an angle is found to be", () => {
  const random = createRandom(2, "turn");
  for (let i = 0; i < 20; i++) {
    const frame = random.rotation(), alpha = Math.PI * (2 * random.uniform() - 1);
    assert.ok(Math.abs(inPlaneAngle(frame, multiply(frame, rotationZ(alpha))) - alpha) < 1e-9);
  }
});

Deno.test("images averaged by their poses show what the map does, by other poses they do not", async () => {
  const box = 32,
    { particles, rotations, shifts } = createSmallSet({
      count: 600,
      box,
      pixelSize: 4,
      extent: 4,
      noise: 1,
      height: 0.5,
    });
  const map = createVolume({ boxSize: box, pixelSize: 4, voxels: blobDensity(box, 0.5) });
  const poses = rotations.map((rotation, i) => ({ rotation, shift: shifts[i], probability: 1 }));
  const right = await averageClasses(particles, poses, map, { radius: 8, count: 4 });
  assert.equal(right.length, 4);
  // exchanged among images
  const wrong = poses.map((_, i) => poses[(i + 1) % poses.length]);
  const mixed = await averageClasses(particles, wrong, map, { radius: 8, count: 4 });
  const unmoved = poses.map(({ rotation, shift: [x, y] }) => ({
    rotation,
    shift: [-x, -y] as const,
    probability: 1,
  }));
  const moved = await averageClasses(particles, unmoved, map, { radius: 8, count: 4 });
  // their noise is a seventh of an image's, which the blobs exceed to k = 5 or so: 128 A / 5
  right.forEach(({ resolution, average, projection }, i) => {
    assert.ok(resolution < 30, `${resolution}`);
    assert.ok(resolution < mixed[i].resolution - 5, `${mixed[i].resolution}`);
    assert.ok(resolution < moved[i].resolution - 5, `${moved[i].resolution}`);
    // in the same units: their sizes agree within what 15 degrees and the noise blur
    const power = (pixels: ArrayLike<number>) => Math.hypot(...Array.from(pixels));
    const ratio = power(average.pixels) / power(projection.pixels);
    assert.ok(ratio > 0.8 && ratio < 1.2, `${ratio}`);
  });
});

Deno.test("views are apart, and each has the images seen from about there", () => {
  const poses = madeUpPoses(500), views = chooseViews(poses, 6);
  assert.equal(views.length, 6);
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    a[2] * b[2] + a[5] * b[5] + a[8] * b[8];
  views.forEach(({ frame, images }, i) => {
    for (const image of images) {
      assert.ok(dot(frame, poses[image].rotation) > Math.cos(Math.PI / 12));
    }
    for (const other of views.slice(0, i)) {
      assert.ok(dot(frame, other.frame) < Math.cos(Math.PI / 4.5));
    }
  });
  assert.deepEqual(chooseViews(poses.slice(0, 1), 6), []);
});

Deno.test("central slices are the planes through the origin voxel", () => {
  const voxels = Float32Array.from({ length: 512 }, (_, i) => i);
  const [z, y, x] = centralSlices(createVolume({ boxSize: 8, pixelSize: 1, voxels }));
  const at = (image: { pixels: ArrayLike<number> }, u: number, v: number) =>
    image.pixels[v * 8 + u];
  assert.equal(at(z.image, 1, 2), (4 * 8 + 2) * 8 + 1);
  assert.equal(at(y.image, 1, 3), (3 * 8 + 4) * 8 + 1);
  assert.equal(at(x.image, 2, 3), (3 * 8 + 2) * 8 + 4);
});

Deno.test("the embedded map is the map, to a 510th of its top; a fine one is embedded coarser", async () => {
  const voxels = blobDensity(32), map = createVolume({ boxSize: 32, pixelSize: 4, voxels });
  const { text } = await embedVolume(map),
    packed = Uint8Array.fromBase64(/>([^<]+)</.exec(text)![1]);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const top = Number(/data-top="([^"]+)"/.exec(text)![1]);
  assert.equal(bytes.length, 32 ** 3);
  voxels.forEach((v, i) => assert.ok(Math.abs(bytes[i] / 255 * top - Math.max(0, v)) <= top / 509));
  const fine = createVolume({ boxSize: 128, pixelSize: 1 });
  assert.equal(shownMap(fine, 10).boxSize, 64);
  assert.equal(shownMap(fine, 20).boxSize, 80);
  assert.equal(shownMap(fine, null).boxSize, 96);
  assert.equal(shownMap(map, 20).boxSize, 32);
});

Deno.test("every value is in one bar, those beyond the axis in the outermost", () => {
  const { text } = plotHistogram([-1, 0, 0.05, 0.5, 0.5, 1, 7], {
    scale: (range) => linearScale([0, 1], range),
    bins: 10,
    xLabel: "x",
    yLabel: "y",
    description: "d",
  });
  assert.deepEqual([...text.matchAll(/<title>(\d+)<\/title>/g)].map(([, n]) => n), ["3", "2", "2"]);
});
