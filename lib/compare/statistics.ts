/** Mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Standard deviation with n - 1; NaN of fewer than two. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (values.length - 1));
}

/** The middle value, or the mean of the two; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Student's t that |t| exceeds with probability 0.05, for 1 to 10 degrees of freedom. */
const T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/**
 * Half the width of the 95 % confidence interval of a mean, t s / sqrt(n) with t of Student for n - 1
 * degrees of freedom; beyond ten of them t = 1.96 + 2.4/f + 3/f^2, good to 0.002. NaN of fewer than two.
 */
export function confidence95(values: readonly number[]): number {
  const f = values.length - 1;
  const t = f < 1 ? NaN : T95[f - 1] ?? 1.96 + 2.4 / f + 3 / (f * f);
  return t * deviation(values) / Math.sqrt(values.length);
}
