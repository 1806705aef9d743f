import assert from "node:assert/strict";
import { createCornerSpectrum } from "../lib/corner_spectrum.ts";
import { createNoiseField } from "../lib/noise_field.ts";
import { normalize } from "../lib/prepare.ts";
import { createRandom } from "../lib/random.ts";

/** The spectrum of so many fields, what lies in the inscribed circle replaced. */
function spectrumOf(n: number, decay: number, count: number, inside: number): Float64Array {
  const field = createNoiseField(n, decay), spectrum = createCornerSpectrum(n);
  for (let b = 0; b < count; b++) {
    const image = Float32Array.from(field.draw(createRandom(1, "corner", b)), (v, i) => {
      const x = i % n - n / 2, y = Math.floor(i / n) - n / 2;
      return 3 * (x * x + y * y > n * n / 4 ? v : v + inside) + 7;
    });
    spectrum.add(image.slice(), normalize(image, n));
  }
  return spectrum.variance();
}

Deno.test("the corners tell the power of the noise at every frequency, white or coloured", () => {
  for (const decay of [1, 10]) {
    const n = 32, found = spectrumOf(n, decay, 150, 0), { variance } = createNoiseField(n, decay);
    assert.equal(found.length, n / 2 + 1);
    for (let s = 1; s <= n / 2; s++) {
      const wanted = variance(s);
      // 150 images of 200 corner pixels: 5 %; the blur over 4 shells flattens both ends of a
      // steep fall
      const tolerance = s < 3 || s > n / 2 - 2 ? 0.25 : 0.15;
      assert.ok(
        Math.abs(found[s] / wanted - 1) < tolerance,
        `${decay}, ${s}: ${found[s] / wanted}`,
      );
    }
  }
});

Deno.test("what is inside the circle does not matter to them", () => {
  assert.deepEqual(spectrumOf(16, 4, 5, 0), spectrumOf(16, 4, 5, 100));
});
