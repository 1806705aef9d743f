import assert from "node:assert/strict";
import { cropImages } from "../lib/crop_images.ts";
import { downsampleImages } from "../lib/downsample_images.ts";
import { invertContrast } from "../lib/contrast.ts";
import { createParticleStack, type ParticleStack } from "../lib/particles.ts";
import { createRandom } from "../lib/random.ts";
import { blobProjection, randomCTF, throughMicroscope } from "./small_set.ts";

const random = createRandom(1);
const ctf = randomCTF(random);

function stackOf(boxSize: number, pixelSize: number, images: Float32Array): ParticleStack {
  const count = images.length / boxSize ** 2;
  return createParticleStack({ boxSize, pixelSize, images, ctfs: Array(count).fill(ctf) });
}

const noise = (count: number, n: number) =>
  stackOf(n, 2, Float32Array.from({ length: count * n * n }, () => random.normal()));

Deno.test("downsampling is a matrix of orthonormal rows: white noise stays white, of the same deviation", async () => {
  const n = 12;
  for (const m of [12, 10, 6, 2]) {
    // what each pixel becomes: the columns of the matrix
    const units = new Float32Array(n ** 4);
    for (let i = 0; i < n * n; i++) units[i * n * n + i] = 1;
    const columns = await downsampleImages(stackOf(n, 2, units), m)
      .read(Uint32Array.from({ length: n * n }, (_, i) => i));
    for (let a = 0; a < m * m; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < n * n; i++) product += columns[i * m * m + a] * columns[i * m * m + b];
        // values below 1 rounded to 2^-25, 144 products: 2 sqrt(144) 2^-25
        assert.ok(Math.abs(product - (a === b ? 1 : 0)) < 1e-6, `${m}: ${a} ${b} ${product}`);
      }
    }
  }
});

Deno.test("a particle downsampled is the particle seen in fewer pixels, N/M times as high", async () => {
  // blobs have 3e-4 of their amplitude beyond k = 8, and the CTF takes no notice of the pixel size
  const fine = 40, coarse = 20, field = 160, rotation = random.rotation();
  const shift = [1.7, -0.9] as const; // fine px
  const see = (box: number) =>
    throughMicroscope(blobProjection(box, rotation), {
      ...{ box, pixelSize: field / box, ctf, radius: 9 },
      shift: [shift[0] * box / fine, shift[1] * box / fine],
    });
  const stack = stackOf(fine, field / fine, Float32Array.from(see(fine)));
  const small = downsampleImages(stack, coarse);
  assert.deepEqual([small.boxSize, small.pixelSize, small.count], [20, 8, 1]);
  assert.equal(small.ctf(0), ctf);
  const found = await small.read([0]), wanted = see(coarse);
  // N/M, and N/M again because the fine projection sums over as many more voxels
  const ratio = fine / coarse * (fine / coarse);
  const largest = Math.max(...wanted.map(Math.abs));
  found.forEach((v, i) => {
    assert.ok(Math.abs(v - ratio * wanted[i]) < 1e-3 * ratio * largest, `${i}`);
  });
});

Deno.test("images come in the order asked, by pairs or alone, and as they were with M = N", async () => {
  const stack = noise(5, 16), small = downsampleImages(stack, 8);
  const all = await small.read([0, 1, 2, 3, 4]);
  for (const asked of [[3], [4, 2], [1, 0, 3]]) {
    const found = await small.read(asked);
    asked.forEach((image, place) => {
      for (let i = 0; i < 64; i++) {
        assert.ok(Math.abs(found[place * 64 + i] - all[image * 64 + i]) < 1e-6);
      }
    });
  }
  const same = await downsampleImages(stack, 16).read([0, 1]), was = await stack.read([0, 1]);
  same.forEach((v, i) => assert.ok(Math.abs(v - was[i]) < 1e-6));
});

Deno.test("cropping keeps the centre where it is and the pixels as they are", async () => {
  const stack = noise(3, 16), small = cropImages(stack, 10);
  assert.deepEqual([small.boxSize, small.pixelSize, small.count], [10, 2, 3]);
  const pixels = await stack.read([2, 0]), found = await small.read([2, 0]);
  for (const image of [0, 1]) {
    for (let y = -5; y < 5; y++) {
      for (let x = -5; x < 5; x++) {
        assert.equal(
          found[(image * 10 + y + 5) * 10 + x + 5],
          pixels[(image * 16 + y + 8) * 16 + x + 8],
        );
      }
    }
  }
  assert.deepEqual(await cropImages(stack, 16).read([1]), await stack.read([1]));
});

Deno.test("images that are inverted stay so; odd boxes, larger ones and none are refused", () => {
  const stack = noise(1, 16);
  for (const resize of [cropImages, downsampleImages]) {
    assert.equal(resize(stack, 8).inverted, undefined);
    assert.equal(resize(invertContrast(stack), 8).inverted, true);
    for (const box of [0, 7, 18, NaN, 8.5]) {
      assert.throws(
        () => resize(stack, box),
        new RegExp(
          `^RangeError: Cannot (crop|downsample) images to ${box} px: wanted an even num.* 16 px$`,
        ),
      );
    }
  }
});
