import assert from "node:assert/strict";
import { correlationCoefficient } from "../lib/evaluate.ts";
import { transform3 } from "../lib/fft.ts";
import { createPhantom, type PhantomName, phantoms } from "../lib/phantom.ts";
import { besselJ1, massOf, type Part, transformOf } from "../lib/phantoms/part.ts";
import { createRandom } from "../lib/random.ts";
import { angleBetween } from "../lib/rotation.ts";

const names = Object.keys(phantoms) as PhantomName[];

Deno.test("besselJ1() is Bessel's integral", () => {
  // J1(x) = (1/pi) int_0^pi cos(t - x sin t) dt; the midpoint rule on 200 points is exact to rounding
  // for x < 100, the integrand being periodic. The published bound of the polynomials is 1e-7.
  for (let x = 0; x < 100; x += 0.37) {
    let sum = 0;
    for (let i = 0; i < 200; i++) {
      const t = Math.PI * (i + 0.5) / 200;
      sum += Math.cos(t - x * Math.sin(t)) / 200;
    }
    assert.ok(Math.abs(besselJ1(x) - sum) < 1e-7, `J1(${x}) = ${besselJ1(x)}, wanted ${sum}`);
  }
});

/** integral rho(p) exp(-2 pi i k.p) dp by counting points of a fine lattice inside the sharp body. */
function transformByLattice(part: Part, k: readonly number[]): number {
  const [a, b, c] = part.size, step = 0.005;
  let sum = 0;
  for (let z = -0.2 + step / 2; z < 0.2; z += step) {
    for (let y = -0.2 + step / 2; y < 0.2; y += step) {
      for (let x = -0.2 + step / 2; x < 0.2; x += step) {
        const inside = part.shape === "ellipsoid"
          ? (x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2 < 1
          : Math.hypot(x, y) < a && Math.hypot(x, y) > b && Math.abs(z) < c;
        if (inside) sum += Math.cos(2 * Math.PI * (k[0] * x + k[1] * y + k[2] * z));
      }
    }
  }
  return sum * part.density * step ** 3;
}

Deno.test("the transform of a part is the Fourier integral of its body", () => {
  const parts: Part[] = [
    { shape: "ellipsoid", centre: [0, 0, 0], size: [0.1, 0.17, 0.13], density: 1.5 },
    { shape: "tube", centre: [0, 0, 0], size: [0.17, 0.08, 0.12], density: 0.7 },
  ];
  for (const part of parts) {
    // Counting errs by the faces' area times the step, over 10 or more: 0.3 x 0.005 / 10 = 1.5e-4,
    // and far less on average since the lattice meets a curved face at all depths.
    for (const k of [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [2, -3, 1], [1e-4, 2e-4, 1e-4]]) {
      const got = transformOf(part, k[0], k[1], k[2]), wanted = transformByLattice(part, k);
      assert.ok(Math.abs(got - wanted) < 1.5e-4, `${part.shape} at ${k}: ${got}, wanted ${wanted}`);
    }
    assert.ok(Math.abs(transformOf(part, 0, 0, 0) / massOf(part) - 1) < 1e-12);
  }
});

for (const name of names) {
  Deno.test(`phantom ${name} is not negative, has its parts' mass and lies about the origin`, () => {
    const mass = phantoms[name].reduce((sum, part) => sum + massOf(part), 0);
    for (const n of [24, 32, 48]) {
      const { voxels } = createPhantom(name, { boxSize: n, pixelSize: 1 });
      let sum = 0, far = 0;
      const moment = [0, 0, 0];
      voxels.forEach((v, i) => {
        const p = [i % n, Math.floor(i / n) % n, Math.floor(i / n ** 2)].map((c) => c / n - 0.5);
        assert.ok(v >= 0);
        sum += v / n ** 3;
        if (Math.hypot(...p) > 0.4) far += v / n ** 3;
        p.forEach((c, axis) => moment[axis] += c * v / n ** 3);
      });
      // What is cut off below zero, at most 1e-3 of the density in 1/3 of the box at 24 voxels.
      assert.ok(Math.abs(sum / mass - 1) < 5e-3, `box ${n}: mass ${sum}, wanted ${mass}`);
      assert.ok(far / mass < 5e-3, `box ${n}: ${far / mass} of the mass lies beyond 0.4`);
      assert.ok(Math.hypot(...moment) / mass * n < 0.01, `box ${n}: centre off by ${moment}`);
    }
  });

  Deno.test(`phantom ${name} is the same shape at every box size`, () => {
    // F24 / F48 = exp(-2 (pi |k|)^2 (1/24^2 - 1/48^2)) within the smaller band, but for what is cut off
    // below zero: a sum of 24^3 values of 1e-3 at random signs against a mass of 0.02 x 24^3.
    const [small, large] = [24, 48].map((n) => {
      const re = Float64Array.from(createPhantom(name, { boxSize: n, pixelSize: 1 }).voxels);
      const im = new Float64Array(n ** 3);
      transform3(re, im, n);
      return { n, re, im };
    });
    let worst = 0;
    for (let x = 0; x < 12; x++) {
      for (let y = 0; x * x + y * y < 121; y++) {
        const square = x * x + y * y;
        const blur = Math.exp(-2 * Math.PI ** 2 * square * (1 / small.n ** 2 - 1 / large.n ** 2));
        const [a, b] = [small, large].map(({ n, re, im }) => {
          const at = y * n + x;
          return [re[at] / n ** 3, im[at] / n ** 3];
        });
        worst = Math.max(worst, Math.hypot(a[0] - blur * b[0], a[1] - blur * b[1]));
      }
    }
    const mass = phantoms[name].reduce((sum, part) => sum + massOf(part), 0);
    assert.ok(worst < 2e-3 * mass, `${worst / mass} of the mass`);
  });

  Deno.test(`phantom ${name} has no symmetry: turned or reflected it is another map`, () => {
    const n = 16, still = createPhantom(name, { boxSize: n, pixelSize: 1 });
    const random = createRandom(1, "symmetry", name);
    const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    // Any two blobs of one size correlate well; a symmetry would give 1.
    let turned = -1, reflected = -1;
    for (let i = 0; i < 300; i++) {
      const rotation = random.rotation();
      const { voxels } = createPhantom(name, { boxSize: n, pixelSize: 1, rotation });
      if (angleBetween(rotation, identity) > Math.PI / 6) {
        turned = Math.max(turned, correlationCoefficient(voxels, still.voxels));
      }
      // Reflected, z -> -z: plane z becomes plane n - z, and plane 0 is empty.
      const mirror = voxels.map((_, j) => {
        const z = Math.floor(j / n ** 2);
        return z === 0 ? 0 : voxels[j % n ** 2 + (n - z) * n ** 2];
      });
      reflected = Math.max(reflected, correlationCoefficient(mirror, still.voxels));
    }
    assert.ok(turned < 0.985, `turned by more than 30 degrees it correlates ${turned}`);
    assert.ok(reflected < 0.985, `reflected it correlates ${reflected}`);
  });
}

Deno.test("a phantom turned by 90 degrees about z has its voxels turned", () => {
  const n = 24, rotation = Float64Array.of(0, -1, 0, 1, 0, 0, 0, 0, 1);
  const still = createPhantom("enzyme", { boxSize: n, pixelSize: 1 });
  const turned = createPhantom("enzyme", { boxSize: n, pixelSize: 1, rotation });
  // p = (x, y, z) goes to (-y, x, z); 1e-6 is single precision of a density of about 1.
  for (let z = 0; z < n; z++) {
    for (let y = 1; y < n; y++) {
      for (let x = 0; x < n; x++) {
        const a = still.voxels[(z * n + y) * n + x], b = turned.voxels[(z * n + x) * n + n - y];
        assert.ok(Math.abs(a - b) < 1e-6);
      }
    }
  }
});

Deno.test("an unknown phantom and an odd box are refused", () => {
  const make = (name: string, boxSize: number) =>
    createPhantom(name as PhantomName, { boxSize, pixelSize: 1 });
  assert.throws(() => make("toString", 16), /^RangeError: Cannot make phantom toString: /);
  assert.throws(() => make("cylinder", 15), RangeError);
});
