// result[c][r] = source[r][c]: columns of images for the gradient, which sums over them.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<f32>;            // [rows, pitch]
@group(0) @binding(2) var<storage, read_write> result: array<f32>;      // [pitch, rows]

var<workgroup> tile: array<f32, 272>; // [16][17]

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let c = 16u * group.x;
  let r = 16u * group.y;
  if (r + local.y < sizes.rows) {
    tile[17u * local.y + local.x] = source[(r + local.y) * sizes.pitch + c + local.x];
  }
  workgroupBarrier();
  if (r + local.x < sizes.rows) {
    result[(c + local.y) * sizes.rows + r + local.x] = tile[17u * local.x + local.y];
  }
}
