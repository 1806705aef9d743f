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

/**
 * A logarithmic axis, with a tick at 1 to 9 times every power of ten. The powers have labels; 2 and 5
 * times as well on an axis of less than two decades, and 3 and 7 on one of less than half a decade.
 */
export function logScale(
  [low, high]: readonly [number, number],
  range: readonly [number, number],
  { format }: { format: (value: number) => string },
): Scale {
  const a = Math.log10(low), b = Math.log10(high);
  const labelled = b - a < 0.5 ? [1, 2, 3, 5, 7] : b - a < 2 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let e = Math.floor(a); e <= Math.floor(b + 1e-9); e++) {
    for (let m = 1; m < 10; m++) {
      const value = m * 10 ** e;
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      ticks.push({ value, label: labelled.includes(m) ? format(value) : null });
    }
  }
  return {
    at: (value) => range[0] + (Math.log10(value) - a) / (b - a) * (range[1] - range[0]),
    domain: [low, high],
    range,
    ticks,
  };
}
