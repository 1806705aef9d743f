import assert from "node:assert/strict";
import { type CTF, ctfPhase, electronWavelength, evaluateCTF } from "../lib/ctf.ts";
import { fc } from "./property.ts";

const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const ctfs: fc.Arbitrary<CTF> = fc.record({
  defocusU: within(-5000, 50000),
  defocusV: within(-5000, 50000),
  defocusAngle: within(-180, 180),
  voltage: within(80, 400),
  sphericalAberration: within(0, 4),
  amplitudeContrast: within(0, 1),
  phaseShift: within(-180, 180),
  bFactor: within(0, 500),
  scale: within(0.1, 2),
});

const plain: CTF = {
  defocusU: 18000,
  defocusV: 12000,
  defocusAngle: 0,
  voltage: 300,
  sphericalAberration: 2.7,
  amplitudeContrast: 0.1,
  phaseShift: 0,
  bFactor: 0,
  scale: 1,
};

const value = (ctf: CTF, x: number, y: number) => evaluateCTF(ctfPhase(ctf), x, y);

Deno.test("the wavelengths at 300 and 200 kV are the published ones", () => {
  assert.ok(Math.abs(electronWavelength(300) - 0.01968761530923358) < 1e-16);
  // published to four figures
  assert.ok(Math.abs(electronWavelength(200) - 0.0250795) < 5e-8);
  assert.ok(Math.abs(electronWavelength(100) - 0.0370143) < 5e-7);
});

Deno.test("CTF(0) = +Q0: particles are white", () => {
  fc.assert(fc.property(ctfs, (ctf) => {
    const unplated = { ...ctf, phaseShift: 0 };
    const wanted = ctf.scale * ctf.amplitudeContrast;
    // asin near 1 loses half the digits of nothing: sin(asin(q)) errs by cos * rounding
    assert.ok(Math.abs(value(unplated, 0, 0) - wanted) < 1e-15);
  }));
  // a phase plate of 90 degrees gives cos(asin Q0)
  assert.ok(Math.abs(value({ ...plain, phaseShift: 90 }, 0, 0) - Math.sqrt(0.99)) < 1e-15);
});

Deno.test("positive defocus is underfocus: close to k = 0 the CTF rises from Q0", () => {
  const round = { ...plain, defocusV: plain.defocusU };
  assert.ok(value(round, 0.01, 0) > value(round, 0, 0));
  const over = { ...round, defocusU: -18000, defocusV: -18000 };
  assert.ok(value(over, 0.01, 0) < value(over, 0, 0));
  // the spherical aberration works against it
  const aberrant = { ...round, sphericalAberration: 3.7 };
  assert.ok(value(aberrant, 0.01, 0) < value(round, 0.01, 0));
});

Deno.test("the CTF equals the textbook formula with the angle written out", () => {
  fc.assert(
    fc.property(ctfs, within(-0.12, 0.12), within(-0.12, 0.12), (ctf, x, y) => {
      const lambda = 12.2643247 /
        Math.sqrt(ctf.voltage * 1e3 * (1 + ctf.voltage * 1e3 * 0.978466e-6));
      const k = Math.hypot(x, y), phi = Math.atan2(y, x);
      const defocus = (ctf.defocusU + ctf.defocusV) / 2 +
        (ctf.defocusU - ctf.defocusV) / 2 *
          Math.cos(2 * (phi - ctf.defocusAngle * Math.PI / 180));
      const first = Math.PI * lambda * defocus * k ** 2;
      const third = Math.PI / 2 * ctf.sphericalAberration * 1e7 * lambda ** 3 * k ** 4;
      const chi = first - third + ctf.phaseShift * Math.PI / 180 + Math.asin(ctf.amplitudeContrast);
      const wanted = ctf.scale * Math.exp(-ctf.bFactor * k * k / 4) * Math.sin(chi);
      // some ten roundings of terms that add up in size to at most this
      const size = Math.PI * lambda * 50000 * k ** 2 + third + 5;
      assert.ok(Math.abs(value(ctf, x, y) - wanted) < 20 * 2 ** -53 * size * ctf.scale + 1e-15);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("along its angle, from x towards y, an astigmatic CTF has the defocus U, across it V", () => {
  for (const defocusAngle of [0, 30, 90, 120, -45]) {
    const ctf = { ...plain, defocusAngle }, angle = defocusAngle * Math.PI / 180;
    const [c, s] = [Math.cos(angle), Math.sin(angle)], k = 0.05;
    const along = value({ ...plain, defocusV: plain.defocusU }, k, 0);
    const across = value({ ...plain, defocusU: plain.defocusV }, k, 0);
    assert.ok(Math.abs(along - across) > 0.1); // else this test could not fail
    assert.ok(Math.abs(value(ctf, k * c, k * s) - along) < 1e-13);
    assert.ok(Math.abs(value(ctf, -k * s, k * c) - across) < 1e-13);
  }
});

Deno.test("the CTF is even in k, and swapping U and V turns it by 90 degrees", () => {
  fc.assert(fc.property(ctfs, within(-0.1, 0.1), within(-0.1, 0.1), (ctf, x, y) => {
    assert.equal(value(ctf, x, y), value(ctf, -x, -y));
    const swapped = { ...ctf, defocusU: ctf.defocusV, defocusV: ctf.defocusU };
    // phases up to 100 rad, good to 100 roundings of 1
    assert.ok(Math.abs(value(swapped, -y, x) - value(ctf, x, y)) < 2e-13);
  }));
});

Deno.test("the envelope is exp(-B k^2 / 4) and the scale a factor", () => {
  const k = 0.07, sharp = value(plain, 0, k);
  const blurred = value({ ...plain, bFactor: 150, scale: 0.7 }, 0, k);
  assert.ok(Math.abs(blurred - 0.7 * Math.exp(-150 * k * k / 4) * sharp) < 1e-15);
});
