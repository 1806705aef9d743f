// How much each coefficient of the density was seen: the weights of all slices at k = kx a + ky b and at -k,
// spread trilinearly, as a gather; see lib/diagonal.ts.
//
//     H(g) = sum_j sum_k hat(g - k) hat(g - k) hat(g - k) W_j(k),   hat(u) = max(0, 1 - |u|)
//
// One thread a coefficient of the work grid; M/2 and -M/2 are the same one.
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> lattice: array<i32>; // [2 reach + 1]^2: 0, i + 1 or -(i + 1) for the mate
@group(0) @binding(2) var<storage, read> frames: array<vec4f>;          // [lanes][2 a, 2 b]
@group(0) @binding(3) var<storage, read> weight: array<vec2f>;          // [planes, n], re and im alike
@group(0) @binding(4) var<storage, read_write> diagonal: array<f32>;    // [M, M, M]

fn seenAt(g: vec3f) -> f32 {
  let reach = sizes.reach;
  let row = 2 * reach + 1;
  var sum = 0.0;
  for (var j = 0u; j < sizes.planes; j++) {
    let a = 0.5 * frames[2u * j].xyz;
    let b = 0.5 * frames[2u * j + 1u].xyz;
    let normal = cross(a, b);
    let size = abs(normal);
    if (abs(dot(normal, g)) >= 1.001 * (size.x + size.y + size.z)) { continue; }
    let u = dot(a, g);
    let v = dot(b, g);
    let spanU = 1.001 * (abs(a.x) + abs(a.y) + abs(a.z));
    let spanV = 1.001 * (abs(b.x) + abs(b.y) + abs(b.z));
    let lastX = min(reach, i32(floor(u + spanU)));
    let lastY = min(reach, i32(floor(v + spanV)));
    for (var y = max(-reach, i32(ceil(v - spanV))); y <= lastY; y++) {
      for (var x = max(-reach, i32(ceil(u - spanU))); x <= lastX; x++) {
        let entry = lattice[(y + reach) * row + x + reach];
        if (entry == 0) { continue; }
        let hat = max(vec3f(0.0), 1.0 - abs(f32(x) * a + f32(y) * b - g));
        let w = weight[j * sizes.coefficients + u32(abs(entry)) - 1u].x;
        sum = fma(hat.x * hat.y * hat.z, w, sum);
      }
    }
  }
  return sum;
}

// The frequency of place i, or its other name if it is M/2.
fn frequency(i: u32, other: bool) -> f32 {
  let m = i32(sizes.workBox);
  let k = select(i32(i), i32(i) - m, 2 * i32(i) > m);
  return select(f32(k), -f32(k), other);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = sizes.workBox;
  if (id.x >= m * m * m) { return; }
  let place = vec3u(id.x % m, id.x / m % m, id.x / (m * m));
  let twice = vec3u(2u * place == vec3u(m));
  var sum = 0.0;
  for (var z = 0u; z <= twice.z; z++) {
    for (var y = 0u; y <= twice.y; y++) {
      for (var x = 0u; x <= twice.x; x++) {
        sum += seenAt(vec3f(
          frequency(place.x, x == 1u), frequency(place.y, y == 1u), frequency(place.z, z == 1u),
        ));
      }
    }
  }
  diagonal[id.x] = sum;
}
