// Listed points to the gradient's sums: rows (+)= sum of q X exp(2 pi i k.t / N) and of q C, as the slice sees
// them, over the points of its direction and the opposite one, images in order. One thread a coefficient,
// 64 of a plane a workgroup.
@group(0) @binding(0) var<uniform> level: Level;
@group(0) @binding(1) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<uniform> call: Call;
@group(0) @binding(3) var<storage, read> points: array<vec2u>;          // [chunk, points] (number, bits of q)
@group(0) @binding(4) var<storage, read> marks: array<u32>;             // [chunk][mask, slots before][maskWords]
@group(0) @binding(5) var<storage, read> slots: array<u32>;             // [chunk][slots + 1] first point, [slots] -
@group(0) @binding(6) var<storage, read> columns: array<f32>;           // [pitch, 3 n]
@group(0) @binding(7) var<storage, read> views: array<i32>; // [8, n] the inverse of what compare.wgsl has
@group(0) @binding(8) var<storage, read> k: array<vec2f>;               // [n]
@group(0) @binding(9) var<storage, read> turns: array<vec2f>; // [I/4] cosine, sine, then 0, then [S] 2 pi t / N
@group(0) @binding(10) var<storage, read_write> rows: array<f32>;       // [3 n, lanes]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let n = sizes.coefficients;
  let i = 64u * group.x + thread;
  let plane = group.y;
  if (i >= n) { return; }
  let to = i * sizes.lanes + plane;
  let span = n * sizes.lanes;
  var g = vec3f(0.0);
  if (call.accumulate == 1u) { g = vec3f(rows[to], rows[to + span], rows[to + 2u * span]); }
  for (var image = 0u; image < call.count; image++) {
    for (var mirror = 0u; mirror < 2u; mirror++) {
      let direction = plane + mirror * sizes.planes;
      let word = image * 2u * level.maskWords + direction / 32u;
      let mask = marks[word];
      let bit = 1u << (direction % 32u);
      if ((mask & bit) == 0u) { continue; }
      let slot = image * (2u * level.slots + 1u) + marks[word + level.maskWords] +
        countOneBits(mask & (bit - 1u));
      let last = slots[slot + 1u];
      for (var p = slots[slot]; p < last; p++) {
        let entry = points[image * level.points + p];
        let q = bitcast<f32>(entry.y);
        if (q == 0.0) { continue; }
        let point = pointOf(entry.x, level.angles, level.shifts);
        let h = point.y % sizes.angles;
        let seen = views[(4u * mirror + point.y / sizes.angles) * n + i];
        let place = u32(abs(seen)) - 1u;
        let column = (image * sizes.columns + h) * 3u * n + place;
        var x = vec2f(columns[column], columns[column + n]);
        if (level.shifts > 1u) {
          let turn = turns[h];
          let at = k[place];
          let turned = vec2f(turn.x * at.x - turn.y * at.y, turn.y * at.x + turn.x * at.y);
          let angle = dot(turns[sizes.angles + 1u + point.z], turned);
          let c = sine(angle + 1.57079633);
          let s = sine(angle);
          x = vec2f(x.x * c - x.y * s, x.x * s + x.y * c);
        }
        x.y *= f32(sign(seen));
        g = fma(vec3f(q), vec3f(x, columns[column + 2u * n]), g);
      }
    }
  }
  rows[to] = g.x;
  rows[to + span] = g.y;
  rows[to + 2u * span] = g.z;
}
