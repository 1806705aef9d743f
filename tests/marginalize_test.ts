import assert from "node:assert/strict";
import { type Band, createBand, FRIEDEL } from "../lib/band.ts";
import { type CTF, ctfPhase } from "../lib/ctf.ts";
import { type ImageMarginal, marginalize, type PreparedImage } from "../lib/marginalize.ts";
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

for (const [height, temperature] of [[0.3, 1], [1, 1], [1, 4]]) {
  const name = `height ${height}, T = ${temperature}`;
  Deno.test(`-log p is the sum over all poses of images made in real space: ${name}`, () => {
    const radius = 7, band = createBand(N, radius);
    // Every point is compared with its like, so that a coarse quadrature will do.
    const quadrature = createQuadrature(createBand(N, 2), { extent: 1, sigma: 0.8, step: 1 });
    const { frames } = quadrature.directions;
    const slices = project(blobDensity(N, height), { band, workBox: N, frames });
    for (const { pixels, ctf, phase } of imagesOf({ count: 3, height, extent: 1 })) {
      const options = { band, pixelSize, quadrature, temperature };
      const { logLikelihood } = marginalize(slices, { pixels, phase }, options);
      const wanted = bruteForce(pixels, ctf, { quadrature, radius, height, temperature });
      let edge = 0;
      for (let j = 0; j < quadrature.directions.count; j++) {
        const slice = slices.subarray(2 * j * band.count, 2 * (j + 1) * band.count);
        edge = Math.max(edge, edgeOf(slice, phase, band));
      }
      console.log(logLikelihood - wanted, edge);
    }
  });
}
