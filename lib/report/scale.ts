/** A mark on an axis; one without a label is a minor one. */
export interface Tick {
  readonly value: number;
  readonly label: string | null;
}

/** Where values lie on an axis. */
export interface Scale {
  /** Px of a value; values outside the domain lie outside the range. */
  readonly at: (value: number) => number;
  /** First and last value. */
  readonly domain: readonly [number, number];
  /** Px of both. */
  readonly range: readonly [number, number];
  readonly ticks: readonly Tick[];
}

/** 1, 2 or 5 times a power of ten: the smallest that is not below a value. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((m) => m * power >= least * (1 - 1e-9)) ?? 10);
}

/**
 * An axis in equal steps, 1, 2 or 5 times a power of ten.
 *
 * @param count most ticks wanted
 */
export function linearScale(
  [low, high]: readonly [number, number],
  range: readonly [number, number],
  { count = 6 }: { count?: number } = {},
): Scale {
  const step = roundStep((high - low) / count);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return {
    at: (value) => range[0] + (value - low) / (high - low) * (range[1] - range[0]),
    domain: [low, high],
    range,
    ticks: Array.from({ length: last - first + 1 }, (_, i) => {
      const value = (first + i) * step;
      return { value, label: (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits) };
    }),
  };
}

/** Decades below which a logarithmic axis has too few round numbers for ticks. */
const SHORT = 0.7;

/** 1 to 9 times every power of ten; of less than two decades 1, 2 and 5 have labels, else the powers. */
function decadeTicks(low: number, high: number, format: (value: number) => string): Tick[] {
  const labelled = high / low < 100 ? [1, 2, 5] : [1], ticks: Tick[] = [];
  for (let e = Math.floor(Math.log10(low)); 10 ** e <= high * (1 + 1e-9); e++) {
    for (let m = 1; m < 10; m++) {
      const value = m * 10 ** e;
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      ticks.push({ value, label: labelled.includes(m) ? format(value) : null });
    }
  }
  return ticks;
}

/** A logarithmic axis; its ticks are in equal steps if it is shorter than 0.7 decades. */
export function logScale(
  [low, high]: readonly [number, number],
  range: readonly [number, number],
  { format }: { format: (value: number) => string },
): Scale {
  const decades = Math.log10(high / low);
  const ticks = decades >= SHORT
    ? decadeTicks(low, high, format)
    : linearScale([low, high], range).ticks.map(({ value }) => ({ value, label: format(value) }));
  return {
    at: (value) => range[0] + Math.log10(value / low) / decades * (range[1] - range[0]),
    domain: [low, high],
    range,
    ticks,
  };
}
