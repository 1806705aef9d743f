// An image's shares together: (m, s), s exp(m) being the sum of exp(score) over all poses and of what the
// image might be instead; |D|^2 / 2 over sigma^2; and s of the poses alone. One thread an image. The likelihood
// is m + log s - |D|^2 / 2T, taken on the host: in float32 it would round.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> shares: array<vec2f>;          // [chunk, tiles]
@group(0) @binding(3) var<storage, read> powers: array<f32>;            // [chunk]
@group(0) @binding(4) var<storage, read> outliers: array<f32>; // [images of the minibatch] log; below -1e29: none
@group(0) @binding(5) var<storage, read_write> evidence: array<vec4f>;  // [images of the minibatch]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= call.count) { return; }
  let first = id.x * sizes.tiles;
  var top = shares[first].x;
  for (var t = 1u; t < sizes.tiles; t++) { top = max(top, shares[first + t].x); }
  var sum = 0.0;
  for (var t = 0u; t < sizes.tiles; t++) {
    let share = shares[first + t];
    sum += share.y * exp(share.x - top);
  }
  let poses = sum;
  let outlier = outliers[call.first + id.x];
  if (outlier > -1e29) {
    let other = fma(call.beta, powers[id.x], outlier);
    let both = max(top, other);
    sum = sum * exp(top - both) + exp(other - both);
    top = both;
  }
  evidence[call.first + id.x] = vec4f(top, sum, powers[id.x], poses);
}
