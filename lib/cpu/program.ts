import { logAdd } from "../log_add.ts";
import type { Kernels } from "./kernels.ts";
import type { Layout } from "./layout.ts";
import type { Team } from "./team.ts";

/** What a thread works with. */
export interface Thread {
  readonly index: number;
  readonly kernels: Kernels;
  readonly layout: Layout;
  readonly memory: WebAssembly.Memory;
  readonly team: Team;
}

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
    best: boolean;
    /** Whether `outlier` has what the images might be instead. */
    outlier: boolean;
  };

/** Scores this far below an image's best weigh less than 1e-12 of it: a million of them, less than 1e-6. */
const NEGLIGIBLE_SCORE = -28;
/** Share of an image's posterior that its gradient may leave out, over all panels. */
const NEGLIGIBLE_MASS = 1e-6;

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

/** Slices of the voxels, and their parts by symmetry when they are to be compared with images. */
function project(
  thread: Thread,
  { coefficients, operands }: Command & { step: "project" },
): void {
  const { kernels: w, layout: { sizes: s, at }, team } = thread;
  transformVoxels(thread);
  const n = s.coefficients, panelBytes = 32 * n * (operands ? 3 : 2);
  team.loop(s.panels, (p) => {
    const panel = coefficients + panelBytes * p;
    // deno-fmt-ignore
    w.slicePanel(panel, at.frames + 192 * p, at.k, n, at.grid, s.pitch, s.height, s.half, at.polynomials);
    if (!operands) return;
    w.powerPanel(panel, n, panel + 64 * n);
    w.sortPanel(panel, at.planeTable, s.rows, at.operands + 32 * s.rows * p);
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

/** Images of a minibatch, a chunk at a time, against all panels; see marginalize.ts. */
function marginalize(thread: Thread, command: Command & { step: "marginalize" }): void {
  const { kernels: w, layout: { sizes: s, at }, memory, team } = thread;
  const { count, temperature, gradient, best } = command;
  const outlier = command.outlier && new Float64Array(memory.buffer, at.outlier, count);
  const which = new Uint32Array(memory.buffer, at.which, count);
  const logLikelihood = new Float64Array(memory.buffer, at.logLikelihood, count);
  const bests = new Int32Array(memory.buffer, at.best, 3 * count);
  const bestShares = new Float32Array(memory.buffer, at.best, 3 * count);
  const panelMax = new Float32Array(memory.buffer, at.panelMax, s.panels * s.chunk);
  const panelSum = new Float32Array(memory.buffer, at.panelSum, s.panels * s.chunk);
  const products = 32 * s.rows, stride = s.tiles * 144;
  const [a, b, c, d, e] = s.groups;

  if (gradient) {
    team.loop(s.panels, (p) => {
      new Uint8Array(memory.buffer, at.products + products * p, products).fill(0);
    });
  }
  for (let first = 0; first < count; first += s.chunk) {
    const images = Math.min(s.chunk, count - first), columns = images * s.columns;
    const tiles = Math.ceil(columns / 6), plane = 192 * tiles, panelBytes = 8 * plane;

    team.loop(images, (i) => {
      const image = which[first + i];
      // deno-fmt-ignore
      w.turnImage(at.tiles, i * s.columns, s.rows, at.imageTable, command.patches + 4 * s.patch * image, s.pitch, s.half, at.polynomials, at.kx, at.ky, s.coefficients, s.paddedCoefficients, command.parameters + 32 * image, at.angles, s.quarterAngles, at.shifts, s.shifts);
    });

    team.loop(s.panels, (p) => {
      const scores = at.scores + panelBytes * p;
      w.multiplyPanel(at.operands + products * p, at.tiles, tiles, s.rows, a, b, c, d, e, scores);
      for (let i = 0; i < images; i++) {
        // deno-fmt-ignore
        panelMax[p * s.chunk + i] = w.scoreImage(scores, plane, i * s.columns, s.columns, 1 / temperature, at.directionLog + 32 * p, at.columnLog);
      }
    });

    const top = Array.from({ length: images }, (_, i) => {
      let panel = 0;
      for (let p = 1; p < s.panels; p++) {
        if (panelMax[p * s.chunk + i] > panelMax[panel * s.chunk + i]) panel = p;
      }
      return panel;
    });
    team.loop(s.panels, (p) => {
      const scores = at.scores + panelBytes * p;
      for (let i = 0; i < images; i++) {
        const max = panelMax[top[i] * s.chunk + i], own = panelMax[p * s.chunk + i];
        if (best && top[i] === p) {
          bests[3 * (first + i)] = p;
          bests[3 * (first + i) + 1] = w.findScore(scores, plane, i * s.columns, s.columns, max);
        }
        panelSum[p * s.chunk + i] = own - max < NEGLIGIBLE_SCORE
          ? 0
          : w.weighImage(scores, plane, i * s.columns, s.columns, max, gradient);
      }
    });

    team.loop(images, (i) => {
      let sum = 0;
      for (let p = 0; p < s.panels; p++) sum += panelSum[p * s.chunk + i];
      const own = panelMax[top[i] * s.chunk + i] + Math.log(sum);
      const total = outlier ? logAdd(own, outlier[first + i]) : own;
      const factor = Math.exp(own - total) / sum;
      logLikelihood[first + i] = total;
      if (best) bestShares[3 * (first + i) + 2] = 1 / sum;
      if (!gradient) return;
      for (let p = 0; p < s.panels; p++) panelSum[p * s.chunk + i] *= factor;
      w.transposeColumns(
        at.tiles,
        s.rows,
        i * s.columns,
        s.columns,
        factor,
        at.transposed,
        stride,
      );
    });

    if (!gradient) continue;
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
  if (!gradient) return;
  const n = s.coefficients;
  team.loop(s.panels, (p) => {
    const sums = at.sums + 96 * n * p;
    new Uint8Array(memory.buffer, sums, 96 * n).fill(0);
    w.unsortPanel(at.products + products * p, at.planeTable, s.rows, sums);
    // deno-fmt-ignore
    w.closePanel(sums, sums + 64 * n, at.coefficients + 96 * n * p, n, 1 / temperature, at.gradient + 64 * n * p, at.weight + 64 * n * p);
  });
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
