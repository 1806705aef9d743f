import type { Prior } from "./prior.ts";

/**
 * Exponential above zero, exp(-lambda |v|^3) below: Punjani & Brubaker, Sec. 3.
 *
 *     -log p = sum_x  lambdaPlus v          v >= 0      gradient  lambdaPlus
 *                     lambdaMinus |v|^3     v < 0                 -3 lambdaMinus v^2
 *
 * @param lambdaPlus per unit of density; 1e-4 for the paper's synthetic set, 3e-2 for its real one
 * @param lambdaMinus per cubed unit of density; 1e-4
 */
export function sparse(
  { lambdaPlus = 1e-4, lambdaMinus = 1e-4 }: { lambdaPlus?: number; lambdaMinus?: number } = {},
): Prior {
  for (const [name, value] of Object.entries({ lambdaPlus, lambdaMinus })) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(`Cannot make prior sparse: ${name} ${value}, wanted a number >= 0`);
    }
  }
  return {
    name: "sparse",
    formula: `exp(-${lambdaPlus} v) for v >= 0, exp(-${lambdaMinus} |v|^3) for v < 0`,
    accumulate(voxels, gradient, scale) {
      let plus = 0, minus = 0;
      for (let i = 0; i < voxels.length; i++) {
        const v = voxels[i];
        if (v >= 0) {
          plus += v;
          gradient[i] += scale * lambdaPlus;
        } else {
          minus -= v * v * v;
          gradient[i] -= 3 * scale * lambdaMinus * v * v;
        }
      }
      return scale * (lambdaPlus * plus + lambdaMinus * minus);
    },
    toJSON: () => ({ name: "sparse", lambdaPlus, lambdaMinus }),
  };
}
