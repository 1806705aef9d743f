// Products to the scores of the eight poses, in place, and the best that each tile of 64 planes has of an
// image: what a cascade's first level says. Threads as in scores.wgsl.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read_write> products: array<vec4f>;  // [8, pitch, lanes]
@group(0) @binding(3) var<storage, read> planeLog: array<vec4f>;        // [lanes] log w of d, as of -d
@group(0) @binding(4) var<storage, read> columnLog: array<f32>;         // [columns] log w of psi and t
@group(0) @binding(5) var<storage, read_write> tops: array<f32>;        // [chunk, tiles]

var<workgroup> best: array<f32, 64>;

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
  var top = vec4f(-1e30);
  for (var c = local.y; c < sizes.columns; c += 4u) {
    let at = (group.y * sizes.columns + c) * lanes + lane;
    let p = Eight(
      products[at], products[at + plane], products[at + 2u * plane], products[at + 3u * plane],
      products[at + 4u * plane], products[at + 5u * plane], products[at + 6u * plane],
      products[at + 7u * plane],
    );
    let e = scoresOf(p, call.beta, log + columnLog[c]);
    products[at] = e.a;
    products[at + plane] = e.b;
    products[at + 2u * plane] = e.c;
    products[at + 3u * plane] = e.d;
    products[at + 4u * plane] = e.e;
    products[at + 5u * plane] = e.f;
    products[at + 6u * plane] = e.g;
    products[at + 7u * plane] = e.h;
    let low = max(max(e.a, e.b), max(e.c, e.d));
    top = max(top, max(low, max(max(e.e, e.f), max(e.g, e.h))));
  }
  best[index] = max(max(top.x, top.y), max(top.z, top.w));
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (index < width) { best[index] = max(best[index], best[index + width]); }
  }
  if (index == 0u) { tops[group.y * sizes.tiles + group.x] = best[0]; }
}
