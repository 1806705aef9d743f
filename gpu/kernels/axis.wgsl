// One axis of a separable Fourier transform, or of its adjoint:
//
//     target(c, o) = sum_i table[o][i] source(c, i)
//
// Columns c = (outer, inner); strides say where c, i and o lie, in numbers: complex ones, or real ones where
// the source or the target is real.
struct Axis {
  columns: u32, inner: u32, inputs: u32, outputs: u32,
  sourceOuter: u32, sourceInner: u32, sourceStep: u32, sourceReal: u32,
  targetOuter: u32, targetInner: u32, targetStep: u32, targetReal: u32,
  targetFirst: u32,
}
@group(0) @binding(0) var<uniform> axis: Axis;
@group(0) @binding(1) var<storage, read> table: array<vec2f>;           // [outputs, inputs]
@group(0) @binding(2) var<storage, read> source: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let o = id.y;
  if (c >= axis.columns) { return; }
  let outer = c / axis.inner;
  let inner = c % axis.inner;
  var at = outer * axis.sourceOuter + inner * axis.sourceInner;
  let first = o * axis.inputs;
  var s = vec2f(0.0);
  if (axis.sourceReal == 1u) {
    for (var i = 0u; i < axis.inputs; i++) {
      s = fma(table[first + i], vec2f(source[at]), s);
      at += axis.sourceStep;
    }
  } else {
    for (var i = 0u; i < axis.inputs; i++) {
      let t = table[first + i];
      let v = vec2f(source[2u * at], source[2u * at + 1u]);
      s = fma(vec2f(t.x), v, s);
      s = fma(vec2f(-t.y, t.y), v.yx, s);
      at += axis.sourceStep;
    }
  }
  let to = axis.targetFirst + outer * axis.targetOuter + inner * axis.targetInner +
    o * axis.targetStep;
  if (axis.targetReal == 1u) {
    result[to] = s.x;
  } else {
    result[2u * to] = s.x;
    result[2u * to + 1u] = s.y;
  }
}
