// Listed points of an image together: the evidence, as evidence.wgsl has it; the most probable point; and each
// point's score to its share q of the posterior, in place, 0 where all such shares are less than `skip`.
// One workgroup an image.
@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<storage, read> found: array<vec4u>;           // [images of the minibatch] points
@group(0) @binding(3) var<storage, read> powers: array<f32>;            // [chunk]
@group(0) @binding(4) var<storage, read> outliers: array<f32>; // [images of the minibatch] log; below -1e29: none
@group(0) @binding(5) var<storage, read_write> points: array<vec2u>;    // [chunk, points] (number, bits of e, then q)
@group(0) @binding(6) var<storage, read_write> evidence: array<vec4f>;  // [images of the minibatch]
@group(0) @binding(7) var<storage, read_write> best: array<vec2u>; // [images of the minibatch] (bits of e, number)

struct Found { score: f32, at: u32 }
var<workgroup> tops: array<Found, 256>;
var<workgroup> shares: array<f32, 256>;

fn better(a: Found, b: Found) -> Found {
  if (b.score > a.score || (b.score == a.score && b.at < a.at)) { return b; }
  return a;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = group.x;
  let first = image * level.points;
  let count = found[call.first + image].x;
  var own = Found(-2e30, 0u);
  for (var p = thread; p < count; p += 256u) {
    own = better(own, Found(bitcast<f32>(points[first + p].y), p));
  }
  tops[thread] = own;
  for (var width = 128u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { tops[thread] = better(tops[thread], tops[thread + width]); }
  }
  workgroupBarrier();
  let top = tops[0].score;
  var sum = 0.0;
  for (var p = thread; p < count; p += 256u) { sum += exp(bitcast<f32>(points[first + p].y) - top); }
  shares[thread] = sum;
  for (var width = 128u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shares[thread] += shares[thread + width]; }
  }
  workgroupBarrier();
  let poses = shares[0];
  var both = top;
  var all = poses;
  let outlier = outliers[call.first + image];
  if (outlier > -1e29) {
    let other = fma(call.beta, powers[image], outlier);
    both = max(top, other);
    all = poses * exp(top - both) + exp(other - both);
  }
  if (thread == 0u) {
    evidence[call.first + image] = vec4f(both, all, powers[image], poses);
    if (count > 0u) {
      best[call.first + image] = vec2u(bitcast<u32>(top), points[first + tops[0].at].x);
    } else {
      best[call.first + image] = vec2u(0u);
    }
  }
  storageBarrier();
  let least = call.skip / f32(max(count, 1u));
  for (var p = thread; p < count; p += 256u) {
    let q = exp(bitcast<f32>(points[first + p].y) - both) / all;
    points[first + p].y = bitcast<u32>(select(0.0, q, q >= least));
  }
}
