// Which images matter to a tile of planes: those of whose posterior it holds more than `skip`. One thread a
// tile, images in order; the shares of the others are marked with s = 0. What is left out of an image's gradient is at most tiles x skip of its posterior.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read_write> shares: array<vec2f>;    // [chunk, tiles]
@group(0) @binding(3) var<storage, read> evidence: array<vec4f>;        // [images of the minibatch]
@group(0) @binding(4) var<storage, read_write> kept: array<u32>;        // [tiles][count, chunk images]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.tiles) { return; }
  let first = id.x * (sizes.chunk + 1u);
  var count = 0u;
  for (var i = 0u; i < call.count; i++) {
    let share = shares[i * sizes.tiles + id.x];
    let whole = evidence[call.first + i];
    if (share.y * exp(share.x - whole.x) >= call.skip * whole.y) {
      count++;
      kept[first + count] = i;
    } else {
      shares[i * sizes.tiles + id.x].y = 0.0;
    }
  }
  kept[first] = count;
}
