import { POSE_TURNS } from "../lattice.ts";
import { logAdd } from "../log_add.ts";
import { refineImage } from "./refine.ts";
import type { Thread } from "./thread.ts";

/** Where one step reads and writes, and its options: plain data, the same for every thread. */
export type Command =
  | { step: "prepare"; count: number; patches: number }
  | { step: "project"; coefficients: number; operands: boolean }
  | { step: "backproject"; slices: number }
  | { step: "weigh"; weight: number }
  | {
    step: "marginalize";
    patches: number;
    parameters: number;
    count: number;
    temperature: number;
    gradient: boolean;
    /** Whether the weights of the slices are to be back-projected; needs the gradient. */
    diagonal: boolean;
    best: boolean;
    /** Whether `outlier` has what the images might be instead. */
    outlier: boolean;
    /** Of each coarse level. */
    tolerances: readonly number[];
  };

/** Scores this far below an image's best weigh less than 1e-12 of it: a million of them, less than 1e-6. */
const NEGLIGIBLE_SCORE = -28;
/** Share of an image's posterior that its gradient may leave out, over all panels. */
const NEGLIGIBLE_MASS = 1e-6;
/** Parts that the panels are cut into when gathered gradients are added to them. */
const SHARES = 16;

/**
 * Images staged in `pixels` to patches of their oversampled transform, and their power by shell. Views
 * are made of regions laid out at the start only: a thread may not see at once that another grew the memory.
 */
function prepare(
  { kernels: w, layout: { sizes: s, at }, memory, team, index }: Thread,
  { count, patches }: Command & { step: "prepare" },
): void {
  const half = 4 * s.box * s.pitch, lines = at.lines + 2 * half * index;
  team.loop(count, (i) => {
    const pixels = at.pixels + 4 * s.box * s.box * i, patch = patches + 4 * s.patch * i;
    w.product(pixels, s.box, at.imageX, s.pitch, lines, s.pitch, s.box, s.box, s.pitch);
    w.multiplyByI(lines, lines + half, s.box * s.pitch);
    w.product(at.imageY, 2 * s.box, lines, s.pitch, patch, s.pitch, s.height, 2 * s.box, s.pitch);
    const power = at.power + 8 * s.shells * i;
    new Float64Array(memory.buffer, power, s.shells).fill(0);
    // deno-fmt-ignore
    w.shellPower(patch, s.pitch, s.half, at.polynomials, at.kx, at.ky, at.shellOf, s.coefficients, s.paddedCoefficients, power);
  });
}

/** Voxels to the oversampled grid: three matrix products, one an axis. */
function transformVoxels({ kernels: w, layout: { sizes: s, at }, team }: Thread): void {
  const m = s.workBox, line = s.height * s.pitch;
  const slab = 4 * 2 * m * s.pitch, yLine = 4 * line;
  team.loop(m, (z) => {
    const x = at.xLines + slab * z, y = at.yLines + yLine * z;
    // deno-fmt-ignore
    w.product(at.voxels + 4 * m * s.paddedWorkBox * z, s.paddedWorkBox, at.workX, s.pitch, x, s.pitch, m, m, s.pitch);
    w.multiplyByI(x, x + slab / 2, m * s.pitch);
    w.product(at.workY, 2 * m, x, s.pitch, y, s.pitch, s.height, 2 * m, s.pitch);
    w.multiplyByI(y, y + yLine * m, line);
  });
  team.loop(s.height, (y) => {
    const offset = 4 * s.pitch * y;
    // deno-fmt-ignore
    w.product(at.workZ, 2 * m, at.yLines + offset, line, at.grid + offset, line, s.height, 2 * m, s.pitch);
  });
}

/** The adjoint of transformVoxels(). */
function transformGrid({ kernels: w, layout: { sizes: s, at }, team }: Thread): void {
  const m = s.workBox, line = s.height * s.pitch;
  const slab = 4 * 2 * m * s.pitch, yLine = 4 * line;
  team.loop(s.height, (y) => {
    const offset = 4 * s.pitch * y;
    // deno-fmt-ignore
    w.product(at.workZT, s.height, at.grid + offset, line, at.yLines + offset, line, 2 * m, s.height, s.pitch);
  });
  team.loop(m, (z) => {
    const x = at.xLines + slab * z, y = at.yLines + yLine * z;
    w.foldI(y, y + yLine * m, y, line);
    w.product(at.workYT, s.height, y, s.pitch, x, s.pitch, 2 * m, s.height, s.pitch);
    w.foldI(x, x + slab / 2, x, m * s.pitch);
    // deno-fmt-ignore
    w.product(x, s.pitch, at.workXT, s.paddedWorkBox, at.voxels + 4 * m * s.paddedWorkBox * z, s.paddedWorkBox, m, s.pitch, s.paddedWorkBox);
  });
}

