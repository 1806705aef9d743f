import assert from "node:assert/strict";
import { type Band, createBand, FRIEDEL } from "../lib/band.ts";
import { type CTF, ctfPhase } from "../lib/ctf.ts";
import { type ImageMarginal, marginalize } from "../lib/marginalize.ts";
import { circularWindow } from "../lib/prepare.ts";
import { project } from "../lib/project.ts";
import { createQuadrature, type Quadrature, rotationOf } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { transferAt, transformImage, turnBand } from "../lib/turn.ts";
import { blobDensity, blobProjection, createSmallSet, throughMicroscope } from "./small_set.ts";

/** Pixels of 8 A: CTFs that smear the particle over two pixels, not over the box. */
const N = 16, pixelSize = 8;

function logSumExp(values: number[]): number {
  const max = Math.max(...values);
  return max + Math.log(values.reduce((s, v) => s + Math.exp(v - max), 0));
}

/** Images of a set, faded out at the inscribed circle as marginalize() wants them. */
function imagesOf(options: Parameters<typeof createSmallSet>[0]) {
  const set = createSmallSet({ box: N, pixelSize, ...options }), window = circularWindow(N);
  return set.ctfs.map((ctf, i) => ({
    ctf,
    phase: ctfPhase(ctf),
    pixels: Float64Array.from(window, (w, x) => w * set.images[i * N * N + x]),
  }));
}

/** An image without what lies outside the band: |k| < r on its own lattice. */
function inBand(pixels: Float64Array, ctf: CTF, radius: number): Float64Array {
  const one = { defocusU: 0, defocusV: 0, sphericalAberration: 0, amplitudeContrast: 1 };
  const flat = { ...ctf, ...one, phaseShift: 0, bFactor: 0, scale: 1 };
  return throughMicroscope(pixels.slice(), { box: N, pixelSize, ctf: flat, radius });
}

/**
 * log p by Punjani & Brubaker's Eq. 1-4 in real space: for every point of the quadrature the image
 * S_t C P_R V is made on the image's own lattice and laid over the image.
 */
function bruteForce(
  pixels: Float64Array,
  ctf: CTF,
  { quadrature, radius, height, temperature }: {
    quadrature: Quadrature;
    radius: number;
    height: number;
    temperature: number;
  },
): number {
  const { directions, angles, shifts } = quadrature, image = inBand(pixels, ctf, radius);
  const scores: number[] = [];
  for (let j = 0; j < directions.count; j++) {
    for (let a = 0; a < angles.length; a++) {
      const projection = blobProjection(N, rotationOf(quadrature, j, a), height);
      for (let s = 0; s < shifts.count; s++) {
        const shift = [shifts.points[2 * s], shifts.points[2 * s + 1]] as const;
        const model = throughMicroscope(projection.slice(), {
          box: N,
          pixelSize,
          ctf,
          shift,
          radius,
        });
        let square = 0;
        for (let x = 0; x < N * N; x++) square += (image[x] - model[x]) ** 2;
        const weight = directions.weights[j] * shifts.weights[s] / angles.length;
        scores.push(-square / 2 / temperature + Math.log(weight));
      }
    }
  }
  return logSumExp(scores);
}

/**
 * What the ring of coefficients at the edge of the band weighs in a score, nats: whether one of them is
 * inside the disc depends on the turn of the lattice, and each meets the image's noise.
 */
function edgeOf(slice: Float64Array, phase: ReturnType<typeof ctfPhase>, band: Band): number {
  const c = transferAt(phase, N, pixelSize, turnBand(band, 0));
  let squares = 0;
  for (let i = 0; i < band.count; i++) {
    if (Math.hypot(band.k[2 * i], band.k[2 * i + 1]) < band.radius - 1) continue;
    squares += FRIEDEL * c[i] ** 2 * (slice[2 * i] ** 2 + slice[2 * i + 1] ** 2);
  }
  return Math.sqrt(squares);
}

/** A quadrature of one point, or of any few. */
function fewPoints(
  from: Quadrature,
  { directions, angles, shifts }: {
    directions: number[];
    angles: number[];
    shifts: (readonly [number, number])[];
  },
): Quadrature {
  const frames = directions.flatMap((j) => [...from.directions.frames.slice(9 * j, 9 * j + 9)]);
  const alike = (count: number) => new Float64Array(count).fill(1 / count);
  return {
    directions: {
      count: directions.length,
      frames: Float64Array.from(frames),
      weights: alike(directions.length),
      description: "a few",
    },
    angles: Float64Array.from(angles),
    shifts: {
      count: shifts.length,
      points: Float64Array.from(shifts.flat()),
      weights: alike(shifts.length),
    },
  };
}

const RADIUS = 7, band = createBand(N, RADIUS);

