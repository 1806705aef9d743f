// Scores of listed points, a thread a point:
//
//     e = beta sum_k Re(conj P(k) X(k) exp(2 pi i k.t / N)) + C(k) |P(k)|^2 + log w
//
// with P the slice as one of the eight poses sees it; see lib/lattice.ts. X, C as turn.wgsl has them, t = 0.
@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<uniform> call: Call;
@group(0) @binding(3) var<storage, read> found: array<vec4u>;           // [images of the minibatch] points
@group(0) @binding(4) var<storage, read> slices: array<vec2f>;          // [planes, n]
@group(0) @binding(5) var<storage, read> rows: array<f32>;              // [3 n, pitch]
@group(0) @binding(6) var<storage, read> views: array<i32>; // [8, n] i + 1, or -(i + 1) where it is conjugated
@group(0) @binding(7) var<storage, read> k: array<vec2f>;               // [n]
@group(0) @binding(8) var<storage, read> turns: array<vec2f>; // [I/4] cosine, sine, then 0, then [S] 2 pi t / N
@group(0) @binding(9) var<storage, read> logs: array<f32>;              // [planes] log w of d, then [S] of psi and t
@group(0) @binding(10) var<storage, read_write> points: array<vec2u>;   // [chunk, points] (number, bits of e)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = group.y;
  let n = sizes.coefficients;
  let count = found[call.first + image].x;
  for (var p = 64u * group.x + thread; p < count; p += 64u * groups.x) {
    let number = points[image * level.points + p].x;
    let point = pointOf(number, level.angles, level.shifts);
    let mirror = select(0u, 1u, point.x >= sizes.planes);
    let plane = point.x - mirror * sizes.planes;
    let h = point.y % sizes.angles;
    let view = (4u * mirror + point.y / sizes.angles) * n;
    let turn = turns[h];
    let shift = turns[sizes.angles + 1u + point.z];
    var column = image * sizes.columns + h;
    var matched = 0.0;
    var power = 0.0;
    for (var i = 0u; i < n; i++) {
      let seen = views[view + i];
      var q = slices[plane * n + u32(abs(seen)) - 1u];
      q.y *= f32(sign(seen));
      let x = vec2f(rows[column], rows[column + n * sizes.pitch]);
      power = fma(rows[column + 2u * n * sizes.pitch], dot(q, q), power);
      column += sizes.pitch;
      if (level.shifts == 1u) {
        matched = fma(q.x, x.x, fma(q.y, x.y, matched));
      } else {
        let turned = vec2f(turn.x * k[i].x - turn.y * k[i].y, turn.y * k[i].x + turn.x * k[i].y);
        let angle = dot(shift, turned);
        let re = q.x * x.x + q.y * x.y;
        let im = q.x * x.y - q.y * x.x;
        matched = fma(re, sine(angle + 1.57079633), fma(-im, sine(angle), matched));
      }
    }
    let e = fma(call.beta, matched + power, logs[plane] + logs[sizes.planes + point.z]);
    points[image * level.points + p].y = bitcast<u32>(e);
  }
}
