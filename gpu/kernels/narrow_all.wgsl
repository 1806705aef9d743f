// What narrow.wgsl goes through: all points of an image at a cascade's first level, as expand.wgsl left them.
@group(0) @binding(6) var<uniform> sizes: Sizes; // of the first level
@group(0) @binding(7) var<storage, read> scores: array<f32>;            // [8 poses, pitch, lanes]
@group(0) @binding(8) var<storage, read> tops: array<f32>;              // [chunk, tiles]

fn itemsOf(image: u32) -> u32 { return 8u * sizes.columns * sizes.lanes; }

fn topOf(image: u32, thread: u32) -> f32 {
  var top = -1e30;
  for (var i = 0u; i < sizes.tiles; i++) { top = max(top, tops[image * sizes.tiles + i]); }
  return top;
}

fn scoreAt(image: u32, item: u32) -> f32 {
  let own = sizes.columns * sizes.lanes;
  return scores[item / own * sizes.pitch * sizes.lanes + image * own + item % own];
}

// (direction, angle, shift); quarter turns of the poses: 0 2 1 3, at d and at -d.
fn pointAt(image: u32, item: u32) -> vec3u {
  let lane = item % sizes.lanes;
  let row = item / sizes.lanes;
  let c = row % sizes.columns;
  let pose = row / sizes.columns;
  let turn = ((pose & 1u) << 1u) | ((pose >> 1u) & 1u);
  return vec3u(
    lane + (pose >> 2u) * sizes.planes, turn * sizes.angles + c / sizes.shifts, c % sizes.shifts,
  );
}
