import assert from "node:assert/strict";
import { ctfPhase, evaluateCTF } from "../lib/ctf.ts";
import { readVolume } from "../lib/formats/mrc.ts";
import { openParticles } from "../lib/formats/registry.ts";
import type { CTF } from "../lib/ctf.ts";
import { type Rotation, transpose } from "../lib/rotation.ts";
import { createSlicer } from "../lib/slicer.ts";
import { transformImage } from "../lib/turn.ts";

const folder = new URL("./golden/relion/", import.meta.url).pathname;
const N = 32, count = 24;

/** Half disc 0 < |k| < 15, [n, 2]: beyond it RELION's transform ends. */
const k = (() => {
  const list: number[] = [];
  for (let y = -14; y < 15; y++) {
    for (let x = 0; x < 15; x++) if ((x > 0 || y > 0) && x * x + y * y < 225) list.push(x, y);
  }
  return Float64Array.from(list);
})();

interface View {
  readonly ctf: CTF;
  readonly rotation: Rotation;
  /** px. */
  readonly shift: readonly [number, number];
}

/** The images of a set, transformed, and how they were made. */
async function readSet(name: string) {
  using set = await openParticles(`${folder}${name}.star`);
  assert.deepEqual([set.count, set.boxSize, set.pixelSize], [count, N, 11.2]);
  const pixels = await set.read([...new Array(count).keys()]);
  const { poses } = set;
  return Array.from({ length: count }, (_, i) => ({
    transform: transformImage(pixels.subarray(i * N * N, (i + 1) * N * N), N, k),
    view: { ctf: set.ctf(i), rotation: poses![i].rotation, shift: poses![i].shift },
  }));
}

/** exp(-2 pi i k.t / N) CTF(k) P(k). */
function seen(P: Float64Array, { ctf, shift }: View, withCTF: boolean): Float64Array {
  const out = new Float64Array(P.length), phase = ctfPhase(ctf);
  for (let i = 0; i < k.length; i += 2) {
    const gain = withCTF ? evaluateCTF(phase, k[i] / (N * 11.2), k[i + 1] / (N * 11.2)) : 1;
    const angle = -2 * Math.PI * (k[i] * shift[0] + k[i + 1] * shift[1]) / N;
    const c = gain * Math.cos(angle), s = gain * Math.sin(angle);
    out[i] = P[i] * c - P[i + 1] * s;
    out[i + 1] = P[i] * s + P[i + 1] * c;
  }
  return out;
}

const furthest = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

Deno.test("the CTF and the shift's phase are RELION's, coefficient by coefficient", async () => {
  const delta = await readVolume(`${folder}delta32.mrc`);
  assert.equal(delta.voxels.reduce((a, b) => a + b), 1);
  assert.equal(delta.voxels[(16 * N + 16) * N + 16], 1);
  // every slice of a single voxel at the origin is 1/N everywhere
  const P = Float64Array.from(k, (_, i) => i % 2 === 0 ? 1 / N : 0);
  const images = await readSet("delta_ctf");
  images.forEach(({ transform, view }, i) => {
    // Times N, of size 1. Pixels are float32 (6e-8 in all), angles and origins are written with six
    // digits after the point, five where there is a sign: 5e-6 A are 2 pi 15 / 32 of 4.5e-7 px.
    const off = furthest(transform, seen(P, view, true)) * N;
    assert.ok(off < 2e-6, `image ${i + 1}: ${off}`);
  });
  // what would be a mistake would show, by orders of magnitude
  const wrongs: [string, (view: View) => View, number][] = [
    ["astigmatism the other way", (v) => ({
      ...v,
      ctf: { ...v.ctf, defocusAngle: -v.ctf.defocusAngle },
    }), 24],
    ["U and V exchanged", (v) => ({
      ...v,
      ctf: { ...v.ctf, defocusU: v.ctf.defocusV, defocusV: v.ctf.defocusU },
    }), 24],
    ["the other sign of the CTF", (v) => ({ ...v, ctf: { ...v.ctf, scale: -v.ctf.scale } }), 24],
    ["the other sign of Q0", (v) => ({
      ...v,
      ctf: { ...v.ctf, amplitudeContrast: -v.ctf.amplitudeContrast },
    }), 24],
    ["no phase plate", (v) => ({ ...v, ctf: { ...v.ctf, phaseShift: 0 } }), 8],
    ["no B factor", (v) => ({ ...v, ctf: { ...v.ctf, bFactor: 0 } }), 4],
    ["no scale", (v) => ({ ...v, ctf: { ...v.ctf, scale: 1 } }), 2],
    ["shifts backward", (v) => ({ ...v, shift: [-v.shift[0], -v.shift[1]] }), 16],
    ["x and y of shifts exchanged", (v) => ({ ...v, shift: [v.shift[1], v.shift[0]] }), 16],
  ];
  for (const [name, wrong, visible] of wrongs) {
    const offs = images.map(({ transform, view }) =>
      furthest(transform, seen(P, wrong(view), true)) * N
    );
    assert.equal(offs.filter((off) => off > 1e-3).length, visible, name);
  }
});

for (const [name, withCTF] of [["projections", false], ["projections_ctf", true]] as const) {
  Deno.test(`slices at RELION's angles and origins are the transforms of RELION's images: ${name}`, async () => {
    const slicer = createSlicer(await readVolume(`${folder}phantom32.mrc`));
    const images = await readSet(name);
    const compare = (wrong: (view: View) => View = (view) => view) =>
      images.map(({ transform, view }) => {
        const given = wrong(view);
        const own = seen(slicer.slice(given.rotation, k), given, withCTF);
        const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, v, i) => s + v * b[i], 0);
        const power = dot(own, own);
        return {
          correlation: dot(own, transform) / Math.sqrt(power * dot(transform, transform)),
          scale: dot(own, transform) / power,
        };
      });
    compare().forEach(({ correlation, scale }, i) => {
      // linear interpolation in a twofold padded transform loses up to 4e-4 of the correlation
      assert.ok(correlation > 0.9995, `image ${i + 1}: ${correlation}`);
      assert.ok(Math.abs(scale - 1) < 0.015, `image ${i + 1}: ${scale}`);
    });
    const mirrored = (r: Rotation) => r.map((v, i) => i < 6 ? v : -v); // z of the map
    const wrongs: [string, (view: View) => View][] = [
      ["A for its transpose", (v) => ({ ...v, rotation: transpose(v.rotation) })],
      ["the other hand", (v) => ({ ...v, rotation: mirrored(v.rotation) })],
      ["y of the image upside down", (v) => ({
        ...v,
        rotation: v.rotation.map((x, i) => i % 3 === 1 ? -x : x),
      })],
    ];
    for (const [name, wrong] of wrongs) {
      const fair = compare(wrong).map(({ correlation }) => correlation);
      assert.ok(Math.max(...fair) < 0.99, name);
    }
  });
}
