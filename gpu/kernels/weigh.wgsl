// slices *= weight, for Gauss-Newton products.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> weight: array<vec2f>;          // [planes, n]
@group(0) @binding(2) var<storage, read_write> slices: array<vec2f>;    // [planes, n]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.coefficients) { return; }
  let at = id.y * sizes.coefficients + id.x;
  slices[at] *= weight[at];
}
