import assert from "node:assert/strict";
import { elementOf, ELEMENTS, scatteringFactor } from "../../lib/atoms/elements.ts";
import type { AtomicModel } from "../../lib/atoms/model.ts";
import { centreOfMass } from "../../lib/atoms/model.ts";
import { POTENTIAL_PER_FACTOR, potentialOfAtoms } from "../../lib/atoms/potential.ts";
import { transform3 } from "../../lib/fft.ts";
import { createRandom } from "../../lib/random.ts";
import type { Element } from "../../lib/atoms/elements.ts";
import type { Volume } from "../../lib/volume.ts";

type Atom = readonly [element: Element, x: number, y: number, z: number, b: number, part?: number];

function modelOf(atoms: readonly Atom[], isTrace = false): AtomicModel {
  return {
    count: atoms.length,
    positions: Float64Array.from(atoms.flatMap(([, x, y, z]) => [x, y, z])),
    elements: atoms.map(([element]) => element),
    bFactors: Float64Array.from(atoms, ([, , , , b]) => b),
    occupancies: Float64Array.from(atoms, (atom) => atom[5] ?? 1),
    isTrace,
  };
}

/** F(k) = p^3 sum_x V(x) exp(-2 pi i k.x / N), V A^3, about the origin at voxel N/2. */
function transformOf({ boxSize: n, pixelSize, voxels }: Volume) {
  const real = Float64Array.from(voxels), imaginary = new Float64Array(n ** 3);
  transform3(real, imaginary, n);
  return (x: number, y: number, z: number): [number, number] => {
    const at = (((z + n) % n) * n + (y + n) % n) * n + (x + n) % n;
    const scale = pixelSize ** 3 * ((x + y + z) % 2 === 0 ? 1 : -1);
    return [scale * real[at], scale * imaginary[at]];
  };
}

/** The sum over atoms itself, V A^3. */
function exact(model: AtomicModel, field: number, k: readonly number[]): [number, number] {
  const centre = centreOfMass(model), sum: [number, number] = [0, 0];
  const length = Math.hypot(...k) / field;
  model.elements.forEach((element, i) => {
    const phase = -2 * Math.PI / field *
      k.reduce((s, ki, axis) => s + ki * (model.positions[3 * i + axis] - centre[axis]), 0);
    const f = POTENTIAL_PER_FACTOR * model.occupancies[i] * scatteringFactor(element, length) *
      Math.exp(-model.bFactors[i] * length ** 2 / 4);
    sum[0] += f * Math.cos(phase), sum[1] += f * Math.sin(phase);
  });
  return sum;
}

Deno.test("a single atom's potential integrates to 47.878 V A^2 f(0), and its transform is the Gaussian sum", () => {
  const n = 32, pixelSize = 1;
  for (const [element, b] of [["C", 0], ["O", 40], ["Fe", 12.5]] as const) {
    const model = modelOf([[element, 3.3, -1.2, 40.7, b]]);
    const volume = potentialOfAtoms(model, { boxSize: n, pixelSize });
    const total = volume.voxels.reduce((sum, v) => sum + v, 0) * pixelSize ** 3;
    const whole = POTENTIAL_PER_FACTOR * scatteringFactor(element, 0);
    // The spreading Gaussian is cut at 5 deviations in y and z, exp(-5^2 / 2) = 4e-6 of it, and along x;
    // and float32.
    assert.ok(Math.abs(total / whole - 1) < 1e-5, `${element}: ${total}, wanted ${whole}`);
    const transform = transformOf(volume);
    for (const k of [[1, 0, 0], [3, -2, 5], [0, 10, 3], [0, 0, -13], [8, 8, 8]]) {
      const [re, im] = transform(k[0], k[1], k[2]), [wanted] = exact(model, n * pixelSize, k);
      // Alone it is at the origin. What folds back from 2/3 of the fine grid is exp(-2 pi^2 1.2^2 (4/9 -
      // 1/9)) = 8e-5 at the last frequency, and what was cut comes to 4e-6 exp(2 pi^2 1.2^2 / 9) = 9e-5.
      assert.ok(Math.abs(re - wanted) < 2e-4 * whole && Math.abs(im) < 2e-4 * whole, `${k}`);
    }
  }
});