function slicesOf(quadrature: Quadrature, height: number): Float64Array {
  const { frames } = quadrature.directions;
  return project(blobDensity(N, height), { band, workBox: N, frames });
}

Deno.test("the score of every single pose is the distance of the image made for it in real space", () => {
  const height = 3, random = createRandom(1, "poses");
  const all = createQuadrature(createBand(N, 3));
  for (const { pixels, ctf, phase } of imagesOf({ count: 3, height, extent: 1 })) {
    const scores: number[] = [];
    for (let trial = 0; trial < 30; trial++) {
      const quadrature = fewPoints(all, {
        directions: [random.integer(all.directions.count)],
        angles: [2 * Math.PI * random.uniform()],
        shifts: [[2 * random.uniform() - 1, 2 * random.uniform() - 1]],
      });
      const slice = slicesOf(quadrature, height);
      const { logLikelihood } = marginalize(slice, { pixels, phase }, {
        band,
        pixelSize,
        quadrature,
      });
      const options = { quadrature, radius: RADIUS, height, temperature: 1 };
      const wanted = bruteForce(pixels, ctf, options);
      scores.push(wanted);
      assert.ok(Math.abs(logLikelihood - wanted) < 2 * edgeOf(slice, phase, band));
    }
    // a wrong pose would show: the scores differ by much more than that
    assert.ok(Math.max(...scores) - Math.min(...scores) > 40);
  }
});

for (const [height, temperature] of [[1, 1], [1, 4]]) {
  const name = `height ${height}, T = ${temperature}`;
  Deno.test(`-log p is the sum over all poses of images made in real space: ${name}`, () => {
    // Every point is compared with its like, so that a coarse quadrature will do.
    const quadrature = createQuadrature(createBand(N, 2), { extent: 1, sigma: 0.8, step: 1 });
    const slices = slicesOf(quadrature, height);
    for (const { pixels, ctf, phase } of imagesOf({ count: 3, height, extent: 1 })) {
      const options = { band, pixelSize, quadrature, temperature };
      const { logLikelihood } = marginalize(slices, { pixels, phase }, options);
      const wanted = bruteForce(pixels, ctf, { quadrature, radius: RADIUS, height, temperature });
      let edge = 0;
      for (let j = 0; j < quadrature.directions.count; j++) {
        const slice = slices.subarray(2 * j * band.count, 2 * (j + 1) * band.count);
        edge = Math.max(edge, edgeOf(slice, phase, band));
      }
      // edge < 0.2 nats; over the many poses that share the posterior, most of it averages out
      assert.ok(edge < 0.2);
      assert.ok(Math.abs(logLikelihood - wanted) < 0.15 * edge / temperature);
    }
  });
}

/** Everything small: 2.5 Fourier pixels, a few directions; noise images and slices. */
function smallProblem(temperature: number) {
  const band = createBand(N, 2.5), random = createRandom(2, "small problem");
  const all = createQuadrature(band);
  const quadrature = fewPoints(all, {
    directions: [0, 3, 10, 50],
    angles: [0.3, 1, 2.5, 4, 5],
    shifts: [[0, 0], [0.7, -1.2], [-1, 0.1]],
  });
  quadrature.directions.weights.set([0.1, 0.4, 0.3, 0.2]);
  quadrature.shifts.weights.set([0.5, 0.2, 0.3]);
  const J = quadrature.directions.count;
  const slices = Float64Array.from({ length: 2 * J * band.count }, () => random.normal());
  return { slices, n: band.count, options: { band, pixelSize, quadrature, temperature } };
}

for (const temperature of [1, 3]) {
  Deno.test(`the gradient is the finite difference of -log p by slices, T = ${temperature}`, () => {
    const { slices, options } = smallProblem(temperature);
    const [image] = imagesOf({ count: 1, height: 1 });
    const { gradient } = marginalize(slices, image, options);
    const minusLogP = (P: Float64Array) => -marginalize(P, image, options).logLikelihood;
    let checked = 0;
    for (let at = 0; at < slices.length; at += 3) {
      const slope = (h: number) => {
        const above = slices.slice(), below = slices.slice();
        above[at] += h, below[at] -= h;
        return (minusLogP(above) - minusLogP(below)) / (2 * h);
      };
      // Richardson: the h^2 terms cancel and h^4/30 of the fifth derivative, 1e-12, is left; -log p of
      // some 50 nats is good to 1e-14, which the division by h makes 1e-11
      const wanted = (4 * slope(1e-3) - slope(2e-3)) / 3;
      assert.ok(Math.abs(gradient[at] - wanted) < 1e-9);
      if (Math.abs(wanted) > 1e-3) checked++;
    }
    assert.ok(checked > 10);
  });
}

