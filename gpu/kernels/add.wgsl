// grid = sum of its copies, in order.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> copies: array<vec2f>;          // [copies, height, height, width]
@group(0) @binding(2) var<storage, read_write> grid: array<vec2f>;      // [height, height, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let count = sizes.height * sizes.height * sizes.width;
  if (id.x >= count) { return; }
  var s = copies[id.x];
  for (var c = 1u; c < sizes.copies; c++) { s += copies[c * count + id.x]; }
  grid[id.x] = s;
}
