// Products to what each of them weighs in the gradient, in place: q = exp(score - m) / s of the eight
// poses, added up with their signs. Tiles that do not matter to an image are left as they are.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read_write> products: array<vec4f>;  // [8, pitch, lanes]
@group(0) @binding(3) var<storage, read> planeLog: array<vec4f>;        // [lanes]
@group(0) @binding(4) var<storage, read> columnLog: array<f32>;         // [columns]
@group(0) @binding(5) var<storage, read> shares: array<vec2f>;          // [chunk, tiles]
@group(0) @binding(6) var<storage, read> evidence: array<vec4f>;        // [images of the minibatch]

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let whole = evidence[call.first + group.y];
  if (shares[group.y * sizes.tiles + group.x].y == 0.0) { return; }
  let lanes = sizes.lanes / 4u;
  let plane = sizes.pitch * lanes;
  let lane = 16u * group.x + local.x;
  let log = planeLog[lane];
  let t = vec4f(whole.x);
  let scale = 1.0 / whole.y;
  for (var c = local.y; c < sizes.columns; c += 4u) {
    let at = (group.y * sizes.columns + c) * lanes + lane;
    let p = Eight(
      products[at], products[at + plane], products[at + 2u * plane], products[at + 3u * plane],
      products[at + 4u * plane], products[at + 5u * plane], products[at + 6u * plane],
      products[at + 7u * plane],
    );
    let e = scoresOf(p, call.beta, log + columnLog[c]);
    let w = productsOf(Eight(
      exp(e.a - t), exp(e.b - t), exp(e.c - t), exp(e.d - t),
      exp(e.e - t), exp(e.f - t), exp(e.g - t), exp(e.h - t),
    ));
    products[at] = scale * w.a;
    products[at + plane] = scale * w.b;
    products[at + 2u * plane] = scale * w.c;
    products[at + 3u * plane] = scale * w.d;
    products[at + 4u * plane] = scale * w.e;
    products[at + 5u * plane] = scale * w.f;
    products[at + 6u * plane] = scale * w.g;
    products[at + 7u * plane] = scale * w.h;
  }
}
