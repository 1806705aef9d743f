// sin(x) to 2^-23 for |x| up to 10^4; the built-in one need only be good to 2^-11.
fn sine(x: f32) -> f32 {
  let q = round(x * 0.318309886);
  // pi in three parts, the first two of 11 bits: q times them is exact
  let r = fma(q, -1.2154201e-10, fma(q, -1.5140573e-7, fma(q, -9.6750259e-4, fma(q, -3.140625, x))));
  let y = r * r;
  var p = fma(y, -2.5052108e-8, 2.7557319e-6);
  p = fma(p, y, -1.9841270e-4);
  p = fma(p, y, 8.3333333e-3);
  p = fma(p, y, -1.6666667e-1);
  let s = fma(r * y, p, r);
  return select(s, -s, (i32(q) & 1) == 1);
}
