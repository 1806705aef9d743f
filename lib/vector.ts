/** Numbers in a row, such as voxels or a gradient. */
export type Vector = Float32Array | Float64Array;

/** a . b, summed in float64. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** |a|, summed in float64. */
export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}
