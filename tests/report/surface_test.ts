import assert from "node:assert/strict";
import { crc32 } from "../../lib/crc32.ts";
import {
  broadsideView,
  enclosedShare,
  levelEnclosing,
  otsuLevel,
} from "../../lib/report/contour.ts";
import { drawIsosurface } from "../../lib/report/isosurface.ts";
import { encodePNG } from "../../lib/report/png.ts";
import { createRandom } from "../../lib/random.ts";
import { rotationFromEuler } from "../../lib/rotation.ts";
import { createVolume, type Volume } from "../../lib/volume.ts";

const N = 32, IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/** R - |p - centre|, voxels: the level 0 is a sphere. */
function sphere(radius: number, centre = [0, 0, 0], boxSize = N): Volume {
  const map = createVolume({ boxSize, pixelSize: 1 }), half = boxSize / 2;
  for (let z = 0, i = 0; z < boxSize; z++) {
    for (let y = 0; y < boxSize; y++) {
      for (let x = 0; x < boxSize; x++, i++) {
        const [dx, dy, dz] = [x - half - centre[0], y - half - centre[1], z - half - centre[2]];
        map.voxels[i] = radius - Math.hypot(dx, dy, dz);
      }
    }
  }
  return map;
}

/** Where a picture is, and how bright: sums weighted by opacity, px from the middle. */
function weigh({ width, pixels }: ReturnType<typeof drawIsosurface>) {
  let area = 0, x = 0, y = 0, light = 0;
  for (let i = 0; i < width * width; i++) {
    const opacity = pixels[2 * i + 1] / 255;
    area += opacity;
    x += opacity * (i % width + 0.5 - width / 2);
    y += opacity * (Math.floor(i / width) + 0.5 - width / 2);
    light += opacity * pixels[2 * i];
  }
  return { area, x: x / area, y: y / area, light: light / area };
}

Deno.test("a sphere is a disc of its size in its place, seen from anywhere", () => {
  const size = 64, radius = 8, centre = [4, -3, 2], map = sphere(radius, centre);
  const turned = rotationFromEuler({ rot: 20, tilt: 50, psi: -70 });
  for (const view of [IDENTITY, turned]) {
    const seen = weigh(drawIsosurface(map, { level: 0, view, size }));
    const along = (row: number) => centre.reduce((sum, c, i) => sum + c * view[3 * row + i], 0);
    // 2 px a voxel; the rim is covered to a quarter of a px on its circumference, 2 pi 16 / 4 = 25 at most
    assert.ok(Math.abs(seen.area - Math.PI * 16 ** 2) < 25, `${seen.area}`);
    assert.ok(
      Math.hypot(seen.x - 2 * along(0), seen.y - 2 * along(1)) < 0.25,
      `${seen.x} ${seen.y}`,
    );
  }
});

Deno.test("what is nearer hides what is further away, and is brighter", () => {
  const near = sphere(5, [0, 0, 6]), far = sphere(5, [0, 0, -6]);
  const draw = (map: Volume) => drawIsosurface(map, { level: 0, view: IDENTITY, size: 48 });
  const both = createVolume({
    boxSize: N,
    pixelSize: 1,
    voxels: near.voxels.map((v, i) => Math.max(v, far.voxels[i])),
  });
  assert.deepEqual(draw(both), draw(near));
  assert.ok(weigh(draw(near)).light > weigh(draw(far)).light + 10);
});

Deno.test("light falls from the upper left", () => {
  const size = 64, { pixels } = drawIsosurface(sphere(12), { level: 0, view: IDENTITY, size });
  const grey = (x: number, y: number) => pixels[2 * ((size / 2 + y) * size + size / 2 + x)];
  assert.ok(grey(-10, -12) > grey(10, -12) + 20);
  assert.ok(grey(-10, -12) > grey(-10, 12) + 20);
  assert.ok(grey(15, 15) < grey(0, 0));
});

Deno.test("an empty, a constant and a broken map are empty pictures", () => {
  const maps = [0, 1, NaN].map((value) =>
    createVolume({ boxSize: 8, pixelSize: 1, voxels: new Float32Array(512).fill(value) })
  );
  for (const map of maps) {
    const level = levelEnclosing(map, 0.1), view = broadsideView(map, otsuLevel(map));
    const { pixels } = drawIsosurface(map, { level, view, size: 8 });
    assert.ok(view.every(Number.isFinite));
    assert.ok(pixels.every((v) => v === 0), `of ${map.voxels[0]}`);
  }
});

