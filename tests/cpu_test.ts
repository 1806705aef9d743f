import assert from "node:assert/strict";
import type { Problem, Session } from "../lib/backend.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { type CPUBackendOptions, createCPUBackend } from "../lib/cpu/backend.ts";
import { compileKernels, instantiateKernels } from "../lib/cpu/kernels.ts";
import {
  CONTROL_WORDS,
  LARGEST_BATCH,
  type Layout,
  layoutOf,
  levelsOf,
  sizesOf,
} from "../lib/cpu/layout.ts";
import { type Command, run } from "../lib/cpu/program.ts";
import { createLatticeSymmetry } from "../lib/lattice.ts";
import { fillTables } from "../lib/cpu/tables.ts";
import { createTeam } from "../lib/cpu/team.ts";
import { WIDTH, windowPolynomials } from "../lib/cpu/window.ts";
import { createKaiserBessel } from "../lib/kaiser_bessel.ts";
import { circularWindow } from "../lib/prepare.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const ROUNDING = 2 ** -24;
const box = 18, count = 7, height = 1;
const band = createBand(box, 4.2);
const problem: Problem = {
  band,
  pixelSize: 4,
  workBox: workBoxOf(band),
  quadrature: createQuadrature(band, { extent: 2, sigma: 1.5, step: 0.6 }), // four images a chunk
};

const coarseBand = createBand(box, 3);
/** The same, summed coarse to fine. */
const refined: Problem = {
  ...problem,
  coarse: [{
    band: coarseBand,
    quadrature: createQuadrature(coarseBand, { extent: 2, sigma: 1.5 }),
    tolerance: 1e-3,
  }],
};

/** Images faded out at the inscribed circle. */
function prepared() {
  const { images, ctfs } = createSmallSet({ box, count, height, extent: 1 });
  const window = circularWindow(box);
  return { pixels: images.map((v, i) => v * window[i % window.length]), ctfs };
}

/** Everything a session computes, from images to voxels. */
async function everything(session: Session) {
  const { pixels, ctfs } = prepared(), images = session.createImages(count);
  await images.set(0, pixels, ctfs);
  const slices = await session.project(
    blobDensity(problem.workBox, height),
    createRandom(1).rotation(),
  );
  const P = await slices.download();
  const which = Uint32Array.from({ length: count }, (_, i) => i);
  const m = await session.marginalize(slices, images, which, { best: true });
  return {
    P,
    logLikelihood: m.logLikelihood,
    best: m.best,
    gradient: await m.gradient!.download(),
    weight: await m.weight!.download(),
    voxelGradient: await session.backproject(m.gradient!),
    weighed: await (await session.weigh(m.weight!, blobDensity(problem.workBox))).download(),
  };
}

async function results(options: CPUBackendOptions, problem: Problem) {
  await using backend = await createCPUBackend(options);
  await using session = await backend.open(problem);
  return await everything(session);
}

Deno.test("cpu: the number of threads does not change a bit, nor does a second go", async () => {
  for (const each of [problem, refined]) {
    const one = await results({ threads: 1 }, each);
    for (const threads of [1, 2, 3]) assert.deepEqual(await results({ threads }, each), one);
  }
});

Deno.test("cpu: kernels without relaxed SIMD give the same but for roundings", async () => {
  const plain = await results({ threads: 2, relaxed: false }, problem);
  const best = await results({ threads: 2 }, problem);
  const close = (a: ArrayLike<number>, b: ArrayLike<number>, terms: number, amplified = 1) => {
    let most = 0, size = 0;
    for (let i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
      size = Math.max(size, Math.abs(b[i]));
    }
    // sums of some terms that are rounded once or twice each
    assert.ok(most < 4 * ROUNDING * Math.sqrt(terms) * size * amplified, `${most} of ${size}`);
  };
  const transform = 5 * problem.workBox + 216, rows = 3 * band.count;
  close(plain.P, best.P, transform);
  // scores of some 100 nats, |D|^2 / 2 above all, move by that; and what is an exponential of them moves
  // by the scores' error in nats
  const scores = 4 * ROUNDING * Math.sqrt(transform + rows) * 100;
  plain.logLikelihood.forEach((v, i) => assert.ok(Math.abs(v - best.logLikelihood[i]) < scores));
  const amplified = 1 + 2 * scores / (4 * ROUNDING * Math.sqrt(transform));
  close(plain.gradient, best.gradient, transform, amplified);
  close(plain.weight, best.weight, transform, amplified);
  close(plain.voxelGradient, best.voxelGradient, transform, amplified);
  close(plain.weighed, best.weighed, transform, amplified);
  await using backend = await createCPUBackend({ threads: 1, relaxed: false });
  assert.equal(backend.description, "cpu: 1 thread, plain SIMD");
});

