// What the kernels of a refined level are told: a table of sizes and addresses, one word each, written
// by ../refined_tables.ts in this order; then where a thread's own arrays lie in its work space.

// @ts-ignore: decorator
@inline
function word(level: usize, index: usize): i32 {
  return load<i32>(level + (index << 2));
}

// @ts-ignore: decorator
@inline export function coefficientCount(l: usize): i32 { return word(l, 0); }
// @ts-ignore: decorator
@inline export function paddedCount(l: usize): i32 { return word(l, 1); }
// @ts-ignore: decorator
@inline export function planeCount(l: usize): i32 { return word(l, 2); }
// @ts-ignore: decorator
@inline export function quarterCount(l: usize): i32 { return word(l, 3); }
// @ts-ignore: decorator
@inline export function shiftCount(l: usize): i32 { return word(l, 4); }
/** 32-bit words that hold a bit for each shift. */
// @ts-ignore: decorator
@inline export function shiftWords(l: usize): i32 { return word(l, 5); }
/** Shifts along an axis. */
// @ts-ignore: decorator
@inline export function shiftEdge(l: usize): i32 { return word(l, 6); }
// @ts-ignore: decorator
@inline export function mostSlots(l: usize): i32 { return word(l, 7); }
// @ts-ignore: decorator
@inline export function mostPoints(l: usize): i32 { return word(l, 8); }
/** In-plane angles of the level before. */
// @ts-ignore: decorator
@inline export function coarseAngles(l: usize): i32 { return word(l, 9); }
// @ts-ignore: decorator
@inline export function pitchOf(l: usize): i32 { return word(l, 10); }
// @ts-ignore: decorator
@inline export function halfOf(l: usize): i32 { return word(l, 11); }
// @ts-ignore: decorator
@inline export function polynomialsOf(l: usize): usize { return <usize>word(l, 12); }
/** Slices, [planes][3][padded]: re, im, |P|^2. */
// @ts-ignore: decorator
@inline export function slicesOf(l: usize): usize { return <usize>word(l, 13); }
// @ts-ignore: decorator
@inline export function directionLogs(l: usize): usize { return <usize>word(l, 14); }
// @ts-ignore: decorator
@inline export function columnLogs(l: usize): usize { return <usize>word(l, 15); }
// @ts-ignore: decorator
@inline export function frequenciesX(l: usize): usize { return <usize>word(l, 16); }
// @ts-ignore: decorator
@inline export function frequenciesY(l: usize): usize { return <usize>word(l, 17); }
/** [quarter][2] cosine, sine. */
// @ts-ignore: decorator
@inline export function anglesOf(l: usize): usize { return <usize>word(l, 18); }
/** [8][n][2]: byte offset of the source in a row, sign of im. */
// @ts-ignore: decorator
@inline export function permutations(l: usize): usize { return <usize>word(l, 19); }
/** Reach from the level before; see ../../quadrature/cascade.ts. */
// @ts-ignore: decorator
@inline export function reachFirst(l: usize): usize { return <usize>word(l, 20); }
// @ts-ignore: decorator
@inline export function reachDirections(l: usize): usize { return <usize>word(l, 21); }
// @ts-ignore: decorator
@inline export function reachAngles(l: usize): usize { return <usize>word(l, 22); }
/** [shifts of the level before][words]. */
// @ts-ignore: decorator
@inline export function reachShifts(l: usize): usize { return <usize>word(l, 23); }
/** [S][2]: place along x and along y. */
// @ts-ignore: decorator
@inline export function shiftPlaces(l: usize): usize { return <usize>word(l, 24); }
/** cos, sin of 2 pi k t / N, [quarter][edge][2][padded]. */
// @ts-ignore: decorator
@inline export function phasesX(l: usize): usize { return <usize>word(l, 25); }
// @ts-ignore: decorator
@inline export function phasesY(l: usize): usize { return <usize>word(l, 26); }
/** Noise weights of the coefficients, [padded]. */
// @ts-ignore: decorator
@inline export function noiseWeights(l: usize): usize { return <usize>word(l, 27); }

// Offsets into a thread's work space.
/** The image at each quarter angle as each of the poses sees it, [8][quarter][3][padded]: 2 c d, -c^2. */
// @ts-ignore: decorator
@inline export function columnsAt(l: usize): usize { return <usize>word(l, 28); }
/** Whether it has been made, [8][quarter]. */
// @ts-ignore: decorator
@inline export function turnedAt(l: usize): usize { return <usize>word(l, 29); }
/** The slot of each direction, -1: none. */
// @ts-ignore: decorator
@inline export function slotsAt(l: usize): usize { return <usize>word(l, 30); }
/** The direction of each slot. */
// @ts-ignore: decorator
@inline export function directionsAt(l: usize): usize { return <usize>word(l, 31); }
/** Which points are to be evaluated, [slots][angles][words]. */
// @ts-ignore: decorator
@inline export function bitsAt(l: usize): usize { return <usize>word(l, 32); }
/** Of each point: its score, its slot x angles + angle, its shift. */
// @ts-ignore: decorator
@inline export function scoresAt(l: usize): usize { return <usize>word(l, 33); }
// @ts-ignore: decorator
@inline export function placesAt(l: usize): usize { return <usize>word(l, 34); }
// @ts-ignore: decorator
@inline export function pointShiftsAt(l: usize): usize { return <usize>word(l, 35); }
/** Vectors of a pose: [14][padded]. */
// @ts-ignore: decorator
@inline export function vectorsAt(l: usize): usize { return <usize>word(l, 36); }
/** Shifts near those of one pose: [words]. */
// @ts-ignore: decorator
@inline export function maskAt(l: usize): usize { return <usize>word(l, 37); }

// The start of the work space, the same for all levels: counters, histogram, kept points.
/** Slots in use of the level marked last. */
export const SLOTS: usize = 0;
/** Points found. */
export const POINTS: usize = 4;
/** Of the last selection: share of the posterior that was not kept, f64. */
export const DROPPED: usize = 8;
/** Of the last weighing: place of the best point. */
export const BEST: usize = 16;
/** [100] f64 and [100] i32. */
export const MASSES: usize = 64;
export const COUNTS: usize = 64 + 800;
/** Kept points: [.][4] direction, angle, shift, nats below the best (f32). */
export const KEPT: usize = 1280;
