import type { Marginal, Problem, Session, Slices } from "../lib/backend.ts";
import { diagonalOf } from "../lib/diagonal.ts";
import { requirePlaces } from "../lib/image_store.ts";
import type { Quadrature } from "../lib/quadrature/quadrature.ts";
import { multiply, type Rotation } from "../lib/rotation.ts";
import { imageAxes } from "./axis.ts";
import { createBinder } from "./binder.ts";
import type { Chunk } from "./comparison.ts";
import type { Device } from "./device.ts";
import { createDeviceImages, type DeviceImages, type Page } from "./images.ts";
import { createMarginalization } from "./marginalization.ts";
import type { Levels } from "./levels.ts";
import { createMemory } from "./memory.ts";
import type { Programs } from "./programs.ts";
import { createDeviceNoise } from "./noise.ts";
import { createProjection, transformAxis } from "./projection.ts";
import { createRecorder, type Profile } from "./recorder.ts";
import { createRefinement } from "./refinement.ts";
import { createBest, createBestListed, refinedOf } from "./results.ts";
import type { Sizes } from "./sizes.ts";
import type { Tile } from "./tile.ts";

/** Log of what an image might be instead where it might be nothing else. */
const NOTHING = -1e30;

/** Slices on the device. */
interface DeviceSlices extends Slices {
  readonly buffer: GPUBuffer;
}

/** What a session is opened with. */
export interface SessionOptions {
  readonly device: Device;
  readonly programs: Programs;
  readonly levels: Levels;
  readonly tile: Tile;
  /** Images that marginalize() takes at once. */
  readonly largestBatch: number;
  /** Called with the time of every kernel. */
  readonly profile?: Profile;
}

