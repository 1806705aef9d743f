// Power of images in the unturned band, one workgroup an image: sum of |D|^2 by shell round(|k|), and
// over sigma^2 in all, |D|^2 / 2 over both Friedel halves, where turn.wgsl looks for it: the last number of the
// image's transfer.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call; // first: place of the first image
@group(0) @binding(2) var<uniform> kernel: Window;
@group(0) @binding(3) var<storage, read> patches: array<vec2f>;         // [images, height, width]
@group(0) @binding(4) var<storage, read> k: array<vec2f>;               // [n]
@group(0) @binding(5) var<storage, read> shells: array<u32>; // [shells + 1] first of each, then [n] coefficients
@group(0) @binding(6) var<storage, read> inverse: array<f32>;           // [shells] 1 / sigma^2
@group(0) @binding(7) var<storage, read_write> transfers: array<vec4f>; // [images][2]
@group(0) @binding(8) var<storage, read_write> powers: array<f32>;      // [images, shells]

var<workgroup> sums: array<f32, 64>;

// |D|^2 of a coefficient, on whole g = 2 k, k.x >= 0.
fn squareOf(image: u32, i: u32) -> f32 {
  let g = 2.0 * k[i];
  let first = vec2i(ceil(g - 3.0)) + vec2i(3, sizes.half);
  let x = taps(kernel, g.x);
  let y = taps(kernel, g.y);
  let xs = array<f32, 6>(x.a.x, x.a.y, x.a.z, x.b.x, x.b.y, x.b.z);
  let ys = array<f32, 6>(y.a.x, y.a.y, y.a.z, y.b.x, y.b.y, y.b.z);
  var d = vec2f(0.0);
  for (var v = 0u; v < 6u; v++) {
    let at = (image * sizes.height + u32(first.y) + v) * sizes.width + u32(first.x);
    var s = vec2f(0.0);
    for (var u = 0u; u < 6u; u++) { s = fma(vec2f(xs[u]), patches[at + u], s); }
    d = fma(vec2f(ys[v]), s, d);
  }
  return dot(d, d);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = call.first + group.x;
  var sum = 0.0;
  for (var shell = lane; shell < sizes.shells; shell += 64u) {
    var power = 0.0;
    for (var e = shells[shell]; e < shells[shell + 1u]; e++) {
      power += squareOf(image, shells[sizes.shells + 1u + e]);
    }
    powers[image * sizes.shells + shell] = power;
    sum = fma(inverse[shell], power, sum);
  }
  sums[lane] = sum;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) { sums[lane] += sums[lane + width]; }
  }
  if (lane == 0u) { transfers[2u * image + 1u].w = sums[0]; }
}
