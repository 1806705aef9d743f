import type { MRCStatistics } from "./mrc_header.ts";

/** Statistics of numbers that come in parts. */
export interface StatisticsAccumulator {
  /**
   * Takes more numbers in.
   *
   * @throws what `fail` makes of a number that is not finite
   */
  add(values: Float32Array): void;
  /** Of everything added; zeros if nothing was. */
  statistics(): MRCStatistics;
}

/**
 * Mean and squared deviation by parts (Chan, Golub & LeVeque 1979): with the mean m_b and sum of squared
 * deviations q_b of n_b new numbers, d = m_b - m: m += d n_b / n; q += q_b + d^2 n_a n_b / n.
 *
 * @param fail makes the error of a number that is not finite, from its position among all and its value
 */
export function accumulateStatistics(
  fail: (position: number, value: number) => Error,
): StatisticsAccumulator {
  let minimum = Infinity, maximum = -Infinity, count = 0, mean = 0, squares = 0;
  return {
    add(values) {
      let sum = 0;
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (!Number.isFinite(value)) throw fail(count + i, value);
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
        sum += value;
      }
      const partMean = sum / values.length;
      let partSquares = 0;
      for (let i = 0; i < values.length; i++) partSquares += (values[i] - partMean) ** 2;
      if (values.length === 0) return;
      const total = count + values.length, shift = partMean - mean;
      mean += shift * values.length / total;
      squares += partSquares + shift ** 2 * count * values.length / total;
      count = total;
    },
    statistics: () =>
      count === 0
        ? { minimum: 0, maximum: 0, mean: 0, rms: 0 }
        : { minimum, maximum, mean, rms: Math.sqrt(squares / count) },
  };
}