/** Slices of the voxels; with `compare`, of all levels, and what they are compared with images by. */
function project(
  thread: Thread,
  { coefficients, operands }: Command & { step: "project" },
): void {
  const { kernels: w, layout: { sizes: s, at }, levels, team } = thread;
  transformVoxels(thread);
  levels.forEach(({ sizes: own, at: place }, l) => {
    if (!operands && l + 1 < levels.length) return;
    const n = own.coefficients, panelBytes = 32 * n * (operands ? 3 : 2);
    const target = l + 1 < levels.length ? place.coefficients : coefficients;
    team.loop(own.panels, (p) => {
      const panel = target + panelBytes * p;
      // deno-fmt-ignore
      w.slicePanel(panel, place.frames + 192 * p, place.k, n, at.grid, s.pitch, s.height, s.half, at.polynomials);
      if (!operands) return;
      w.powerPanel(panel, n, panel + 64 * n);
      if (own.refined) {
        const row = 12 * own.paddedCoefficients;
        w.unravelPanel(panel, n, own.paddedCoefficients, place.rows + 8 * row * p);
        return;
      }
      w.sortPanel(panel, place.planeTable, own.rows, place.operands + 32 * own.rows * p);
    });
  });
}

/** Slices to voxels. Each copy of the grid takes its panels in order, then the copies are added. */
function backproject(thread: Thread, { slices }: Command & { step: "backproject" }): void {
  const { kernels: w, layout: { sizes: s, at }, memory, team } = thread;
  const grid = 4 * s.height * s.height * s.pitch, n = s.coefficients;
  team.loop(s.copies, (c) => {
    const copy = at.copies + grid * c;
    new Uint8Array(memory.buffer, copy, grid).fill(0);
    const from = Math.floor(s.panels * c / s.copies),
      to = Math.floor(s.panels * (c + 1) / s.copies);
    for (let p = from; p < to; p++) {
      // deno-fmt-ignore
      w.unslicePanel(slices + 64 * n * p, at.frames + 192 * p, at.k, n, copy, s.pitch, s.height, s.half, at.polynomials);
    }
  });
  const plane = grid / s.height;
  team.loop(s.height, (z) => {
    w.addCopies(at.grid + plane * z, at.copies + plane * z, grid, s.copies, plane / 4);
  });
  transformGrid(thread);
}

/** Slices of the voxels times the weight. */
function weigh(thread: Thread, { weight }: Command & { step: "weigh" }): void {
  const { kernels: w, layout: { sizes: s, at }, team } = thread;
  project(thread, { step: "project", coefficients: at.weighed, operands: false });
  const bytes = 64 * s.coefficients;
  team.loop(s.panels, (p) => {
    const panel = at.weighed + bytes * p;
    w.multiply(panel, weight + bytes * p, panel, bytes / 4);
  });
}

/** A chunk of images against all points of the first level. */
interface Chunk {
  /** Place of its first image in the minibatch, and how many they are. */
  readonly first: number;
  readonly images: number;
  /** Bytes of a plane of scores, and of a panel. */
  readonly plane: number;
  readonly panelBytes: number;
  /** Best score of each image. */
  readonly tops: readonly number[];
  /** The panel it is in. */
  readonly topPanels: readonly number[];
}

/** Scores of a chunk at the first level, left in its `scores` and `panelMax`. */
function compareChunk(
  { kernels: w, layout: { sizes: s, at }, levels: [level], memory, team }: Thread,
  { patches, parameters, count, temperature }: Command & { step: "marginalize" },
  first: number,
): Chunk {
  const { sizes: own, at: place } = level;
  const which = new Uint32Array(memory.buffer, at.which, count);
  const panelMax = new Float32Array(memory.buffer, place.panelMax, own.panels * s.chunk);
  const [a, b, c, d, e] = own.groups, operands = 32 * own.rows;
  const images = Math.min(s.chunk, count - first), columns = images * own.columns;
  const tiles = Math.ceil(columns / 6), plane = 192 * tiles, panelBytes = 8 * plane;

  team.loop(images, (i) => {
    const image = which[first + i];
    // deno-fmt-ignore
    w.turnImage(place.tiles, i * own.columns, own.rows, place.imageTable, patches + 4 * s.patch * image, s.pitch, s.half, at.polynomials, place.kx, place.ky, own.coefficients, own.paddedCoefficients, parameters + 32 * image, place.angles, own.quarterAngles, place.shifts, own.shifts);
  });
  team.loop(own.panels, (p) => {
    const scores = place.scores + panelBytes * p;
    // deno-fmt-ignore
    w.multiplyPanel(place.operands + operands * p, place.tiles, tiles, own.rows, a, b, c, d, e, scores);
    for (let i = 0; i < images; i++) {
      // deno-fmt-ignore
      panelMax[p * s.chunk + i] = w.scoreImage(scores, plane, i * own.columns, own.columns, 1 / temperature, place.directionLog + 32 * p, place.columnLog);
    }
  });
  const topPanels = Array.from({ length: images }, (_, i) => {
    let panel = 0;
    for (let p = 1; p < own.panels; p++) {
      if (panelMax[p * s.chunk + i] > panelMax[panel * s.chunk + i]) panel = p;
    }
    return panel;
  });
  const tops = topPanels.map((p, i) => panelMax[p * s.chunk + i]);
  return { first, images, plane, panelBytes, tops, topPanels };
}

