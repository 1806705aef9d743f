import assert from "node:assert/strict";
import type { Backend, Problem } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import { planHalves } from "../lib/halves.ts";
import { march, type MarchOptions, type Stage } from "../lib/march.ts";
import { createParticleStack, type ParticleStack } from "../lib/particles.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { createReferenceBackend } from "../lib/reference.ts";
import { compareScales, type ScaleEvidence } from "../lib/scale_evidence.ts";
import { estimateScales, MULTIPLES, scaled } from "../lib/scales.ts";
import type { TraceRecord } from "../lib/trace.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - centre) ** 2)));
};
function correlation(a: readonly number[], b: readonly number[]): number {
  const [p, q] = [mean(a), mean(b)];
  return mean(a.map((v, i) => (v - p) * (b[i] - q))) / (deviation(a) * deviation(b));
}

/**
 * Evidence of images in known poses: log p(d | m V) = m X - m^2 C / 2, X = (a C + sqrt(C) n) / present. The
 * last are nothing but noise, a = 0, and likelier that than a particle.
 */
function known(logs: readonly number[], { noise = 0, power = 100, present = 1 } = {}) {
  const random = createRandom(3, "scales"), count = logs.length + noise;
  const sums = Array.from({ length: count }, (_, i) => {
    const a = i < logs.length ? Math.exp(logs[i]) : 0;
    return a * power + Math.sqrt(power) * random.normal();
  });
  const at = (m: number) =>
    Float64Array.from(sums, (x) => m * present * x - (m * present) ** 2 * power / 2);
  const evidence: ScaleEvidence = {
    logLikelihood: MULTIPLES.map(at),
    nothing: new Float64Array(count),
    outlier: Float64Array.from({ length: count }, () => Math.log(0.05 / 0.95)),
    outlierShare: 0.05,
  };
  return evidence;
}
const drawn = (spread: number, count = 400) => {
  const random = createRandom(4, "amplitudes");
  return Array.from({ length: count }, () => spread * random.normal());
};

Deno.test("scales of images in known poses are found, and how much they differ", () => {
  for (const spread of [0.2, 0.4]) {
    const logs = drawn(spread), found = estimateScales(known(logs));
    // a variance of s^2 + 1/100 of 400 images, three standard errors
    const error = 3 * Math.sqrt(2 / 400) * (spread ** 2 + 1 / 100) / (2 * spread);
    assert.ok(Math.abs(found.spread - spread) < error, `${found.spread}, not ${spread}`);
    const estimates = Array.from(found.values, Math.log);
    // the best there is: sqrt(s^2 / (s^2 + 1/100)) = 0.89 and 0.97; the weak are known less than the strong
    assert.ok(correlation(estimates, logs) > (spread === 0.2 ? 0.85 : 0.9));
    assert.ok(Math.abs(mean(estimates)) < 1e-6);
    assert.ok(deviation(estimates) < deviation(logs)); // drawn to the mean
    assert.ok(found.gain > 10);
  }
});

Deno.test("a scale that all have is not one of each, and no spread is none", () => {
  for (const shift of [0, 0.4]) {
    const found = estimateScales(known(drawn(0).map(() => shift)));
    assert.ok(found.spread < 0.08, `${found.spread}`); // by chance up to 0.1 / 400^(1/4) and more
    assert.ok(found.gain < 3, `${found.gain}`);
    for (const a of found.values) assert.ok(Math.abs(Math.log(a)) < 0.2);
  }
});

Deno.test("images without a particle keep 1 and do not count for a spread", () => {
  const logs = drawn(0.3), found = estimateScales(known(logs, { noise: 100 }));
  const others = found.values.slice(400);
  const kept = others.filter((a) => a === 1).length;
  assert.ok(kept > 95, `${kept}`);
  assert.ok(found.values.slice(0, 400).filter((a) => a === 1).length < 8);
  assert.ok(Math.abs(found.spread / deviation(logs) - 1) < 0.15, `${found.spread}`);
  const all = known([], { noise: 3 });
  assert.deepEqual([...estimateScales(all).values], [1, 1, 1]);
});

Deno.test("an estimate around present scales is the one from none", () => {
  const logs = drawn(0.3), first = estimateScales(known(logs)), present = 1.3;
  const again = estimateScales(known(logs, { present }), new Float32Array(400).fill(present));
  // parabolas are exact but at their joints; the grids differ
  first.values.forEach((a, i) => assert.ok(Math.abs(Math.log(a / again.values[i])) < 0.02));
  assert.ok(Math.abs(first.spread - again.spread) < 0.01);
});

