// The adjoint of slice.wgsl as a gather, so that nothing is added by two:
//
//     G(g) = sum_j sum_k phi(g - q) phi(g - q) phi(g - q) dP_j(k),   q = kx a_j + ky b_j
//
// over k of both Friedel halves, the one with q.x >= 0 of each pair, as in the slice. A workgroup takes a block
// of 8^3 points, a thread eight of them along x, and goes through every `copies`th plane: coefficients near
// the block, 64 at a time, leave their windows in workgroup memory, where all threads find them.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> kernel: Window;
@group(0) @binding(2) var<storage, read> lattice: array<i32>; // [2 reach + 1]^2: 0, i + 1 or -(i + 1) for the mate
@group(0) @binding(3) var<storage, read> frames: array<vec4f>;          // [lanes][2 a, 2 b], grid units
@group(0) @binding(4) var<storage, read> slices: array<vec2f>;          // [planes, n]
@group(0) @binding(5) var<storage, read_write> copies: array<vec2f>;    // [copies, height, height, width]

var<workgroup> values: array<vec2f, 64>;
var<workgroup> alongX: array<vec4f, 128>; // [64][8 points]
var<workgroup> alongY: array<f32, 512>;
var<workgroup> alongZ: array<f32, 512>;
var<workgroup> near: array<u32, 64>;

// phi at distance d, of taps as taps() has them: -3 < d <= 3.
fn tap(d: f32) -> f32 {
  return select(0.0, phi(kernel, d), d > -3.0 && d <= 3.0);
}

fn fourTaps(d: f32) -> vec4f {
  return vec4f(tap(d), tap(d - 1.0), tap(d - 2.0), tap(d - 3.0));
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let depth = (sizes.height + 7u) / 8u; // blocks along z
  let copy = group.z / depth;
  let block = 8u * vec3u(group.x, group.y, group.z % depth);
  let corner = vec3f(block) - vec3f(3.0, f32(sizes.half), f32(sizes.half));
  let centre = corner + 3.5;
  let reach = sizes.reach;
  var reA = vec4f(0.0);
  var reB = vec4f(0.0);
  var imA = vec4f(0.0);
  var imB = vec4f(0.0);
  for (var j = copy; j < sizes.planes; j += sizes.copies) {
    let fa = frames[2u * j].xyz;
    let fb = frames[2u * j + 1u].xyz;
    // coefficients that touch the block are within 6.5 of its centre on every axis
    let normal = abs(cross(fa, fb));
    if (abs(dot(cross(fa, fb), centre)) > 6.51 * (normal.x + normal.y + normal.z)) { continue; }
    let u = 0.25 * dot(fa, centre);
    let v = 0.25 * dot(fb, centre);
    let spanU = 0.25 * 6.51 * (abs(fa.x) + abs(fa.y) + abs(fa.z));
    let spanV = 0.25 * 6.51 * (abs(fb.x) + abs(fb.y) + abs(fb.z));
    let firstX = max(-reach, i32(ceil(u - spanU)));
    let firstY = max(-reach, i32(ceil(v - spanV)));
    let countX = max(0, min(reach, i32(floor(u + spanU))) - firstX + 1);
    let countY = max(0, min(reach, i32(floor(v + spanV))) - firstY + 1);
    let count = u32(countX * countY);
    for (var base = 0u; base < count; base += 64u) {
      let i = base + lane;
      near[lane] = 0u;
      if (i < count) {
        let x = firstX + i32(i) % countX;
        let y = firstY + i32(i) / countX;
        let entry = lattice[(y + reach) * (2 * reach + 1) + x + reach];
        let q = f32(x) * fa + f32(y) * fb;
        let d = q - centre;
        let here = (entry > 0 && q.x >= 0.0) || (entry < 0 && q.x > 0.0);
        if (here && max(abs(d.x), max(abs(d.y), abs(d.z))) <= 6.5) {
          let value = slices[j * sizes.coefficients + u32(abs(entry)) - 1u];
          values[lane] = vec2f(value.x, f32(sign(entry)) * value.y);
          let e = q - corner;
          alongX[2u * lane] = fourTaps(e.x);
          alongX[2u * lane + 1u] = fourTaps(e.x - 4.0);
          for (var k = 0u; k < 8u; k++) {
            alongY[8u * lane + k] = tap(e.y - f32(k));
            alongZ[8u * lane + k] = tap(e.z - f32(k));
          }
          near[lane] = 1u;
        }
      }
      workgroupBarrier();
      for (var k = 0u; k < min(64u, count - base); k++) {
        if (near[k] == 0u) { continue; }
        let w = alongY[8u * k + local.x] * alongZ[8u * k + local.y];
        let value = w * values[k];
        let a = alongX[2u * k];
        let b = alongX[2u * k + 1u];
        reA = fma(vec4f(value.x), a, reA);
        reB = fma(vec4f(value.x), b, reB);
        imA = fma(vec4f(value.y), a, imA);
        imB = fma(vec4f(value.y), b, imB);
      }
      workgroupBarrier();
    }
  }
  let y = block.y + local.x;
  let z = block.z + local.y;
  if (y >= sizes.height || z >= sizes.height) { return; }
  let at = ((copy * sizes.height + z) * sizes.height + y) * sizes.width + block.x;
  let left = sizes.width - block.x;
  copies[at] = vec2f(reA.x, imA.x);
  if (left > 1u) { copies[at + 1u] = vec2f(reA.y, imA.y); }
  if (left > 2u) { copies[at + 2u] = vec2f(reA.z, imA.z); }
  if (left > 3u) { copies[at + 3u] = vec2f(reA.w, imA.w); }
  if (left > 4u) { copies[at + 4u] = vec2f(reB.x, imB.x); }
  if (left > 5u) { copies[at + 5u] = vec2f(reB.y, imB.y); }
  if (left > 6u) { copies[at + 6u] = vec2f(reB.z, imB.z); }
  if (left > 7u) { copies[at + 7u] = vec2f(reB.w, imB.w); }
}