Deno.test("with the posterior held fixed by a single point, the weight is the second derivative", () => {
  const { n, options: { quadrature, ...options } } = smallProblem(2);
  const random = createRandom(3), [image] = imagesOf({ count: 1 });
  const one = fewPoints(quadrature, { directions: [1], angles: [0.4], shifts: [[0.5, 1]] });
  const P = Float64Array.from({ length: 2 * n }, () => random.normal());
  const d = Float64Array.from({ length: 2 * n }, () => random.normal());
  const at = (P: Float64Array): ImageMarginal =>
    marginalize(P, image, { ...options, quadrature: one });
  const before = at(P), after = at(P.map((v, i) => v + d[i]));
  for (let i = 0; i < 2 * n; i++) {
    const change = after.gradient[i] - before.gradient[i];
    assert.ok(Math.abs(change - before.weight[i >> 1] * d[i]) < 1e-13);
  }
  assert.ok(before.weight.some((w) => w > 0.01));
});

Deno.test("an empty image pulls slices to zero: its gradient is the weight times the slices", () => {
  const { slices, options } = smallProblem(2);
  const empty = { pixels: new Float64Array(N * N), phase: imagesOf({ count: 1 })[0].phase };
  const { gradient, weight, logLikelihood } = marginalize(slices, empty, options);
  gradient.forEach((g, i) => assert.ok(Math.abs(g - weight[i >> 1] * slices[i]) < 1e-13));
  assert.ok(logLikelihood < 0);
});

Deno.test("of an empty density -log p is half the image's power in the band, whatever the quadrature", () => {
  const { slices, options } = smallProblem(2);
  const [image] = imagesOf({ count: 1 });
  const { logLikelihood, gradient } = marginalize(slices.fill(0), image, options);
  const power = inBand(image.pixels, image.ctf, options.band.radius)
    .reduce((s, v) => s + v * v, 0);
  // weights sum to 1
  assert.ok(Math.abs(logLikelihood + power / 2 / options.temperature) < 1e-12 * power);
  assert.ok(gradient.some((g) => Math.abs(g) > 0.01));
});

Deno.test("the best point is the pose an image was made at", () => {
  const random = createRandom(4, "best"), all = createQuadrature(createBand(N, 3));
  const shifts = [[0, 0], [2, 0], [0, 2], [-2, 0], [0, -2]] as const;
  const quadrature = fewPoints(all, {
    directions: Array.from({ length: 20 }, (_, i) => 8 * i),
    angles: [...all.angles.filter((_, a) => a % 4 === 0)],
    shifts: [...shifts],
  });
  const [{ ctf, phase }] = imagesOf({ count: 1 }), height = 5;
  const slices = slicesOf(quadrature, height);
  for (let trial = 0; trial < 10; trial++) {
    const direction = random.integer(20), angle = random.integer(quadrature.angles.length);
    const shift = random.integer(shifts.length);
    const projection = blobProjection(N, rotationOf(quadrature, direction, angle), height);
    const pixels = throughMicroscope(projection, { box: N, pixelSize, ctf, shift: shifts[shift] });
    const { best } = marginalize(slices, { pixels, phase }, { band, pixelSize, quadrature });
    assert.deepEqual({ ...best, probability: 0 }, { direction, angle, shift, probability: 0 });
    assert.ok(best.probability > 0.9 && best.probability <= 1 + 1e-12);
  }
});

Deno.test("an image's transform is the unitary DFT at any frequency, a shift being a phase", () => {
  const n = 6, random = createRandom(5), t = [0.7, -1.3] as const;
  const pixels = Float64Array.from({ length: n * n }, () => random.normal());
  const k = Float64Array.of(1, 0, 0, 2, 2, -1, 0.3, 1.7);
  const plain = transformImage(pixels, n, k), moved = transformImage(pixels, n, k, t);
  for (let i = 0; i < 4; i++) {
    let re = 0, im = 0;
    pixels.forEach((v, p) => {
      const x = p % n - 3, y = Math.floor(p / n) - 3;
      const angle = -2 * Math.PI * (k[2 * i] * x + k[2 * i + 1] * y) / n;
      re += v * Math.cos(angle) / n, im += v * Math.sin(angle) / n;
    });
    assert.ok(Math.hypot(plain[2 * i] - re, plain[2 * i + 1] - im) < 1e-14);
    // the particle at t is brought back: exp(+2 pi i k.t / N)
    const turn = 2 * Math.PI * (k[2 * i] * t[0] + k[2 * i + 1] * t[1]) / n;
    const c = Math.cos(turn), s = Math.sin(turn);
    const wanted = [re * c - im * s, re * s + im * c];
    assert.ok(Math.hypot(moved[2 * i] - wanted[0], moved[2 * i + 1] - wanted[1]) < 1e-14);
  }
});
