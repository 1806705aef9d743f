// 8 x 8 sums a thread, in registers: 8 x rowThreads threads make a tile of 64 planes and 8 rowThreads
// rows; eight steps of s at a time go through workgroup memory. Sums run in the order of s.

// Threads along m.
override rowThreads: u32 = 8u;

var<workgroup> left: array<vec4f, 128>; // [8][16]
var<workgroup> right: array<vec4f, 16u * rowThreads>; // [8][2 rowThreads]

@compute @workgroup_size(8, rowThreads)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let task = product.tasks[group.z % 8u];
  let g = group.z / 8u;
  let range = rangeOf(task, g, group.x);
  let threads = 8u * rowThreads;
  let width = 2u * rowThreads;
  let aFirst = 16u * group.x;
  let bFirst = task.b + width * group.y;
  var r0a = vec4f(0.0); var r0b = vec4f(0.0);
  var r1a = vec4f(0.0); var r1b = vec4f(0.0);
  var r2a = vec4f(0.0); var r2b = vec4f(0.0);
  var r3a = vec4f(0.0); var r3b = vec4f(0.0);
  var r4a = vec4f(0.0); var r4b = vec4f(0.0);
  var r5a = vec4f(0.0); var r5b = vec4f(0.0);
  var r6a = vec4f(0.0); var r6b = vec4f(0.0);
  var r7a = vec4f(0.0); var r7b = vec4f(0.0);
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
      let p1 = left[16u * s + 8u + local.x];
      let q0 = right[width * s + local.y];
      let q1 = right[width * s + rowThreads + local.y];
      r0a = fma(vec4f(q0.x), p0, r0a); r0b = fma(vec4f(q0.x), p1, r0b);
      r1a = fma(vec4f(q0.y), p0, r1a); r1b = fma(vec4f(q0.y), p1, r1b);
      r2a = fma(vec4f(q0.z), p0, r2a); r2b = fma(vec4f(q0.z), p1, r2b);
      r3a = fma(vec4f(q0.w), p0, r3a); r3b = fma(vec4f(q0.w), p1, r3b);
      r4a = fma(vec4f(q1.x), p0, r4a); r4b = fma(vec4f(q1.x), p1, r4b);
      r5a = fma(vec4f(q1.y), p0, r5a); r5b = fma(vec4f(q1.y), p1, r5b);
      r6a = fma(vec4f(q1.z), p0, r6a); r6b = fma(vec4f(q1.z), p1, r6b);
      r7a = fma(vec4f(q1.w), p0, r7a); r7b = fma(vec4f(q1.w), p1, r7b);
    }
    workgroupBarrier();
  }
  let first = g * product.groupRows + task.result + 4u * (width * group.y + local.y);
  let column = aFirst + local.x;
  var at = first * product.pitch + column;
  result[at] = r0a; result[at + 8u] = r0b; at += product.pitch;
  result[at] = r1a; result[at + 8u] = r1b; at += product.pitch;
  result[at] = r2a; result[at + 8u] = r2b; at += product.pitch;
  result[at] = r3a; result[at + 8u] = r3b;
  at = (first + 4u * rowThreads) * product.pitch + column;
  result[at] = r4a; result[at + 8u] = r4b; at += product.pitch;
  result[at] = r5a; result[at + 8u] = r5b; at += product.pitch;
  result[at] = r6a; result[at + 8u] = r6b; at += product.pitch;
  result[at] = r7a; result[at + 8u] = r7b;
}
