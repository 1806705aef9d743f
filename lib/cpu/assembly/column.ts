// Images as the poses of a refined level see them: vectors of [3][padded], (re, im) of 2 c d and -c^2.
import { turnColumn } from "./turn";
import {
  anglesOf, coefficientCount, columnsAt, frequenciesX, frequenciesY, halfOf, noiseWeights,
  paddedCount, permutations, pitchOf, polynomialsOf, quarterCount, turnedAt,
} from "./level";

/** The image at quarter angle h, turned when it is first needed. */
// @ts-ignore: decorator
@inline
export function columnOf(level: usize, work: usize, patch: usize, parameters: usize, h: usize): usize {
  const padded = paddedCount(level);
  const column = work + columnsAt(level) + h * <usize>padded * 12;
  const turned = work + turnedAt(level) + (h << 2);
  if (load<i32>(turned) == 0) {
    store<i32>(turned, 1);
    turnColumn(
      column, patch, pitchOf(level), halfOf(level), polynomialsOf(level), frequenciesX(level),
      frequenciesY(level), coefficientCount(level), padded, parameters,
      load<f32>(anglesOf(level) + (h << 3)), load<f32>(anglesOf(level) + (h << 3), 4),
      noiseWeights(level),
    );
  }
  return column;
}

/** out[3][padded] = a column with its coefficients where one of the eight poses has them in a slice. */
function arrange(out: usize, column: usize, table: usize, n: i32, padded: i32): void {
  const span = <usize>padded << 2;
  for (let i: usize = 0; i < <usize>n << 2; i += 4, table += 8) {
    const to = out + <usize>load<i32>(table);
    store<f32>(to, load<f32>(column + i));
    store<f32>(to + span, load<f32>(table, 4) * load<f32>(column + span + i));
    store<f32>(to + 2 * span, load<f32>(column + 2 * span + i));
  }
}

/**
 * The image at quarter angle h as one of the eight poses sees it, to be multiplied with a slice as it
 * is; made when it is first needed.
 */
// @ts-ignore: decorator
@inline
export function poseColumnOf(
  level: usize, work: usize, patch: usize, parameters: usize, pose: usize, h: usize,
): usize {
  const column = columnOf(level, work, patch, parameters, h);
  if (pose == 0) return column;
  const n = coefficientCount(level), padded = paddedCount(level);
  const place = pose * <usize>quarterCount(level) + h;
  const own = work + columnsAt(level) + place * <usize>padded * 12;
  const made = work + turnedAt(level) + (place << 2);
  if (load<i32>(made) == 0) {
    store<i32>(made, 1);
    arrange(own, column, permutations(level) + pose * <usize>n * 8, n, padded);
  }
  return own;
}
