// The most probable pose that a tile of 64 planes holds of an image: its score and its position
// (pose columns + column) lanes + lane, the first of equals.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> products: array<vec4f>;        // [8, pitch, lanes]
@group(0) @binding(3) var<storage, read> planeLog: array<vec4f>;        // [lanes]
@group(0) @binding(4) var<storage, read> columnLog: array<f32>;         // [columns]
@group(0) @binding(5) var<storage, read_write> best: array<vec2u>; // [images of the minibatch, tiles] (bits of f32, position)

struct Found { score: f32, at: u32 }
var<workgroup> found: array<Found, 64>;

fn better(a: Found, b: Found) -> Found {
  if (b.score > a.score || (b.score == a.score && b.at < a.at)) { return b; }
  return a;
}

fn among(f: Found, e: vec4f, position: u32) -> Found {
  var r = better(f, Found(e.x, position));
  r = better(r, Found(e.y, position + 1u));
  r = better(r, Found(e.z, position + 2u));
  return better(r, Found(e.w, position + 3u));
}

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let lanes = sizes.lanes / 4u;
  let plane = sizes.pitch * lanes;
  let lane = 16u * group.x + local.x;
  let log = planeLog[lane];
  var top = Found(-2e30, 0u);
  for (var c = local.y; c < sizes.columns; c += 4u) {
    let at = (group.y * sizes.columns + c) * lanes + lane;
    let p = Eight(
      products[at], products[at + plane], products[at + 2u * plane], products[at + 3u * plane],
      products[at + 4u * plane], products[at + 5u * plane], products[at + 6u * plane],
      products[at + 7u * plane],
    );
    let e = scoresOf(p, call.beta, log + columnLog[c]);
    let pose = sizes.columns * sizes.lanes;
    var position = c * sizes.lanes + 4u * lane;
    top = among(top, e.a, position); position += pose;
    top = among(top, e.b, position); position += pose;
    top = among(top, e.c, position); position += pose;
    top = among(top, e.d, position); position += pose;
    top = among(top, e.e, position); position += pose;
    top = among(top, e.f, position); position += pose;
    top = among(top, e.g, position); position += pose;
    top = among(top, e.h, position);
  }
  found[index] = top;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (index < width) { found[index] = better(found[index], found[index + width]); }
  }
  if (index == 0u) {
    best[(call.first + group.y) * sizes.tiles + group.x] =
      vec2u(bitcast<u32>(found[0].score), found[0].at);
  }
}