const box = 20, pixelSize = 4, field = box * pixelSize, count = 150;
const truthOf = (height: number) =>
  createVolume({ boxSize: box, pixelSize, voxels: blobDensity(box, height) });

/** Blobs of different strengths; the CTFs do not say of which. */
function setOf(spread: number, height: number): { particles: ParticleStack; logs: number[] } {
  const options = { count, box, pixelSize };
  const { images: clean, ctfs } = createSmallSet({ ...options, height, noise: 0 });
  const random = createRandom(6, "noise"), logs = drawn(spread, count);
  const images = clean.map((v, i) =>
    Math.exp(logs[Math.floor(i / (box * box))]) * v + random.normal()
  );
  return { particles: createParticleStack({ boxSize: box, pixelSize, images, ctfs }), logs };
}
/** Corners of 86 px give an image's noise, and so its scale, to 8 %: of the weak ones it is not seen. */
const STRONG = 1.5, WEAK = 0.5;
const unequal = setOf(0.4, STRONG), equal = setOf(0, WEAK);

async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
  await using backend = await createBackend("cpu", { threads: 2 });
  return await work(backend);
}

Deno.test("a multiple of the map is a multiple of the scales; backends agree with the definition", async () => {
  const band = createBand(box, 3), which = Uint32Array.of(3, 0, 7, 8);
  const problem: Problem = {
    ...{ band, pixelSize, workBox: workBoxOf(band), quadrature: createQuadrature(band) },
  };
  const compare = (backend: Backend, particles: ParticleStack, multiples: readonly number[]) =>
    compareScales(particles, {
      ...{
        backend,
        problem,
        map: truthOf(STRONG),
        noise: new Float64Array(box).fill(1.1),
        which,
        multiples,
      },
      ...{ outlierShare: 0.05, outlierScope: "any" as const },
    });
  await withBackend(async (backend) => {
    const evidence = await compare(backend, unequal.particles, MULTIPLES);
    await using reference = await createReferenceBackend();
    const wanted = await compare(reference, unequal.particles, MULTIPLES);
    // terms of some hundred nats, interpolated to 1e-5 at the box's edge
    const close = (a: Float64Array, b: Float64Array) =>
      a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) < 1e-2, `${v}, not ${b[i]}`));
    evidence.logLikelihood.forEach((log, m) => close(log, wanted.logLikelihood[m]));
    close(evidence.nothing, wanted.nothing);
    close(evidence.outlier, wanted.outlier);
    const values = new Float32Array(count).fill(2);
    const doubled = await compare(backend, scaled(unequal.particles, { values, spread: 0 }), [1]);
    close(doubled.logLikelihood[0], evidence.logLikelihood[2]);
    // a gain that can be seen: a particle is not nothing
    assert.ok(mean(evidence.logLikelihood[1]) > mean(evidence.nothing) + 3);
  });
});

const common: Omit<MarchOptions, "backend" | "stages"> = {
  ...{ batchSize: 20, heldOut: 50, testEvery: 3, seed: 5, optimizer: "preconditioned" },
  ...{ maskRadius: 0.42, initial: truthOf(STRONG), outlierShare: 0.05 },
};
const stages: readonly Stage[] = [
  { maxResolution: field / 3.5, epochs: 0.6, outlierScope: "odd" },
  { maxResolution: field / 4, epochs: 0.4, firstMinibatch: 3 },
  { maxResolution: field / 5, epochs: 0.4, firstMinibatch: 5 },
];

async function whole(backend: Backend, set: ParticleStack, more: Partial<MarchOptions> = {}) {
  const words: string[] = [];
  const decided = (w: string) => words.push(w);
  await using run = await march(set, { backend, stages, decided, ...common, ...more });
  const trace: TraceRecord[] = [], checkpoints: Checkpoint[] = [run.checkpoint()];
  for await (const record of run) {
    trace.push(record);
    checkpoints.push(run.checkpoint());
  }
  const scales = run.scales(), course = run.course();
  const [test, poses, shares] = [await run.test(), await run.poses(), await run.shares()];
  return { words, trace, checkpoints, scales, course, test, poses, shares, map: run.map() };
}
const bare = (trace: TraceRecord[]) => trace.map(({ seconds: _, ...rest }) => rest);

