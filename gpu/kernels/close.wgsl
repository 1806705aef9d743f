// Closes the chain rule: from g = sum q X and h = sum q C, C = -c^2,
//
//     d(-log p)/dP = -(g + 2 h P) / T,   W = -2 h / T
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> rows: array<f32>;              // [3 n, lanes]
@group(0) @binding(3) var<storage, read> slices: array<vec2f>;          // [planes, n]
@group(0) @binding(4) var<storage, read_write> gradient: array<vec2f>;  // [planes, n]
@group(0) @binding(5) var<storage, read_write> weight: array<vec2f>;    // [planes, n], re and im alike

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let i = id.y;
  if (j >= sizes.planes) { return; }
  let n = sizes.coefficients;
  let g = vec2f(rows[i * sizes.lanes + j], rows[(n + i) * sizes.lanes + j]);
  let twice = 2.0 * rows[(2u * n + i) * sizes.lanes + j];
  let at = j * n + i;
  gradient[at] = -call.beta * fma(vec2f(twice), slices[at], g);
  weight[at] = vec2f(-call.beta * twice);
}
