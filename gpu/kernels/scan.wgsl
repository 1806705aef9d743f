// Sums over the 256 threads of a workgroup, in their order.
var<workgroup> sums: array<u32, 256>;
var<workgroup> sumOfAll: u32;

// Sum of the values of the threads before; total() has that of all.
fn before(thread: u32, value: u32) -> u32 {
  workgroupBarrier();
  sums[thread] = value;
  for (var width = 1u; width < 256u; width *= 2u) {
    workgroupBarrier();
    var s = sums[thread];
    if (thread >= width) { s += sums[thread - width]; }
    workgroupBarrier();
    sums[thread] = s;
  }
  if (thread == 255u) { sumOfAll = sums[thread]; }
  workgroupBarrier();
  return sums[thread] - value;
}

fn total() -> u32 { return workgroupUniformLoad(&sumOfAll); }
