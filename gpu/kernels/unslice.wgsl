// The adjoint of slice.wgsl as a gather, one thread a grid point, so that nothing is added by two:
//
//     G(g) = sum_j sum_k phi(g - q) phi(g - q) phi(g - q) dP_j(k),   q = kx a_j + ky b_j
//
// over k of both Friedel halves, the one with q.x >= 0 of each pair, as in the slice. A workgroup takes a block of 4^3
// points and goes through the planes 64 at a time, leaving out those that pass its block by.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> kernel: Window;
@group(0) @binding(2) var<storage, read> lattice: array<i32>; // [2 reach + 1]^2: 0, i + 1 or -(i + 1) for the mate
@group(0) @binding(3) var<storage, read> frames: array<vec4f>;          // [lanes][2 a, 2 b], grid units
@group(0) @binding(4) var<storage, read> slices: array<vec2f>;          // [planes, n]
@group(0) @binding(5) var<storage, read_write> grid: array<vec2f>;      // [height, height, width]

var<workgroup> near: array<vec4f, 128>; // 2 a and 2 b of 64 planes
var<workgroup> passes: array<u32, 64>;

@compute @workgroup_size(4, 4, 4)
fn main(
  @builtin(workgroup_id) block: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let origin = vec3f(-3.0, -f32(sizes.half), -f32(sizes.half));
  let corner = origin + 4.0 * vec3f(block);
  let g = corner + vec3f(local);
  let reach = sizes.reach;
  let row = 2 * reach + 1;
  var sum = vec2f(0.0);
  for (var base = 0u; base < sizes.planes; base += 64u) {
    let j = base + lane;
    let a = frames[2u * j];
    let b = frames[2u * j + 1u];
    near[2u * lane] = a;
    near[2u * lane + 1u] = b;
    let normal = cross(a.xyz, b.xyz) * 0.25;
    let size = abs(normal.x) + abs(normal.y) + abs(normal.z);
    let away = abs(dot(normal, corner + 1.5)) > 4.51 * size;
    passes[lane] = select(1u, 0u, away || j >= sizes.planes);
    workgroupBarrier();
    for (var p = 0u; p < 64u; p++) {
      if (passes[p] == 0u) { continue; }
      let fa = near[2u * p].xyz;
      let fb = near[2u * p + 1u].xyz;
      let inverse = select(1.0 / fa, vec3f(1e9), abs(fa) < vec3f(1e-9));
      let v = dot(g, fb) * 0.25;
      let span = 0.75 * (abs(fb.x) + abs(fb.y) + abs(fb.z));
      let last = min(reach, i32(floor(v + span)));
      for (var y = max(-reach, i32(ceil(v - span))); y <= last; y++) {
        // kx with |kx fa + ky fb - g| <= 3 on every axis, a little slack for rounding
        let c = f32(y) * fb - g;
        let one = (-3.001 - c) * inverse;
        let two = (3.001 - c) * inverse;
        let low = min(one, two);
        let high = max(one, two);
        let from_ = max(f32(-reach), max(low.x, max(low.y, low.z)));
        let to = min(f32(reach), min(high.x, min(high.y, high.z)));
        for (var x = i32(ceil(from_)); x <= i32(floor(to)); x++) {
          let entry = lattice[(y + reach) * row + x + reach];
          let mate = f32(sign(entry));
          let q = f32(x) * fa + f32(y) * fb;
          let d = q - g;
          // as taps() has them: -3 < d <= 3
          let inside = all(d > vec3f(-3.0)) && all(d <= vec3f(3.0));
          if (entry == 0 || !inside || q.x < 0.0 || (mate < 0.0 && q.x == 0.0)) { continue; }
          let value = slices[(base + p) * sizes.coefficients + u32(abs(entry)) - 1u];
          let w = phi(kernel, d.x) * phi(kernel, d.y) * phi(kernel, d.z);
          sum = fma(vec2f(w, mate * w), value, sum);
        }
      }
    }
    workgroupBarrier();
  }
  let at = 4u * block + local;
  if (at.x < sizes.width && at.y < sizes.height && at.z < sizes.height) {
    grid[(at.z * sizes.height + at.y) * sizes.width + at.x] = sum;
  }
}