Deno.test("a march finds images' scales where they differ, and leaves them where they do not", async () => {
  await withBackend(async (backend) => {
    const auto = await whole(backend, unequal.particles, { scales: "auto" });
    const off = await whole(backend, unequal.particles);
    assert.match(auto.words[0], /^scales {7}held-out images are .* own: estimated$/);
    assert.match(auto.words[1], /^scales {7}of all images, their logs differ by 0\.\d\d /);
    assert.equal(auto.words.length, 3); // again after the second stage
    const { values, spread } = auto.scales!;
    assert.ok(Math.abs(spread - 0.4) < 0.12, `${spread}`);
    const known = correlation(Array.from(values, Math.log), unequal.logs);
    assert.ok(known > 0.8, `${known}`);
    assert.ok(auto.test < off.test - 0.5, `${auto.test}, not below ${off.test}`);
    auto.poses.forEach(({ scale }, i) => assert.equal(scale, values[i]));
    // before the first stage ends nothing differs; then all is counted: 50, then 150 images at 3 scales
    assert.deepEqual(bare(auto.trace.slice(0, 3)), bare(off.trace.slice(0, 3)));
    const last = [auto, off].map(({ trace }) => trace.at(-1)!.forwards);
    assert.equal(last[0] - last[1], 3 * (50 + 150 + 150));

    const weak = { initial: truthOf(WEAK) };
    const none = await whole(backend, equal.particles, { scales: "auto", ...weak });
    const without = await whole(backend, equal.particles, weak);
    assert.equal(none.words.length, 1);
    assert.match(none.words[0], /^scales {7}none: held-out images are 0\.\d nats an image more/);
    assert.equal(none.scales, undefined);
    assert.deepEqual(none.map, without.map);
    assert.deepEqual(none.poses, without.poses);
    assert.equal(none.course.imageScales, undefined);
  });
});

Deno.test("with scales it is resumed at any iteration to the same bits", async () => {
  await withBackend(async (backend) => {
    const all = await whole(backend, unequal.particles, { scales: "on" });
    assert.equal(all.words.length, 2);
    for (const from of [1, 3, 4, 5, 6, all.trace.length]) {
      const bytes = encodeCheckpoint(all.checkpoints[from]);
      const resume = decodeCheckpoint(bytes, "checkpoint");
      assert.deepEqual(resume, all.checkpoints[from]);
      const rest = await whole(backend, unequal.particles, { scales: "on", resume });
      assert.deepEqual(bare(rest.trace), bare(all.trace.slice(from)), `from ${from}`);
      for (const name of ["map", "poses", "scales", "test", "shares"] as const) {
        assert.deepEqual(rest[name], all[name], `${name} from ${from}`);
      }
    }
    const resume = all.checkpoints.at(-1)!;
    await assert.rejects(
      () => whole(backend, unequal.particles, { resume }),
      /^RangeError: Cannot resume: images have scales of their own, wanted scales on or auto$/,
    );
    await assert.rejects(
      () => whole(backend, unequal.particles, { scales: "on", stages: stages.slice(0, 1) }),
      /^RangeError: Cannot march: scales on in 1 stage, wanted 2, one to estimate them with$/,
    );
  });
});

Deno.test("halves keep the scales of the whole run; several starts are compared without", async () => {
  await withBackend(async (backend) => {
    const { course, scales } = await whole(backend, unequal.particles, { scales: "on" });
    const { initial: _, ...rest } = common;
    const { halves, options } = planHalves(unequal.particles, backend, {
      ...{ ...rest, heldOut: 20, scales: "auto" as const, ...course },
    });
    assert.equal(options.scales, "off");
    const seen = new Set<number>();
    for (const half of halves) {
      for (let i = 0; i < half.count; i++) seen.add(half.ctf(i).scale);
    }
    const given = Array.from(scales!.values, (a, i) => a * unequal.particles.ctf(i).scale);
    assert.ok(given.filter((scale) => seen.has(scale)).length >= 2 * Math.floor(count / 2));

    const starts = { scales: "on", starts: 2, initial: undefined } as const;
    const run = await whole(backend, unequal.particles, starts);
    assert.match(run.words[0], /^starts /);
    assert.match(run.words[1], /^scales /);
    assert.equal(run.checkpoints[6].scales, undefined); // two starts of three iterations each
    assert.ok(run.checkpoints[7].scales);
  });
});