/** Finishes a chunk whose only level is the first. */
function finishChunk(
  { kernels: w, layout: { sizes: s, at }, memory, team }: Thread,
  { count, gradient, best, outlier }: Command & { step: "marginalize" },
  { first, images, plane, panelBytes, tops, topPanels }: Chunk,
): void {
  const logLikelihood = new Float64Array(memory.buffer, at.logLikelihood, count);
  const outliers = new Float64Array(memory.buffer, at.outlier, count);
  const bests = new Int32Array(memory.buffer, at.best, 4 * count);
  const bestShares = new Float32Array(memory.buffer, at.best, 4 * count);
  const panelMax = new Float32Array(memory.buffer, at.panelMax, s.panels * s.chunk);
  const panelSum = new Float32Array(memory.buffer, at.panelSum, s.panels * s.chunk);
  const products = 32 * s.rows, stride = s.tiles * 144;
  const [a, b, c, d, e] = s.groups;

  team.loop(s.panels, (p) => {
    const scores = at.scores + panelBytes * p;
    for (let i = 0; i < images; i++) {
      const max = tops[i], own = panelMax[p * s.chunk + i];
      if (best && topPanels[i] === p) {
        const position = w.findScore(scores, plane, i * s.columns, s.columns, max);
        const column = (position >> 3) % s.columns;
        const pose = Math.floor((position >> 3) / s.columns);
        bests.set([
          8 * p + (position & 7) + (pose >= 4 ? s.planes : 0),
          Math.floor(column / s.shifts) + POSE_TURNS[pose % 4] * s.quarterAngles,
          column % s.shifts,
        ], 4 * (first + i));
      }
      panelSum[p * s.chunk + i] = own - max < NEGLIGIBLE_SCORE
        ? 0
        : w.weighImage(scores, plane, i * s.columns, s.columns, max, gradient);
    }
  });

  team.loop(images, (i) => {
    let sum = 0;
    for (let p = 0; p < s.panels; p++) sum += panelSum[p * s.chunk + i];
    const own = tops[i] + Math.log(sum);
    const total = outlier ? logAdd(own, outliers[first + i]) : own;
    const factor = Math.exp(own - total) / sum;
    logLikelihood[first + i] = total;
    if (best) bestShares[4 * (first + i) + 3] = 1 / sum;
    if (!gradient) return;
    for (let p = 0; p < s.panels; p++) panelSum[p * s.chunk + i] *= factor;
    // deno-fmt-ignore
    w.transposeColumns(at.tiles, s.rows, i * s.columns, s.columns, factor, at.transposed, stride);
  });

  if (!gradient) return;
  team.loop(s.panels, (p) => {
    const scores = at.scores + panelBytes * p;
    const matters = (i: number) => panelSum[p * s.chunk + i] >= NEGLIGIBLE_MASS / s.panels;
    for (let i = 0; i < images; i++) {
      if (!matters(i)) continue;
      const from = i; // neighbours that matter too go in one long product
      while (i + 1 < images && matters(i + 1)) i++;
      // deno-fmt-ignore
      w.accumulateImages(at.products + products * p, scores, plane, at.transposed, stride, from * s.columns, (i + 1 - from) * s.columns, a, b, c, d, e);
    }
  });
}