Deno.test("Otsu's level parts two kinds of voxels, and a share finds its level again", () => {
  const random = createRandom(5, "levels"), map = createVolume({ boxSize: N, pixelSize: 1 });
  for (let i = 0; i < N ** 3; i++) map.voxels[i] = (i % 10 === 0 ? 5 : 1) + 0.3 * random.normal();
  const level = otsuLevel(map);
  assert.ok(level > 2.5 && level < 3.5, `${level}`);
  // every tenth, from 0, and no voxel lies 5 deviations off
  assert.equal(enclosedShare(map, level), Math.ceil(N ** 3 / 10) / N ** 3);
  const smooth = sphere(8);
  for (const share of [0.01, 0.05, 0.3]) {
    // a level is found to 1/4096 of the range; no bin of it holds more than 1/500 of the box
    const found = enclosedShare(smooth, levelEnclosing(smooth, share));
    assert.ok(Math.abs(found - share) < 2e-3, `${found}`);
  }
});

Deno.test("the broadside view has the longest axis across and the shortest towards the eye", () => {
  const axes = rotationFromEuler({ rot: 33, tilt: 61, psi: 14 });
  const map = createVolume({ boxSize: N, pixelSize: 1 });
  for (let z = 0, i = 0; z < N; z++) {
    for (let y = 0; y < N; y++) {
      for (let x = 0; x < N; x++, i++) {
        const p = [x - N / 2, y - N / 2, z - N / 2];
        const [a, b, c] = [0, 1, 2].map((row) =>
          p.reduce((sum, v, k) => sum + v * axes[3 * row + k], 0)
        );
        map.voxels[i] = 1 - Math.hypot(a / 13, b / 8, c / 4);
      }
    }
  }
  const view = broadsideView(map, 0);
  for (let row = 0; row < 3; row++) {
    const cosine = [0, 1, 2].reduce((sum, k) => sum + view[3 * row + k] * axes[3 * row + k], 0);
    // of some 1,700 voxels on a grid the axes are found to a degree
    assert.ok(Math.abs(cosine) > Math.cos(Math.PI / 180), `${row}: ${cosine}`);
  }
  const [a, b, c, d, e, f, g, h, i] = view;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  // right, down, eye of somebody who is not looking into a mirror: right, up, eye would be 1
  assert.ok(Math.abs(determinant + 1) < 1e-12, "mirrored");
});

Deno.test("a PNG holds the picture", async () => {
  const random = createRandom(2, "png");
  for (const channels of [1, 2] as const) {
    const width = 7, height = 5;
    const pixels = Uint8Array.from({ length: 35 * channels }, () => random.integer(256));
    const bytes = await encodePNG({ width, height, channels, pixels });
    assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
    const chunks = new Map<string, Uint8Array<ArrayBuffer>>(), view = new DataView(bytes.buffer);
    for (let at = 8; at < bytes.length;) {
      const length = view.getUint32(at), body = bytes.slice(at + 4, at + 8 + length);
      assert.equal(view.getUint32(at + 8 + length), crc32(body));
      chunks.set(new TextDecoder().decode(body.subarray(0, 4)), body.slice(4));
      at += 12 + length;
    }
    assert.deepEqual([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
    assert.deepEqual([...chunks.get("IHDR")!], [
      ...[0, 0, 0, width, 0, 0, 0, height, 8, channels === 1 ? 0 : 4, 0, 0, 0],
    ]);
    const stream = new Blob([chunks.get("IDAT")!]).stream()
      .pipeThrough(new DecompressionStream("deflate"));
    const lines = new Uint8Array(await new Response(stream).arrayBuffer()), row = width * channels;
    assert.equal(lines.length, (row + 1) * height);
    const read = new Uint8Array(pixels.length);
    for (let y = 0; y < height; y++) {
      assert.equal(lines[y * (row + 1)], 2);
      for (let x = 0; x < row; x++) {
        const above = y > 0 ? read[(y - 1) * row + x] : 0;
        read[y * row + x] = lines[y * (row + 1) + 1 + x] + above;
      }
    }
    assert.deepEqual(read, pixels);
  }
  await assert.rejects(
    encodePNG({ width: 2, height: 2, channels: 1, pixels: new Uint8Array(5) }),
    new RangeError("Cannot encode a picture: 5 bytes, wanted 2 x 2 x 1"),
  );
});
