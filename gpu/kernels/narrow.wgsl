// Which points of a level are near those that are kept of the level before: keptPoints() and pointsNear() of
// lib/quadrature/cascade.ts, one workgroup an image. What it goes through is narrow_all.wgsl or
// narrow_points.wgsl.
//
// Masses are added up as whole numbers, marks are set with `or`: the order of threads does not matter. If
// the points near those kept, or their directions, are more than there is room for, fewer are kept.
@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<uniform> call: Call;
// [J + 1 of the level before] first pair of each direction; at `pairs` [.][3] direction, bits of from and to;
// at `near` [S + 1 of the level before] first of each shift, then shifts
@group(0) @binding(2) var<storage, read> reach: array<u32>;
@group(0) @binding(3) var<storage, read_write> marks: array<atomic<u32>>; // [chunk][mask, slots before][maskWords]
@group(0) @binding(4) var<storage, read_write> bits: array<atomic<u32>>; // [chunk, slots, S, angleWords]
@group(0) @binding(5) var<storage, read_write> found: array<vec4u>; // [images of the minibatch] points, slots, bits of the share left out

// As in cascade.ts: depth that is looked into, steps of a nat, most points that are kept.
const DEPTH: f32 = 25.0;
const STEPS: f32 = 4.0;
const BINS = 100;
const MOST_KEPT: u32 = 16384u;

// Points a quarter of a nat, and their mass in units of 2^-16 of the quarter's upper end: in two parts, so
// that 2^24 points do not overflow.
var<workgroup> counts: array<atomic<u32>, BINS>;
var<workgroup> high: array<atomic<u32>, BINS>;
var<workgroup> low: array<atomic<u32>, BINS>;
// Of the points that are kept: how deep they lie at most, how many do; share of the posterior that is not in them.
var<workgroup> deepest: f32;
var<workgroup> within: u32;
var<workgroup> lost: f32;

fn massOf(bin: u32) -> f32 {
  let parts = 256.0 * f32(atomicLoad(&high[bin])) + f32(atomicLoad(&low[bin]));
  return exp(-f32(bin) / STEPS) * parts / 65536.0;
}

fn choose(most: u32) {
  var all = 0.0;
  for (var b = 0u; b < u32(BINS); b++) { all += massOf(b); }
  var held = massOf(0u);
  var count = atomicLoad(&counts[0]);
  var bins = 1u;
  while (bins < u32(BINS) && held < (1.0 - level.tolerance) * all) {
    let next = atomicLoad(&counts[bins]);
    if (count + next > most) { break; }
    held += massOf(bins);
    count += next;
    bins++;
  }
  // within a quarter of a nat points weigh about the same
  var rest = held * (1.0 - f32(min(count, most)) / f32(max(count, 1u)));
  for (var b = bins; b < u32(BINS); b++) { rest += massOf(b); }
  deepest = f32(bins) / STEPS;
  within = count;
  lost = select(1.0, rest / all, all > 0.0);
}

fn markDirections(at: u32, point: vec3u) {
  for (var pair = reach[point.x]; pair < reach[point.x + 1u]; pair++) {
    let d = reach[level.pairs + 3u * pair];
    atomicOr(&marks[at + d / 32u], 1u << (d % 32u));
  }
}

fn markAngles(row: u32, first: i32, last: i32) {
  let angles = i32(level.angles);
  var word = 0u;
  var mask = 0u;
  for (var k = first; k <= last; k++) {
    let psi = u32((k % angles + angles) % angles);
    if (psi / 32u != word) {
      if (mask != 0u) { atomicOr(&bits[row + word], mask); }
      word = psi / 32u;
      mask = 0u;
    }
    mask |= 1u << (psi % 32u);
  }
  if (mask != 0u) { atomicOr(&bits[row + word], mask); }
}