/** Bytes between the regions of a memory that nobody is to touch. */
const GUARD = 4096;

/** A layout with a guard behind each region. */
function guarded({ sizes, at, bytes }: Layout): Layout & { guards: number[] } {
  const moved = Object.entries(at).map(([name, from], i) => [name, from + i * GUARD]);
  const starts = [...Object.values(at).slice(1), bytes];
  return {
    sizes,
    at: Object.fromEntries(moved) as Layout["at"],
    bytes: bytes + starts.length * GUARD,
    guards: starts.map((start, i) => start + i * GUARD),
  };
}

/**
 * The whole program on this thread, in a memory that was filled before, with guards between all regions.
 * Returns the bits of all results.
 */
function runHere(problem: Problem, filling: number) {
  const sizes = sizesOf(problem, 1),
    { guards, ...layout } = guarded(layoutOf(sizes)),
    { at } = layout;
  const images = layout.bytes, parameters = images + 4 * sizes.patch * count + GUARD;
  const end = parameters + 32 * count;
  guards.push(parameters - GUARD, end);
  const pages = Math.ceil((end + GUARD) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const floats = (from: number, length: number) => new Float32Array(memory.buffer, from, length);
  const kernels = instantiateKernels(compileKernels().module, memory);
  const first = Math.min(...Object.values(at));
  floats(first, (memory.buffer.byteLength - first) / 4).fill(filling);
  new Int32Array(memory.buffer, at.control, CONTROL_WORDS).fill(0);
  fillTables(problem, layout, memory);
  kernels.setScratch(at.scratch);
  const team = createTeam(new Int32Array(memory.buffer, at.control, CONTROL_WORDS), 1);
  const levels = levelsOf(layout);
  const go = (command: Command) =>
    run({ index: 0, kernels, layout, levels, memory, team, roomFor: [] }, command);

  const { pixels } = prepared();
  floats(at.pixels, pixels.length).set(pixels);
  // any CTF: frequencies are in Fourier pixels
  for (let i = 0; i < count; i++) {
    floats(parameters + 32 * i, 8).set([0.2, 0.01 * i, 0.22, -1e-4, 0.1, 0.003, 1, 0]);
  }
  go({ step: "prepare", count, patches: images });
  const m = sizes.workBox, voxels = blobDensity(m, height);
  const setVoxels = () => {
    for (let row = 0; row < m * m; row++) {
      floats(at.voxels + 4 * sizes.paddedWorkBox * row, m)
        .set(voxels.subarray(row * m, row * m + m));
    }
  };
  setVoxels();
  // frames of lanes beyond the last plane are 0, as memory is that nobody has written to
  [...problem.coarse ?? [], problem].forEach(({ quadrature }, l) => {
    const { sizes, at } = levels[l];
    floats(at.frames, 48 * sizes.panels).fill(0);
    for (let j = 0; j < sizes.planes; j++) {
      const frame = quadrature.directions.frames.subarray(9 * j, 9 * j + 9);
      const columns = [0, 3, 6, 1, 4, 7].map((i) => 2 * frame[i]);
      floats(at.frames + 24 * j, 6).set(columns);
    }
  });
  go({ step: "project", coefficients: at.coefficients, operands: true });
  new Uint32Array(memory.buffer, at.which, count).forEach((_, i, which) =>
    which[i] = count - 1 - i
  );
  const options = {
    temperature: 1.5,
    gradient: true,
    diagonal: false,
    best: true,
    outlier: false,
    tolerances: [1e-3],
  };
  go({ step: "marginalize", patches: images, parameters, count, ...options });
  go({ step: "backproject", slices: at.gradient });
  const gradient = floats(at.voxels, m * m * sizes.paddedWorkBox).slice();
  setVoxels();
  go({ step: "weigh", weight: at.weight });
  const n = band.count;
  return {
    power: new Float64Array(memory.buffer, at.power, count * sizes.shells).slice(),
    logLikelihood: new Float64Array(memory.buffer, at.logLikelihood, count).slice(),
    best: new Int32Array(memory.buffer, at.best, 4 * count).slice(),
    gradient: gradient.filter((_, i) => i % sizes.paddedWorkBox < m),
    slices: floats(at.gradient, 16 * n * sizes.panels).slice(),
    weight: floats(at.weight, 16 * n * sizes.panels).slice(),
    weighed: floats(at.weighed, 16 * n * sizes.panels).slice(),
    guards: guards.map((from) => floats(from, GUARD / 4).slice()),
  };
}

for (const [title, each] of [["", problem], [", coarse to fine", refined]] as const) {
  Deno.test(`cpu: no kernel reads what no step has written, nor writes where nothing is${title}`, () => {
    const { guards: zeros, ...clean } = runHere(each, 0);
    const { guards, ...dirty } = runHere(each, NaN);
    assert.ok(clean.logLikelihood.every((v) => Number.isFinite(v) && v !== 0));
    assert.ok(clean.gradient.some((v) => v !== 0));
    assert.deepEqual(dirty, clean);
    for (const guard of guards) assert.ok(guard.every(Number.isNaN));
    for (const guard of zeros) assert.ok(guard.every((v) => v === 0));
  });
}

Deno.test("cpu: what cannot be computed is refused, and a closed session does not wait for ever", async () => {
  for (const threads of [0, -1, 1.5, NaN]) {
    assert.throws(
      () => createCPUBackend({ threads }),
      /^RangeError: Cannot use .* threads: wanted a positive integer/,
    );
  }
  await using backend = await createCPUBackend({ threads: 2 });
  assert.match(backend.description, /^cpu: 2 threads, (relaxed|plain) SIMD$/);
  const huge = createQuadrature(createBand(64, 6.4), { extent: 150, step: 1 });
  await assert.rejects(
    () => backend.open({ ...problem, band: createBand(64, 6.4), quadrature: huge }),
    /^RangeError: Cannot open a cpu session: it needs .* GiB, wanted at most 4; a lower maximum/,
  );
  const small = createBand(box, 1.5), workBox = workBoxOf(small);
  const session = await backend.open({
    ...problem,
    band: small,
    workBox,
    quadrature: createQuadrature(small),
  });
  try {
    const images = session.createImages(1);
    await images.set(0, new Float32Array(box * box), [createSmallSet({ count: 1 }).ctfs[0]]);
    const slices = await session.project(blobDensity(workBox));
    const given = await session.upload(new Float64Array(2 * small.count * 1000));
    await assert.rejects(
      () => session.backproject(slices),
      /^TypeError: Cannot backproject projected slices: wanted a gradient or an upload$/,
    );
    await assert.rejects(
      () => session.marginalize(given, images, [0]),
      /^TypeError: Cannot marginalize these slices: wanted those of the last project\(\)$/,
    );
    await assert.rejects(
      () => session.marginalize(slices, images, new Uint32Array(LARGEST_BATCH + 1)),
      /^RangeError: Cannot marginalize 4097 images at once: wanted at most 4096$/,
    );
    const { logLikelihood } = await session.marginalize(
      slices,
      images,
      new Uint32Array(LARGEST_BATCH),
      { gradient: false },
    );
    assert.equal(new Set(logLikelihood).size, 1);
    assert.throws(
      () => session.createImages(1e7),
      /^RangeError: Cannot hold the images: .* GiB more, wanted at most 4 in all$/,
    );
  } finally {
    await session[Symbol.asyncDispose]();
  }
  await assert.rejects(() => session.project(blobDensity(workBox)), /after it was closed/);
});

Deno.test("the window's polynomials are the window to 1e-7 of its peak", () => {
  const kernel = createKaiserBessel({ width: WIDTH, oversampling: 2 });
  const powers = windowPolynomials(), degree = powers.length / 8 - 1;
  assert.equal(degree, 9);
  for (let t = -0.5; t <= 0.5; t += 1 / 512) {
    for (let tap = 0; tap < 8; tap++) {
      let value = 0;
      for (let d = degree; d >= 0; d--) value = value * t + powers[8 * d + tap];
      const wanted = tap < WIDTH ? kernel.window(t + 2.5 - tap) : 0;
      assert.ok(Math.abs(value - wanted) < 1e-7 * kernel.window(0));
    }
  }
});

for (const radius of [1.2, 2, 3.3, 6.4, 8]) {
  Deno.test(`sorting by symmetry keeps sums of squares, r = ${radius}`, () => {
    const band = createBand(16, radius), n = band.count, random = createRandom(9);
    const { rows, groups, table } = createLatticeSymmetry(band, 6);
    const buffer = table(n), places = new Int32Array(buffer), factors = new Float32Array(buffer);
    const [a, b, c, d, e, q] = groups;
    assert.equal(a + b + c + d + e + q, rows);
    for (const group of groups) assert.equal(group % 6, 0);
    assert.equal(e, q);
    // re, im and power alone, each with something in every coefficient
    for (let column = 0; column < 3; column++) {
      const given = new Float64Array(3 * n);
      for (let i = 0; i < n; i++) given[column * n + i] = random.normal();
      let squares = 0;
      for (let r = 0; r < rows; r++) {
        let part = 0;
        for (let t = 0; t < 4; t++) part += factors[8 * r + 4 + t] * given[places[8 * r + t]];
        squares += part * part;
      }
      const wanted = given.reduce((s, v) => s + v * v, 0);
      // factors are float32: 1/sqrt(2) is good to 2^-25
      assert.ok(Math.abs(squares / wanted - 1) < 4 * ROUNDING);
    }
  });
}
