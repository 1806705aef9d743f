// 4 x 4 sums a thread, in registers: 16 x rowThreads threads make a tile of 64 planes and 4 rowThreads
// rows; eight steps of s at a time go through workgroup memory. Sums run in the order of s.

// Threads along m.
override rowThreads: u32 = 16u;

var<workgroup> left: array<vec4f, 128>; // [8][16]
var<workgroup> right: array<vec4f, 8u * rowThreads>; // [8][1 rowThreads]

@compute @workgroup_size(16, rowThreads)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let task = product.tasks[group.z % 8u];
  let g = group.z / 8u;
  let range = rangeOf(task, g, group.x);
  let threads = 16u * rowThreads;
  let width = 1u * rowThreads;
  let aFirst = 16u * group.x;
  let bFirst = task.b + width * group.y;
  var r0a = vec4f(0.0);
  var r1a = vec4f(0.0);
  var r2a = vec4f(0.0);
  var r3a = vec4f(0.0);
  for (var base = range.x; base < range.y; base += 8u) {
    for (var i = index; i < 128u; i += threads) {
      let s = base + i / 16u;
      var value = vec4f(0.0);
      if (s < range.y) {
        value = a[(task.a + rowOf(s, group.x)) * product.aPitch + aFirst + i % 16u];
      }
      left[i] = value;
    }
    for (var i = index; i < 8u * width; i += threads) {
      let s = base + i / width;
      var value = vec4f(0.0);
      if (s < range.y) {
        value = b[rowOf(s, group.x) * product.bPitch + bFirst + i % width];
      }
      right[i] = value;
    }
    workgroupBarrier();
    for (var s = 0u; s < 8u; s++) {
      let p0 = left[16u * s + local.x];
      let q0 = right[width * s + local.y];
      r0a = fma(vec4f(q0.x), p0, r0a);
      r1a = fma(vec4f(q0.y), p0, r1a);
      r2a = fma(vec4f(q0.z), p0, r2a);
      r3a = fma(vec4f(q0.w), p0, r3a);
    }
    workgroupBarrier();
  }
  let first = g * product.groupRows + task.result + 4u * (width * group.y + local.y);
  let column = aFirst + local.x;
  var at = first * product.pitch + column;
  result[at] = r0a; at += product.pitch;
  result[at] = r1a; at += product.pitch;
  result[at] = r2a; at += product.pitch;
  result[at] = r3a;
}
