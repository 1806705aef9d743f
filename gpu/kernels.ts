import add from "./kernels/add.wgsl" with { type: "text" };
import axis from "./kernels/axis.wgsl" with { type: "text" };
import best from "./kernels/best.wgsl" with { type: "text" };
import call from "./kernels/call.wgsl" with { type: "text" };
import close from "./kernels/close.wgsl" with { type: "text" };
import compare from "./kernels/compare.wgsl" with { type: "text" };
import diagonal from "./kernels/diagonal.wgsl" with { type: "text" };
import evidence from "./kernels/evidence.wgsl" with { type: "text" };
import expand from "./kernels/expand.wgsl" with { type: "text" };
import gather from "./kernels/gather.wgsl" with { type: "text" };
import keep from "./kernels/keep.wgsl" with { type: "text" };
import level from "./kernels/level.wgsl" with { type: "text" };
import list from "./kernels/list.wgsl" with { type: "text" };
import multiply from "./kernels/multiply.wgsl" with { type: "text" };
import multiply4x4 from "./kernels/multiply_4x4.wgsl" with { type: "text" };
import multiply8x8 from "./kernels/multiply_8x8.wgsl" with { type: "text" };
import narrow from "./kernels/narrow.wgsl" with { type: "text" };
import narrowAll from "./kernels/narrow_all.wgsl" with { type: "text" };
import narrowPoints from "./kernels/narrow_points.wgsl" with { type: "text" };
import poses from "./kernels/poses.wgsl" with { type: "text" };
import posterior from "./kernels/posterior.wgsl" with { type: "text" };
import power from "./kernels/power.wgsl" with { type: "text" };
import scan from "./kernels/scan.wgsl" with { type: "text" };
import scores from "./kernels/scores.wgsl" with { type: "text" };
import sine from "./kernels/sine.wgsl" with { type: "text" };
import sizes from "./kernels/sizes.wgsl" with { type: "text" };
import slice from "./kernels/slice.wgsl" with { type: "text" };
import sort from "./kernels/sort.wgsl" with { type: "text" };
import sum from "./kernels/sum.wgsl" with { type: "text" };
import transpose from "./kernels/transpose.wgsl" with { type: "text" };
import turn from "./kernels/turn.wgsl" with { type: "text" };
import unslice from "./kernels/unslice.wgsl" with { type: "text" };
import weigh from "./kernels/weigh.wgsl" with { type: "text" };
import weights from "./kernels/weights.wgsl" with { type: "text" };
import window from "./kernels/window.wgsl" with { type: "text" };

/**
 * What a binding is: a uniform buffer; one written anew for each dispatch, at an offset; a storage buffer
 * that is read, or written.
 */
export type Binding = "uniform" | "call" | "read" | "write";

/** A kernel: WGSL with one entry point, `main`, and its bindings in order. */
export interface Kernel {
  /** WGSL, what it shares with others in front. */
  readonly code: string;
  /** Group 0, bindings 0, 1, 2, ... */
  readonly bindings: readonly Binding[];
  /** Invocations of a workgroup along x, y, z, with the overrides as they stand. */
  readonly workgroup: readonly number[];
  /** Bytes of workgroup memory, likewise. */
  readonly workgroupBytes: number;
}

const kernel = (
  code: readonly string[],
  bindings: readonly Binding[],
  workgroup: readonly number[] = [64],
  workgroupBytes = 0,
): Kernel => ({ code: code.join("\n"), bindings, workgroup, workgroupBytes });

/** The kernels by name. A new one is a file in kernels/ and a line here. */
export const kernels = {
  axis: kernel([axis], ["call", "read", "read", "write"]),
  slice: kernel(
    [sizes, window, slice],
    ["uniform", "uniform", "read", "read", "read", "write", "write"],
  ),
  unslice: kernel(
    [sizes, window, unslice],
    ["uniform", "uniform", "read", "read", "read", "write"],
    [8, 8],
    64 * (8 + 32 + 32 + 32 + 4),
  ),
  add: kernel([sizes, add], ["uniform", "read", "write"]),
  sort: kernel([sort], ["uniform", "read", "read", "read", "write"]),
  turn: kernel(
    [sizes, call, window, sine, turn],
    ["uniform", "call", "uniform", ...Array(6).fill("read"), "write", "write"],
  ),
  power: kernel(
    [sizes, call, window, power],
    ["uniform", "call", "uniform", "read", "read", "read", "read", "write", "write"],
    [64],
    256,
  ),
  transpose: kernel([sizes, transpose], ["uniform", "read", "write"], [16, 16], 1088),
  multiply4x4: kernel(
    [multiply, multiply4x4],
    ["uniform", "read", "read", "read", "write"],
    [16, 16],
    4096,
  ),
  multiply8x8: kernel(
    [multiply, multiply8x8],
    ["uniform", "read", "read", "read", "write"],
    [8, 8],
    4096,
  ),
  scores: kernel(
    [sizes, call, poses, scores],
    ["uniform", "call", "read", "read", "read", "write"],
    [16, 4],
    512,
  ),
  evidence: kernel([sizes, call, evidence], ["uniform", "call", "read", "read", "read", "write"]),
  keep: kernel([sizes, call, keep], ["uniform", "call", "write", "read", "write"]),
  weights: kernel(
    [sizes, call, poses, weights],
    ["uniform", "call", "write", "read", "read", "read", "read"],
    [16, 4],
  ),
  best: kernel(
    [sizes, call, poses, best],
    ["uniform", "call", "read", "read", "read", "write"],
    [16, 4],
    512,
  ),
  sum: kernel([sizes, call, sum], ["uniform", "call", "read", "read", "write"]),
  close: kernel([sizes, call, close], ["uniform", "call", "read", "read", "write", "write"]),
  expand: kernel(
    [sizes, call, poses, expand],
    ["uniform", "call", "write", "read", "read", "write"],
    [16, 4],
    256,
  ),
  narrowAll: kernel(
    [level, sizes, call, scan, narrowAll, narrow],
    ["uniform", "call", "read", "write", "write", "write", "uniform", "read", "read"],
    [256],
    3 * 400 + 12 + 1028,
  ),
  narrowPoints: kernel(
    [level, call, scan, narrowPoints, narrow],
    ["uniform", "call", "read", "write", "write", "write", "uniform", "read"],
    [256],
    3 * 400 + 12 + 1028 + 1028,
  ),
  list: kernel(
    [level, call, scan, list],
    ["uniform", "call", "read", "read", "read", "write", "write"],
    [256],
    1028,
  ),
  compare: kernel(
    [level, sizes, call, sine, compare],
    ["uniform", "uniform", "call", ...Array(7).fill("read"), "write"],
  ),
  posterior: kernel(
    [level, call, posterior],
    ["uniform", "call", "read", "read", "read", "write", "write", "write"],
    [256],
    3072,
  ),
  gather: kernel(
    [level, sizes, call, sine, gather],
    ["uniform", "uniform", "call", ...Array(7).fill("read"), "write"],
  ),
  diagonal: kernel([sizes, diagonal], ["uniform", "read", "read", "read", "write"]),
  weigh: kernel([sizes, weigh], ["uniform", "read", "write"]),
} satisfies Record<string, Kernel>;

/** Name of a kernel. */
export type KernelName = keyof typeof kernels;
