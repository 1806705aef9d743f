// slices *= weight, for Gauss-Newton products.
@group(0) @binding(0) var<storage, read> weight: array<vec2f>;          // [planes, n]
@group(0) @binding(1) var<storage, read_write> slices: array<vec2f>;    // [planes, n]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.y * 65535u * 64u + id.x;
  if (at < arrayLength(&slices)) { slices[at] *= weight[at]; }
}
