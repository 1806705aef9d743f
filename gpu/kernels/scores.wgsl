// What a tile of 64 planes holds of an image's posterior: (m, s), s exp(m) being the sum of exp(score) over
// its poses, m the largest score. A workgroup is 16 threads of four planes x 4 that share the columns.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> products: array<vec4f>;        // [8, pitch, lanes]
@group(0) @binding(3) var<storage, read> planeLog: array<vec4f>;        // [lanes] log w of d, as of -d
@group(0) @binding(4) var<storage, read> columnLog: array<f32>;         // [columns] log w of psi and t
@group(0) @binding(5) var<storage, read_write> shares: array<vec2f>;    // [chunk, tiles]

var<workgroup> parts: array<vec2f, 64>;

fn merge(a: vec2f, b: vec2f) -> vec2f {
  let m = max(a.x, b.x);
  return vec2f(m, a.y * exp(a.x - m) + b.y * exp(b.x - m));
}

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let lanes = sizes.lanes / 4u;
  let plane = sizes.pitch * lanes;
  let lane = 16u * group.x + local.x;
  let log = planeLog[lane];
  var top = -1e30;
  var sum = vec4f(0.0);
  for (var c = local.y; c < sizes.columns; c += 4u) {
    let at = (group.y * sizes.columns + c) * lanes + lane;
    let p = Eight(
      products[at], products[at + plane], products[at + 2u * plane], products[at + 3u * plane],
      products[at + 4u * plane], products[at + 5u * plane], products[at + 6u * plane],
      products[at + 7u * plane],
    );
    let e = scoresOf(p, call.beta, log + columnLog[c]);
    let low = max(max(e.a, e.b), max(e.c, e.d));
    let high = max(max(e.e, e.f), max(e.g, e.h));
    let four = max(low, high);
    let m = max(max(four.x, four.y), max(four.z, four.w));
    if (m > top) {
      sum *= exp(top - m);
      top = m;
    }
    let t = vec4f(top);
    sum += ((exp(e.a - t) + exp(e.b - t)) + (exp(e.c - t) + exp(e.d - t))) +
      ((exp(e.e - t) + exp(e.f - t)) + (exp(e.g - t) + exp(e.h - t)));
  }
  parts[index] = vec2f(top, (sum.x + sum.y) + (sum.z + sum.w));
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (index < width) { parts[index] = merge(parts[index], parts[index + width]); }
  }
  if (index == 0u) { shares[group.y * sizes.tiles + group.x] = parts[0]; }
}