/** Takes a chunk through the finer levels. */
function refineChunk(
  thread: Thread,
  { patches, parameters, count, temperature, gradient, tolerances, outlier }: Command & {
    step: "marginalize";
  },
  { first, images, plane, panelBytes, tops }: Chunk,
): void {
  const { kernels: w, layout: { sizes: s, at }, memory, team, levels } = thread;
  const which = new Uint32Array(memory.buffer, at.which, count);
  const logLikelihood = new Float64Array(memory.buffer, at.logLikelihood, count);
  const outliers = new Float64Array(memory.buffer, at.outlier, count);
  const dropped = new Float64Array(memory.buffer, at.dropped, count);
  const points = new Float64Array(memory.buffer, at.points, count);
  const bests = new Int32Array(memory.buffer, at.best, 4 * count);
  const bestShares = new Float32Array(memory.buffer, at.best, 4 * count);
  const counts = new Int32Array(memory.buffer, at.poolCounts, s.chunk);
  team.loop(images, (i) => {
    const image = which[first + i], at = first + i;
    const found = refineImage(thread, levels, tolerances, {
      image: i,
      top: tops[i],
      patch: patches + 4 * s.patch * image,
      parameters: parameters + 32 * image,
      inverseTemperature: 1 / temperature,
      panelBytes,
      plane,
      outlier: outlier ? outliers[at] : -Infinity,
    }, gradient);
    logLikelihood[at] = found.logLikelihood;
    dropped[at] = found.dropped;
    points[at] = found.points;
    bests.set(found.best, 4 * at);
    bestShares[4 * at + 3] = found.probability;
  });
  if (!gradient) return;
  const { slots } = s.refined!, parts = Math.min(s.panels, SHARES);
  team.loop(parts, (part) => {
    const from = Math.floor(s.panels * part / parts),
      to = Math.floor(s.panels * (part + 1) / parts);
    for (let i = 0; i < images; i++) {
      // deno-fmt-ignore
      w.addGathered(at.sums, from, to, s.coefficients, s.paddedCoefficients, at.pool + 12 * s.paddedCoefficients * slots * i, at.poolPlanes + 4 * slots * i, counts[i]);
    }
  });
}

/** The weights of the slices, back-projected to their own frequencies; to each copy its share, then added. */
function deposit({ kernels: w, layout: { sizes: s, at }, memory, team }: Thread): void {
  const m = s.workBox, bytes = 4 * m ** 3, copies = at.seen + bytes, n = s.coefficients;
  team.loop(s.copies, (c) => {
    const copy = copies + bytes * c;
    new Uint8Array(memory.buffer, copy, bytes).fill(0);
    const from = Math.floor(s.panels * c / s.copies),
      to = Math.floor(s.panels * (c + 1) / s.copies);
    for (let p = from; p < to; p++) {
      w.depositPanel(at.weight + 64 * n * p, at.frames + 192 * p, at.k, n, copy, m);
    }
  });
  const plane = bytes / m;
  team.loop(m, (z) => {
    w.addCopies(at.seen + plane * z, copies + plane * z, bytes, s.copies, plane / 4);
  });
}

/** Images of a minibatch, a chunk at a time, against all panels; see marginalize.ts. */
function marginalize(thread: Thread, command: Command & { step: "marginalize" }): void {
  const { kernels: w, layout: { sizes: s, at }, memory, team } = thread;
  const { count, temperature, gradient } = command, n = s.coefficients;
  const products = 32 * s.rows;
  if (gradient) {
    team.loop(s.panels, (p) => {
      new Uint8Array(memory.buffer, at.products + products * p, products).fill(0);
      new Uint8Array(memory.buffer, at.sums + 96 * n * p, 96 * n).fill(0);
    });
  }
  for (let first = 0; first < count; first += s.chunk) {
    const chunk = compareChunk(thread, command, first);
    if (s.refined) refineChunk(thread, command, chunk);
    else finishChunk(thread, command, chunk);
  }
  if (!gradient) return;
  team.loop(s.panels, (p) => {
    const sums = at.sums + 96 * n * p;
    if (!s.refined) w.unsortPanel(at.products + products * p, at.planeTable, s.rows, sums);
    // deno-fmt-ignore
    w.closePanel(sums, sums + 64 * n, at.coefficients + 96 * n * p, n, 1 / temperature, at.gradient + 64 * n * p, at.weight + 64 * n * p);
  });
  if (command.diagonal) deposit(thread);
}

/** Runs one step; every thread of the team calls it with the same command. */
export function run(thread: Thread, command: Command): void {
  switch (command.step) {
    case "prepare":
      return prepare(thread, command);
    case "project":
      return project(thread, command);
    case "backproject":
      return backproject(thread, command);
    case "weigh":
      return weigh(thread, command);
    case "marginalize":
      return marginalize(thread, command);
  }
}