fn markPoints(at: u32, to: u32, point: vec3u) {
  let angle = f32(point.y * level.angles) / f32(level.coarseAngles);
  let firstShift = reach[level.near + point.z];
  let lastShift = reach[level.near + point.z + 1u];
  for (var pair = reach[point.x]; pair < reach[point.x + 1u]; pair++) {
    let entry = level.pairs + 3u * pair;
    let d = reach[entry];
    let first = i32(ceil(angle + bitcast<f32>(reach[entry + 1u])));
    let last = i32(floor(angle + bitcast<f32>(reach[entry + 2u])));
    let below = atomicLoad(&marks[at + d / 32u]) & ((1u << (d % 32u)) - 1u);
    let slot = atomicLoad(&marks[at + level.maskWords + d / 32u]) + countOneBits(below);
    for (var i = firstShift; i < lastShift; i++) {
      let shift = reach[level.near + level.coarseShifts + 1u + i];
      markAngles(to + (slot * level.shifts + shift) * level.angleWords, first, last);
    }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = group.x;
  let items = itemsOf(image);
  let top = topOf(image, thread);
  for (var i = thread; i < items; i += 256u) {
    let depth = top - scoreAt(image, i);
    if (depth < DEPTH) {
      let bin = min(u32(STEPS * max(0.0, depth)), u32(BINS) - 1u);
      let mass = u32(fma(65536.0, exp(f32(bin) / STEPS - depth), 0.5));
      atomicAdd(&counts[bin], 1u);
      atomicAdd(&high[bin], mass / 256u);
      atomicAdd(&low[bin], mass % 256u);
    }
  }
  let at = image * 2u * level.maskWords;
  let slotWords = level.shifts * level.angleWords;
  let to = image * level.slots * slotWords;
  let share = (level.maskWords + 255u) / 256u;
  let firstWord = min(level.maskWords, share * thread);
  let lastWord = min(level.maskWords, firstWord + share);
  var most = MOST_KEPT;
  loop {
    workgroupBarrier();
    if (thread == 0u) { choose(most); }
    let limit = workgroupUniformLoad(&deepest);
    let many = workgroupUniformLoad(&within) > most;
    var rank = 0u;
    if (many) {
      // too many within a quarter of a nat: the first of them, a thread's after those of the threads before
      var own = 0u;
      for (var i = thread; i < items; i += 256u) {
        if (top - scoreAt(image, i) < limit) { own++; }
      }
      rank = before(thread, own);
    }
    for (var w = thread; w < level.maskWords; w += 256u) { atomicStore(&marks[at + w], 0u); }
    storageBarrier();
    var next = rank;
    for (var i = thread; i < items; i += 256u) {
      if (!(top - scoreAt(image, i) < limit)) { continue; }
      if (many && next >= most) { break; }
      next++;
      markDirections(at, pointAt(image, i));
    }
    storageBarrier();
    var own = 0u;
    for (var w = firstWord; w < lastWord; w++) { own += countOneBits(atomicLoad(&marks[at + w])); }
    var slot = before(thread, own);
    let slots = total();
    if (slots > level.slots && most > 1u) {
      most /= 2u;
      continue;
    }
    for (var w = firstWord; w < lastWord; w++) {
      atomicStore(&marks[at + level.maskWords + w], slot);
      slot += countOneBits(atomicLoad(&marks[at + w]));
    }
    for (var w = thread; w < slots * slotWords; w += 256u) { atomicStore(&bits[to + w], 0u); }
    storageBarrier();
    next = rank;
    for (var i = thread; i < items; i += 256u) {
      if (!(top - scoreAt(image, i) < limit)) { continue; }
      if (many && next >= most) { break; }
      next++;
      markPoints(at, to, pointAt(image, i));
    }
    storageBarrier();
    own = 0u;
    for (var w = thread; w < slots * slotWords; w += 256u) {
      own += countOneBits(atomicLoad(&bits[to + w]));
    }
    slot = before(thread, own);
    let points = total();
    if (points > level.points && most > 1u) {
      most /= 2u;
      continue;
    }
    if (thread == 0u) {
      var earlier = 0.0;
      if (level.afterFirst == 0u) { earlier = bitcast<f32>(found[call.first + image].z); }
      let left = earlier + lost - earlier * lost;
      found[call.first + image] = vec4u(points, slots, bitcast<u32>(left), 0u);
    }
    break;
  }
}
