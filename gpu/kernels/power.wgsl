// |D|^2 / 2 over both Friedel halves of the unturned band, one workgroup an image, where turn.wgsl looks
// for it: the last number of the image's transfer.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> call: Call; // first: place of the first image
@group(0) @binding(2) var<uniform> kernel: Window;
@group(0) @binding(3) var<storage, read> patches: array<vec2f>;         // [images, height, width]
@group(0) @binding(4) var<storage, read> k: array<vec2f>;               // [n]
@group(0) @binding(5) var<storage, read_write> transfers: array<vec4f>; // [images][2]

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = call.first + group.x;
  var sum = 0.0;
  for (var i = lane; i < sizes.coefficients; i += 64u) {
    // on whole g = 2 k, k.x >= 0
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
    sum += dot(d, d);
  }
  sums[lane] = sum;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) { sums[lane] += sums[lane + width]; }
  }
  if (lane == 0u) { transfers[2u * image + 1u].w = sums[0]; }
}
