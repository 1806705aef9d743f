// The marked points of each image as a list, by direction, shift, angle; one workgroup an image.
@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> marks: array<u32>;             // [chunk][mask, slots before][maskWords]
@group(0) @binding(3) var<storage, read> bits: array<u32>;              // [chunk, slots, S, angleWords]
@group(0) @binding(4) var<storage, read> found: array<vec4u>;           // [images of the minibatch] points, slots
@group(0) @binding(5) var<storage, read_write> slots: array<u32>; // [chunk][slots + 1] first point, [slots] direction
@group(0) @binding(6) var<storage, read_write> points: array<vec2u>;    // [chunk, points] (number, -)

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = group.x;
  let used = found[call.first + image].y;
  let at = image * 2u * level.maskWords;
  let first = image * (2u * level.slots + 1u);
  let directions = first + level.slots + 1u;
  for (var w = thread; w < level.maskWords; w += 256u) {
    var slot = marks[at + level.maskWords + w];
    for (var rest = marks[at + w]; rest != 0u; rest &= rest - 1u) {
      slots[directions + slot] = 32u * w + firstTrailingBit(rest);
      slot++;
    }
  }
  storageBarrier();
  let slotWords = level.shifts * level.angleWords;
  let marked = image * level.slots * slotWords;
  let share = (used * slotWords + 255u) / 256u;
  let firstWord = min(used * slotWords, share * thread);
  let lastWord = min(used * slotWords, firstWord + share);
  var own = 0u;
  for (var w = firstWord; w < lastWord; w++) { own += countOneBits(bits[marked + w]); }
  var point = before(thread, own);
  for (var w = firstWord; w < lastWord; w++) {
    let slot = w / slotWords;
    let row = w % slotWords; // shift, word of angles
    if (row == 0u) { slots[first + slot] = point; }
    let number = (slots[directions + slot] * level.shifts + row / level.angleWords) * level.angles +
      32u * (row % level.angleWords);
    for (var rest = bits[marked + w]; rest != 0u; rest &= rest - 1u) {
      points[image * level.points + point] = vec2u(number + firstTrailingBit(rest), 0u);
      point++;
    }
  }
  if (thread == 0u) { slots[first + used] = found[call.first + image].x; }
}
