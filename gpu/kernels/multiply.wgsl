// What a matrix product multiplies; its kernels are multiply_4x4.wgsl and multiply_8x8.wgsl.
//
//     result[m][j] = sum_s a[s][j] b[s][m]
//
// for eight pairs of row ranges. Products of slices and images: s runs over the rows of a group, m over
// columns, j over planes. Gradients: s runs over the columns of those images that matter to a tile of planes, m
// over the rows of a group; they are shared among G partial sums.
struct Task {
  a: u32,     // first row of a
  b: u32,     // where b begins, in fours: its first row and column
  result: u32, // first row of the result
  count: u32, // rows to sum over, unless listed
}
struct Product {
  tasks: array<Task, 8>,
  aPitch: u32,   // fours in a row of a
  bPitch: u32,   // fours in a row of b
  pitch: u32,    // fours in a row of the result
  groups: u32,   // G
  groupRows: u32, // rows of the result a group takes
  columns: u32,  // columns of an image
  chunk: u32,    // images in a list
}
@group(0) @binding(0) var<uniform> product: Product;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> kept: array<u32>; // [tiles][count, images...]
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>;

// Whether s runs over the columns of listed images.
override listed: bool = false;

// Range of s of a workgroup: group g of a task, tile t of planes.
fn rangeOf(task: Task, g: u32, t: u32) -> vec2u {
  if (!listed) { return vec2u(0u, task.count); }
  let all = kept[t * (product.chunk + 1u)] * product.columns;
  return vec2u(all * g / product.groups, all * (g + 1u) / product.groups);
}

fn rowOf(s: u32, t: u32) -> u32 {
  if (!listed) { return s; }
  return kept[t * (product.chunk + 1u) + 1u + s / product.columns] * product.columns +
    s % product.columns;
}
