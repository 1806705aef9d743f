// Slices of the oversampled grid, the Fourier slice theorem:
//
//     P_j(k) = F(kx a_j + ky b_j) = sum over 6^3 taps of phi phi phi F,   F(-g) = conj F(g)
//
// one thread a coefficient. Also (re, im, |P|^2) as rows of lanes, to be sorted.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> kernel: Window;
@group(0) @binding(2) var<storage, read> k: array<vec2f>;               // [n]
@group(0) @binding(3) var<storage, read> frames: array<vec4f>;          // [lanes][2 a, 2 b], grid units
@group(0) @binding(4) var<storage, read> grid: array<vec2f>;            // [height, height, width]
@group(0) @binding(5) var<storage, read_write> slices: array<vec2f>;    // [planes, n]
@group(0) @binding(6) var<storage, read_write> rows: array<f32>;        // [3 n, lanes]

fn line(at: u32, x: Taps) -> vec2f {
  var s = x.a.x * grid[at];
  s = fma(vec2f(x.a.y), grid[at + 1u], s);
  s = fma(vec2f(x.a.z), grid[at + 2u], s);
  s = fma(vec2f(x.b.x), grid[at + 3u], s);
  s = fma(vec2f(x.b.y), grid[at + 4u], s);
  return fma(vec2f(x.b.z), grid[at + 5u], s);
}

fn plane(at: u32, x: Taps, y: Taps) -> vec2f {
  let w = sizes.width;
  var s = y.a.x * line(at, x);
  s = fma(vec2f(y.a.y), line(at + w, x), s);
  s = fma(vec2f(y.a.z), line(at + 2u * w, x), s);
  s = fma(vec2f(y.b.x), line(at + 3u * w, x), s);
  s = fma(vec2f(y.b.y), line(at + 4u * w, x), s);
  return fma(vec2f(y.b.z), line(at + 5u * w, x), s);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let i = id.y;
  let q = k[i].x * frames[2u * j].xyz + k[i].y * frames[2u * j + 1u].xyz;
  let mate = select(1.0, -1.0, q.x < 0.0);
  let g = mate * q;
  let first = vec3i(ceil(g - 3.0)) + vec3i(3, sizes.half, sizes.half);
  let at = (u32(first.z) * sizes.height + u32(first.y)) * sizes.width + u32(first.x);
  let x = taps(kernel, g.x);
  let y = taps(kernel, g.y);
  let z = taps(kernel, g.z);
  let layer = sizes.width * sizes.height;
  var s = z.a.x * plane(at, x, y);
  s = fma(vec2f(z.a.y), plane(at + layer, x, y), s);
  s = fma(vec2f(z.a.z), plane(at + 2u * layer, x, y), s);
  s = fma(vec2f(z.b.x), plane(at + 3u * layer, x, y), s);
  s = fma(vec2f(z.b.y), plane(at + 4u * layer, x, y), s);
  s = fma(vec2f(z.b.z), plane(at + 5u * layer, x, y), s);
  s.y *= mate;
  let n = sizes.coefficients;
  rows[i * sizes.lanes + j] = s.x;
  rows[(n + i) * sizes.lanes + j] = s.y;
  rows[(2u * n + i) * sizes.lanes + j] = dot(s, s);
  if (j < sizes.planes) { slices[j * n + i] = s; }
}