/** Opens a session on a device. All that it holds is freed with it. */
export async function openSession(
  problem: Problem,
  { device, programs, levels, tile, largestBatch, profile }: SessionOptions,
): Promise<Session> {
  const { quadrature, pixelSize } = problem;
  const { own: s, cascade } = levels;
  const memory = await createMemory(device, problem, levels, largestBatch), { at } = memory;
  const recorder = await createRecorder(device, profile);
  const bind = createBinder(programs, recorder, at);
  const before = memory.before.map((at, l) => ({
    at,
    bind: createBinder(programs, recorder, at),
    sizes: l === 0 ? cascade!.first : cascade!.refined[l - 1],
    quadrature: problem.coarse![l].quadrature,
  }));
  const projection = await createProjection(bind, s, before);
  const marginalization = cascade
    ? await createRefinement(bind, cascade, before, tile)
    : await createMarginalization(bind, s, tile);
  const prepareX = await bind("axis", ["calls", "imageX", "pixels", "imageLines"]);
  const voxelBytes = 4 * s.workBox ** 3, sliceBytes = 8 * s.planes * s.coefficients;
  const evidenceBytes = 16 * largestBatch, foundBytes = cascade ? 16 * largestBatch : 0;
  const bestsOfImage = cascade ? 1 : s.tiles, bestBytes = 8 * largestBatch * bestsOfImage;
  const staging = await device.staging(
    evidenceBytes + 2 * voxelBytes + bestBytes + foundBytes,
    "results",
  );
  const stores = new Set<DeviceImages>();
  let closed = false;

  /** Writes are done at once, steps when they are submitted: what is kept must go first. */
  const write = async (
    to: GPUBuffer,
    values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  ) => {
    await recorder.submit();
    device.requireAlive();
    device.gpu.queue.writeBuffer(to, 0, values);
  };
  const own = (voxels: Float32Array) => {
    if (voxels.length !== s.workBox ** 3) {
      throw new RangeError(
        `Cannot project ${voxels.length} voxels: wanted ${s.workBox}^3 of the work grid`,
      );
    }
    return write(at.voxels, voxels.slice());
  };
  const deviceSlices = (buffer: GPUBuffer): DeviceSlices => ({
    buffer,
    async download() {
      await recorder.submit();
      return Float64Array.from(new Float32Array(await device.read(buffer, 0, sliceBytes)));
    },
  });
  const slices = deviceSlices(at.slices), gradient = deviceSlices(at.gradient);
  const weight = deviceSlices(at.weight), weighed = deviceSlices(at.weighed);
  const given = deviceSlices(at.given);

  const framesOf = (
    { directions }: Quadrature,
    { lanes, planes }: Sizes,
    grid?: Rotation,
  ) => {
    const frames = new Float32Array(8 * lanes);
    for (let j = 0; j < planes; j++) {
      const frame = directions.frames.subarray(9 * j, 9 * j + 9);
      const r = grid ? multiply(grid, frame) : frame;
      for (let i = 0; i < 3; i++) {
        frames[8 * j + i] = 2 * r[3 * i]; // the grid is twice oversampled
        frames[8 * j + 4 + i] = 2 * r[3 * i + 1];
      }
    }
    return frames;
  };

  /** Submits what is kept and reads parts of buffers, in one wait. */
  const read = async (parts: readonly { from: GPUBuffer; bytes: number }[]) => {
    const offsets: number[] = [];
    let bytes = 0;
    for (const part of parts) {
      offsets.push(bytes);
      bytes += part.bytes;
    }
    await recorder.submit((encoder) =>
      parts.forEach(({ from, bytes }, i) => {
        if (bytes > 0) staging.copyInto(encoder, from, { to: offsets[i], bytes });
      })
    );
    const all = await staging.read({ bytes });
    return parts.map((part, i) => all.subarray(offsets[i] / 4, (offsets[i] + part.bytes) / 4));
  };

  /** Cuts a minibatch into chunks, each sorted by page; writes where the images are. */
  const chunksOf = async (images: DeviceImages, which: ArrayLike<number>): Promise<Chunk[]> => {
    const places = new Uint32Array(2 * which.length), chunks: Chunk[] = [];
    for (let first = 0, entry = 0; first < which.length; first += s.chunk) {
      const count = Math.min(s.chunk, which.length - first);
      const entries: Chunk["entries"][number][] = [];
      images.pages.forEach((page, p) => {
        const from = entry;
        for (let i = 0; i < count; i++) {
          const image = which[first + i];
          if (Math.floor(image / images.pageSize) !== p) continue;
          places[2 * entry] = image % images.pageSize;
          places[2 * entry + 1] = i;
          entry++;
        }
        if (entry > from) entries.push({ page, first: from, count: entry - from });
      });
      if (entry !== first + count) {
        throw new RangeError("Cannot marginalize: images that were never stored");
      }
      chunks.push({ first, count, entries });
    }
    await write(at.places, places);
    return chunks;
  };

  const noise = await createDeviceNoise(bind, { problem, memory, stores, write });
  const bestOf = cascade ? createBestListed(quadrature) : createBest(s);
  let hasOutliers = true;
  const prepare = async (page: Page, place: number, count: number) => {
    const first = place * s.patch;
    const { x, y } = imageAxes({ count, box: s.box, height: s.height, width: s.width, first });
    const prepareY = await bind("axis", ["calls", "imageY", "imageLines", page.patches]);
    await transformAxis(prepareX, x);
    await transformAxis(prepareY, y);
    await noise.measure(page, place, count);
    await recorder.submit();
  };

  return {
    problem,
    async project(voxels, grid) {
      await own(voxels);
      await write(at.frames, framesOf(quadrature, s, grid));
      for (const { at, quadrature, sizes } of before) {
        await write(at.frames, framesOf(quadrature, sizes, grid));
      }
      await projection.project("slices");
      return slices;
    },
    async backproject(from) {
      if (from === slices) {
        throw new TypeError("Cannot backproject projected slices: wanted a gradient or an upload");
      }
      await projection.backproject((from as DeviceSlices).buffer);
      const [voxels] = await read([{ from: at.voxels, bytes: voxelBytes }]);
      return voxels;
    },
    async marginalize(of, images, which, options = {}) {
      const { temperature = 1, voxelGradient = false, diagonal = false, best = false } = options;
      const { outlier } = options;
      const wantsGradient = voxelGradient || diagonal || (options.gradient ?? true);
      if (of !== slices) {
        throw new TypeError("Cannot marginalize these slices: wanted those of the last project()");
      }
      if (which.length > largestBatch) {
        throw new RangeError(
          `Cannot marginalize ${which.length} images at once: wanted at most ${largestBatch}`,
        );
      }
      requirePlaces(images.capacity, which);
      const count = which.length, wanted = { temperature, gradient: wantsGradient, best };
      const chunks = await chunksOf(images as DeviceImages, which);
      const constant = noise.current.logDeterminant / temperature;
      if (outlier || hasOutliers) {
        const logs = new Float32Array(largestBatch).fill(NOTHING);
        if (outlier) logs.set(Float32Array.from(outlier, (o) => Math.max(NOTHING, o + constant)));
        await write(at.outliers, logs);
        hasOutliers = outlier !== undefined;
      }
      for (const chunk of chunks) await marginalization.chunk(chunk, wanted);
      if (wantsGradient) await marginalization.close(wanted);
      if (diagonal) await projection.diagonal();
      if (voxelGradient) await projection.backproject(at.gradient);
      const [evidence, voxels, seen, bests, found] = await read([
        { from: at.evidence, bytes: 16 * count },
        { from: at.voxels, bytes: voxelGradient ? voxelBytes : 0 },
        { from: at.diagonal, bytes: diagonal ? voxelBytes : 0 },
        { from: at.best, bytes: best ? 8 * count * bestsOfImage : 0 },
        { from: at.found, bytes: cascade ? 16 * count : 0 },
      ]);
      const refined = cascade && refinedOf(found);
      const logLikelihood = Float64Array.from(
        { length: count },
        (_, i) =>
          // no score was a number
          refined?.points[i] === 0
            ? NaN
            : evidence[4 * i] + Math.log(evidence[4 * i + 1]) - evidence[4 * i + 2] / temperature -
              constant,
      );
      const marginal: Marginal = {
        logLikelihood,
        ...outlier && { responsibility: logLikelihood.map((l, i) => 1 - Math.exp(outlier[i] - l)) },
        ...wantsGradient && { gradient, weight },
        ...voxelGradient && { voxelGradient: voxels.slice() },
        ...diagonal && { diagonal: diagonalOf(seen, problem, count) },
        ...best && { best: bestOf(bests, evidence) },
        ...refined,
      };
      return marginal;
    },
    async weigh(by, voxels) {
      await own(voxels);
      await projection.project("weighed");
      await projection.weigh((by as DeviceSlices).buffer);
      return weighed;
    },
    setNoise: (variance) => noise.set(variance),
    createImages(capacity) {
      const store = createDeviceImages(device, {
        capacity,
        pageSize: s.page,
        patchBytes: 8 * s.patch,
        shells: s.shells,
        boxSize: s.box,
        pixelSize,
        staged: s.staged,
        pixels: at.pixels,
        prepare,
      });
      stores.add(store);
      return store;
    },
    async upload(coefficients) {
      await write(at.given, Float32Array.from(coefficients));
      return given;
    },
    [Symbol.asyncDispose]() {
      if (closed) return Promise.resolve();
      closed = true;
      for (const { pages } of stores) {
        for (const { patches, transfers, powers } of pages) {
          device.release(patches);
          device.release(transfers);
          device.release(powers);
        }
      }
      staging.release();
      recorder.release();
      memory.release();
      return Promise.resolve();
    },
  };
}
