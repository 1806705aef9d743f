import assert from "node:assert/strict";
import { createKaiserBessel } from "../lib/kaiser_bessel.ts";

/** Midpoint rule over the window's extent; phi is smooth inside and jumps by phi(W/2) at the ends. */
function transformByQuadrature(width: number, oversampling: number, x: number): number {
  const { window } = createKaiserBessel({ width, oversampling });
  const steps = 20000, h = width / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const u = -width / 2 + (i + 0.5) * h;
    sum += window(u) * Math.cos(2 * Math.PI * u * x);
  }
  return sum * h;
}

Deno.test("the Kaiser-Bessel transform is the Fourier integral of the window", () => {
  // Midpoint error <= W h^2 / 24 max|f''|; |f''| <= ((pi W)^2 + (4 beta / W^2)...) < 1e3, h = 4e-4:
  // below 1e-5 in the worst case and far less for the smooth window; 1e-6 holds with room.
  for (const width of [2, 3, 4, 6, 8]) {
    for (const oversampling of [1.5, 2, 3]) {
      const { transform } = createKaiserBessel({ width, oversampling });
      for (const x of [0, 0.1, 0.25, 0.5, 0.73, 1.2]) {
        const wanted = transformByQuadrature(width, oversampling, x);
        assert.ok(
          Math.abs(transform(x) - wanted) < 1e-6,
          `W ${width} os ${oversampling} x ${x}: ${transform(x)}, wanted ${wanted}`,
        );
      }
    }
  }
});

Deno.test("the Kaiser-Bessel transform passes smoothly through s = 0", () => {
  const { transform, beta, width } = createKaiserBessel({ width: 6 });
  const turn = beta / (Math.PI * width);
  const limit = width * beta / (width * Math.sinh(beta));
  // sinh(s)/s and sin(s)/s are 1 + O(s^2) with s^2 ~ 2 beta pi W 1e-9 ~ 5e-7.
  for (const x of [turn - 1e-9, turn, turn + 1e-9]) {
    assert.ok(Math.abs(transform(x) / limit - 1) < 1e-6);
  }
});

Deno.test("beta follows Beatty's formula and the window is even, positive and ends at W/2", () => {
  const kernel = createKaiserBessel({ width: 6 });
  assert.equal(kernel.beta, Math.PI * Math.sqrt(9 * 2.25 - 0.8)); // 13.8551...
  assert.equal(kernel.window(1.25), kernel.window(-1.25));
  assert.ok(kernel.window(3) > 0);
  assert.equal(kernel.window(3 + 1e-12), 0);
  assert.ok(Math.abs(kernel.transform(0) - 1) < 1e-15);
});

Deno.test("interpolating a corrected plane wave leaves an error that falls with the width", () => {
  // A voxel at offset n has the spectrum exp(-2 pi i n k / N): sampled twice as finely, divided by
  // phihat(n / 2N), and read at a fractional k. The error is the aliases phihat(x + m) / phihat(x),
  // largest at the edge of the box, |x| = 1/4. Beatty's bound at oversampling 2 is about 10^(1-W).
  for (const [width, bound] of [[2, 0.1], [3, 1e-2], [4, 2e-3], [5, 2e-4], [6, 2e-5], [8, 2e-7]]) {
    const kernel = createKaiserBessel({ width });
    let worst = 0;
    for (let x = -0.25; x <= 0.25; x += 1 / 64) {
      for (let at = 0; at < 1; at += 1 / 16) {
        let re = 0, im = 0;
        for (let j = Math.ceil(at - width / 2); j <= at + width / 2; j++) {
          const w = kernel.window(at - j) / kernel.transform(x);
          re += w * Math.cos(2 * Math.PI * x * (j - at));
          im += w * Math.sin(2 * Math.PI * x * (j - at));
        }
        worst = Math.max(worst, Math.hypot(re - 1, im));
      }
    }
    assert.ok(worst < bound, `width ${width}: error ${worst}, bound ${bound}`);
    assert.ok(worst > bound / 1000, `width ${width}: the bound says nothing`);
  }
});

Deno.test("a window without a shape is refused", () => {
  assert.throws(() => createKaiserBessel({ width: 1 }), RangeError);
  assert.throws(() => createKaiserBessel({ width: NaN }), RangeError);
  assert.throws(() => createKaiserBessel({ width: 6, oversampling: 1 }), RangeError);
});
