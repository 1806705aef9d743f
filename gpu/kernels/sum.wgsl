// Partial sums to the gradient's sorted rows: rows[r] (+)= sum_g partial[g][first] + partial[g][second], in
// the order of g; E and Q have two products each.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> sources: array<vec2u>;         // [rows] first and second; equal if one
@group(0) @binding(3) var<storage, read> partial: array<vec4f>;         // [groups, 8 partialRows, lanes]
@group(0) @binding(4) var<storage, read_write> rows: array<vec4f>;      // [rows, lanes]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let lanes = sizes.lanes / 4u;
  if (id.x >= lanes) { return; }
  let source = sources[id.y];
  let to = id.y * lanes + id.x;
  var s = vec4f(0.0);
  if (call.accumulate == 1u) { s = rows[to]; }
  for (var g = 0u; g < sizes.groups; g++) {
    let base = 8u * g * sizes.partialRows;
    s += partial[(base + source.x) * lanes + id.x];
    if (source.y != source.x) { s += partial[(base + source.y) * lanes + id.x]; }
  }
  rows[to] = s;
}