Deno.test("many atoms are the sum over atoms, below the low-pass; beyond it there is nothing", () => {
  const random = createRandom(1, "atoms"), n = 24, pixelSize = 1.5, field = n * pixelSize;
  const kinds: Element[] = ["C", "N", "O", "S", "H"];
  const model = modelOf(Array.from({ length: 60 }, (_, i): Atom => {
    const [x, y, z] = [0, 1, 2].map(() => 50 + 14 * (random.uniform() - 0.5));
    return [kinds[i % 5], x, y, z, 80 * random.uniform(), random.uniform()];
  }));
  const resolution = field / 7,
    volume = potentialOfAtoms(model, { boxSize: n, pixelSize, resolution });
  const transform = transformOf(volume);
  const [whole] = exact(model, field, [0, 0, 0]);
  for (let z = -11; z < 12; z++) {
    for (let y = -11; y < 12; y++) {
      for (let x = 0; x < 12; x++) {
        const k = Math.hypot(x, y, z), t = (k - 7) / 2 + 0.5;
        const pass = t <= 0 ? 1 : t >= 1 ? 0 : 0.5 * (1 + Math.cos(Math.PI * t));
        const found = transform(x, y, z), wanted = exact(model, field, [x, y, z]);
        // As above.
        found.forEach((f, i) => assert.ok(Math.abs(f - pass * wanted[i]) < 2e-4 * whole));
      }
    }
  }
});

Deno.test("a trace of alpha carbons has the potential of its residues, in a cloud", () => {
  const model = modelOf([["C", 0, 0, 0, 10], ["C", 3.8, 0, 0, 10]], true);
  const { voxels } = potentialOfAtoms(model, { boxSize: 32, pixelSize: 1 });
  const residue = 4.9384 * scatteringFactor("C", 0) + 7.7583 * scatteringFactor("H", 0) +
    1.3577 * scatteringFactor("N", 0) + 1.4773 * scatteringFactor("O", 0) +
    0.0417 * scatteringFactor("S", 0);
  const total = voxels.reduce((sum, v) => sum + v, 0);
  assert.ok(Math.abs(total / (2 * POTENTIAL_PER_FACTOR * residue) - 1) < 1e-5);
  // two clouds of sqrt(1.5^2 + 10 / 8 pi^2) = 1.54 A, 3.8 A apart, have variance 1.9^2 + 1.54^2 along x;
  // and what the factors' own b adds, 0.25 to 0.35 A^2 on average.
  let square = 0;
  voxels.forEach((v, i) => square += v * (i % 32 - 16) ** 2 / total);
  assert.ok(square > 1.9 ** 2 + 1.54 ** 2 && square < 1.9 ** 2 + 1.54 ** 2 + 0.5, `${square}`);
});

Deno.test("scattering factors fall from f(0), which for the light elements is as published", () => {
  // f(0), A: sums of the five published a of each.
  const printed = { H: 0.5288, C: 2.5088, N: 2.2135, O: 1.9834 };
  for (const [element, wanted] of Object.entries(printed)) {
    assert.ok(Math.abs(scatteringFactor(element as Element, 0) - wanted) < 1e-9, element);
  }
  for (const element of ELEMENTS) {
    let last = scatteringFactor(element, 0);
    // 0.5 A^-1 is as far as any map of molecules goes
    for (let k = 0.05; k <= 0.5; k += 0.05) {
      const f = scatteringFactor(element, k);
      assert.ok(f > 0 && f < last, `${element} at ${k}`);
      last = f;
    }
    // Mott and Bethe: f = 0.023934 (Z - fX) / s^2 with the X-ray factor fX of 0 to Z; at s = 2 / A fX is
    // below half of Z for all.
    const z = ELEMENTS.indexOf(element) + 1, far = scatteringFactor(element, 4) * 4 / 0.023934 / z;
    assert.ok(far > 0.5 && far < 1.1, `${element}: ${far}`);
  }
  assert.deepEqual(["FE", "d", "Zn", "X", "constructor"].map(elementOf), [
    "Fe",
    "H",
    "Zn",
    undefined,
    undefined,
  ]);
});

Deno.test("a model that does not fit, and a resolution that the grid does not hold, are refused", () => {
  const model = modelOf([["C", 0, 0, 0, 0], ["C", 40, 0, 0, 0]]);
  const refused = (
    options: { boxSize: number; pixelSize: number; resolution?: number },
    message: RegExp,
  ) => assert.throws(() => potentialOfAtoms(model, options), { name: "RangeError", message });
  refused({ boxSize: 16, pixelSize: 2 }, /reach 20.0 A from their centre .* at most 16.0 A, half/);
  refused({ boxSize: 24, pixelSize: 2, resolution: 4 }, /resolution 4 A, wanted 4.364 to 48 A/);
  refused({ boxSize: 24, pixelSize: 2, resolution: 50 }, /resolution 50 A/);
});
