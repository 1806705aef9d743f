import assert from "node:assert/strict";
import { transform2 } from "../lib/fft.ts";
import { createNoiseField } from "../lib/noise_field.ts";
import { createRandom } from "../lib/random.ts";

Deno.test("a noise field has pixels of variance 1 and the power it says, by shell", () => {
  const n = 32, count = 200;
  for (const decay of [1, 6]) {
    const field = createNoiseField(n, decay);
    const power = new Float64Array(n / 2), places = new Float64Array(n / 2);
    let variance = 0;
    for (let i = 0; i < count; i++) {
      const real = field.draw(createRandom(1, "field", i)), imaginary = new Float64Array(n * n);
      variance += real.reduce((sum, v) => sum + v * v, 0) / (count * n * n);
      // faded out towards the edges, so that power does not leak from low to high frequencies
      const hann = (x: number) =>
        Math.SQRT2 * Math.sin(Math.PI * (x + 0.5) / n) ** 2 / Math.sqrt(0.75);
      real.forEach((v, p) => real[p] = v * hann(p % n) * hann(Math.floor(p / n)));
      transform2(real, imaginary, n);
      for (let y = -n / 2 + 1; y < n / 2; y++) {
        for (let x = 0; x < n / 2; x++) {
          const shell = Math.round(Math.hypot(x, y)), at = ((y + n) % n) * n + x;
          if (shell === 0 || shell >= n / 2) continue;
          power[shell] += (real[at] ** 2 + imaginary[at] ** 2) / (n * n);
          places[shell]++;
        }
      }
    }
    // 200 fields of 1,024 pixels that are correlated over a few
    assert.ok(Math.abs(variance - 1) < 0.03, `${variance}`);
    for (let s = 3; s < n / 2; s++) {
      const found = power[s] / places[s], wanted = field.variance(s);
      // s pi coefficients of 200 fields, a sixth of them independent under the window
      const deviation = Math.sqrt(6 / (Math.PI * s * count));
      assert.ok(Math.abs(found / wanted - 1) < 4 * deviation, `decay ${decay}, shell ${s}`);
    }
  }
  const { variance } = createNoiseField(n, 6);
  assert.ok(Math.abs(variance(0) / variance(n / 2) - 6) < 1e-12);
});

Deno.test("opposite edges of a noise field have nothing in common", () => {
  const n = 16, count = 2000, field = createNoiseField(n, 10);
  let across = 0, beside = 0;
  for (let i = 0; i < count; i++) {
    const pixels = field.draw(createRandom(2, "field", i));
    for (let y = 0; y < n; y++) {
      across += pixels[y * n] * pixels[y * n + n - 1] / (count * n);
      beside += pixels[y * n] * pixels[y * n + 1] / (count * n);
    }
  }
  assert.ok(beside > 0.2); // neighbours have
  assert.ok(Math.abs(across) < 4 * Math.sqrt(3 / (count * n))); // a third of the rows is independent
});
