// Coefficients to their parts under the symmetries of the lattice, or back; see lib/lattice.ts.
//
//     result[r] = sum over 4 terms of factor source[term]
//
// a row a thread row, four lanes a thread.
struct Widths { lanes: u32 } // of a row, in fours
@group(0) @binding(0) var<uniform> widths: Widths;
@group(0) @binding(1) var<storage, read> terms: array<vec4u>;           // [rows]
@group(0) @binding(2) var<storage, read> factors: array<vec4f>;         // [rows]
@group(0) @binding(3) var<storage, read> source: array<vec4f>;          // [3 n or rows, lanes]
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>;    // [rows or 3 n, lanes]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let w = widths.lanes;
  if (id.x >= w) { return; }
  let t = terms[id.y];
  let f = factors[id.y];
  var s = f.x * source[t.x * w + id.x];
  s = fma(vec4f(f.y), source[t.y * w + id.x], s);
  s = fma(vec4f(f.z), source[t.z * w + id.x], s);
  s = fma(vec4f(f.w), source[t.w * w + id.x], s);
  result[id.y * w + id.x] = s;
}
