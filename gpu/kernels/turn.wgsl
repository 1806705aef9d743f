// Images of a chunk as columns (image, angle, shift): with D the transform interpolated at turned k,
//
//     X = 2 c(k) D(k) exp(2 pi i k.t / N) / sigma^2,   C = -c(k)^2 / sigma^2,   c = scale exp(-decay k^2) sin(chi)
//
// as rows (re X, im X, C), one thread a coefficient and angle. C is -Omega c^2 / 2 sigma^2.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call;
@group(0) @binding(2) var<uniform> kernel: Window;
@group(0) @binding(3) var<storage, read> patches: array<vec2f>;         // [images, height, width]
@group(0) @binding(4) var<storage, read> transfers: array<vec4f>;       // [images][2]: chi's polynomial, power
@group(0) @binding(5) var<storage, read> places: array<vec2u>;          // (place of the image, place in the chunk)
@group(0) @binding(6) var<storage, read> k: array<vec2f>;               // [n]
@group(0) @binding(7) var<storage, read> turns: array<vec2f>;           // [I/4] cosine, sine, then [S] 2 pi t / N
@group(0) @binding(8) var<storage, read> noise: array<f32>;             // [n] 1 / sigma^2
@group(0) @binding(9) var<storage, read_write> rows: array<f32>;        // [3 n, pitch]
@group(0) @binding(10) var<storage, read_write> powers: array<f32>;      // [chunk] |D|^2 / 2

fn line(at: u32, x: Taps) -> vec2f {
  var s = x.a.x * patches[at];
  s = fma(vec2f(x.a.y), patches[at + 1u], s);
  s = fma(vec2f(x.a.z), patches[at + 2u], s);
  s = fma(vec2f(x.b.x), patches[at + 3u], s);
  s = fma(vec2f(x.b.y), patches[at + 4u], s);
  return fma(vec2f(x.b.z), patches[at + 5u], s);
}

fn transformAt(image: u32, q: vec2f) -> vec2f {
  let mate = select(1.0, -1.0, q.x < 0.0);
  let g = 2.0 * mate * q;
  let first = vec2i(ceil(g - 3.0)) + vec2i(3, sizes.half);
  let w = sizes.width;
  let at = (image * sizes.height + u32(first.y)) * w + u32(first.x);
  let x = taps(kernel, g.x);
  let y = taps(kernel, g.y);
  var s = y.a.x * line(at, x);
  s = fma(vec2f(y.a.y), line(at + w, x), s);
  s = fma(vec2f(y.a.z), line(at + 2u * w, x), s);
  s = fma(vec2f(y.b.x), line(at + 3u * w, x), s);
  s = fma(vec2f(y.b.y), line(at + 4u * w, x), s);
  s = fma(vec2f(y.b.z), line(at + 5u * w, x), s);
  return vec2f(s.x, mate * s.y);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let h = id.x % sizes.angles;
  let entry = id.x / sizes.angles;
  let i = id.y;
  if (entry >= call.count) { return; }
  let place = places[call.first + entry];
  let turn = turns[h];
  let q = vec2f(turn.x * k[i].x - turn.y * k[i].y, turn.y * k[i].x + turn.x * k[i].y);
  let d = transformAt(place.x, q);
  let a = transfers[2u * place.x];     // x^2, xy, y^2, k^4
  let b = transfers[2u * place.x + 1u]; // offset, decay, scale, power
  let k2 = dot(q, q);
  let chi = fma(a.x, q.x * q.x, fma(a.z, q.y * q.y, a.y * q.x * q.y)) + fma(a.w, k2 * k2, b.x);
  let c = b.z * exp(-b.y * k2) * sine(chi);
  let w = noise[i];
  let x = 2.0 * c * w * d;
  let n = sizes.coefficients;
  var column = place.y * sizes.columns + h * sizes.shifts;
  for (var s = 0u; s < sizes.shifts; s++) {
    let angle = dot(turns[sizes.angles + s], q);
    let p = vec2f(sine(angle + 1.57079633), sine(angle));
    rows[i * sizes.pitch + column] = x.x * p.x - x.y * p.y;
    rows[(n + i) * sizes.pitch + column] = x.x * p.y + x.y * p.x;
    rows[(2u * n + i) * sizes.pitch + column] = -c * c * w;
    column++;
  }
  if (i == 0u && h == 0u) { powers[place.y] = b.w; }
}
