import type { TuningSummary } from "./summary.ts";

/** What one value of a hyperparameter led to. */
export interface Candidate {
  readonly value: number;
  /** Held-out -log p at the end, nats an image; null if the run diverged. */
  readonly test: number | null;
  /** Image gradients it took. */
  readonly gradients: number;
}

/** How a value is searched for. */
export interface SearchOptions {
  /** The first value tried. */
  readonly start: number;
  /** Image gradients that may be spent in all. */
  readonly budget: number;
  /** Image gradients that a value is given. */
  readonly each: number;
  /** Factor between values of the first grid. */
  readonly ratio?: number;
  /** Tries a value. */
  try(value: number): Promise<Candidate>;
}

/** Values nearer than the ratio to this power are not told apart. */
const FINEST = 1 / 4;

/** Three digits are enough for a rate, and can be typed. */
const rounded = (value: number) => Number(value.toPrecision(3));

/**
 * Searches for the best value of a hyperparameter on a geometric grid: start / ratio, start, start ratio
 * first; while the best is the smallest or the largest value tried, the next beyond it; once it lies
 * between two others, the geometric mean of it and the better of its neighbours. It ends when another
 * value would pass the budget; extending the grid is paid from the same budget. A value that diverged is
 * worse than any that did not; if all did, the next is ratio^2 smaller.
 *
 * @returns if every value diverged, `chosen` is the smallest
 * @throws {RangeError} if the budget does not pay for three values.
 */
export async function searchValue(
  parameter: string,
  { start, budget, each, ratio = 3, try: attempt }: SearchOptions,
): Promise<TuningSummary> {
  if (!(start > 0) || !(each > 0) || !(budget >= 3 * each)) {
    throw new RangeError(
      `Cannot tune ${parameter}: from ${start} with ${budget} image gradients, ${each} a value, ` +
        "wanted a value above 0 and enough for three",
    );
  }
  /** By exponent of the ratio. */
  const found = new Map<number, Candidate>(), order: Candidate[] = [];
  let spent = 0;
  for (let next: number | undefined = 0; next !== undefined && spent + each <= budget;) {
    const candidate = await attempt(rounded(start * ratio ** next));
    found.set(next, candidate);
    order.push(candidate);
    spent += candidate.gradients;
    next = nextExponent(found);
  }
  const [at, best] = bestOf(found);
  const exponents = [...found.keys()];
  return {
    parameter,
    gradients: spent,
    candidates: order.map(({ value, test }) => ({ value, test })),
    chosen: best.value,
    atEdge: at === Math.min(...exponents) || at === Math.max(...exponents),
  };
}

const testOf = ({ test }: Candidate) => test ?? Infinity;

/** The best, with its exponent; the smallest if all diverged. */
function bestOf(found: ReadonlyMap<number, Candidate>): [number, Candidate] {
  const sorted = [...found].sort(([a], [b]) => a - b);
  return sorted.reduce((best, one) => testOf(one[1]) < testOf(best[1]) ? one : best);
}

/** Where to look next; undefined if the best value is known finely enough. */
function nextExponent(found: ReadonlyMap<number, Candidate>): number | undefined {
  const exponents = [...found.keys()].sort((a, b) => a - b);
  const [at, { test }] = bestOf(found);
  if (test === null) return exponents[0] - 2;
  const diverged = exponents.filter((e) => found.get(e)!.test === null);
  const first = [1, -1].find((e) => !found.has(e) && !(e > Math.min(...diverged)));
  if (found.size < 3 && first !== undefined) return first;
  const i = exponents.indexOf(at);
  if (i === 0) return at - 1;
  if (i === exponents.length - 1) return at + 1;
  const sides = [exponents[i - 1], exponents[i + 1]].filter((e) => Math.abs(e - at) > FINEST);
  if (sides.length === 0) return undefined;
  sides.sort((a, b) => testOf(found.get(a)!) - testOf(found.get(b)!));
  return (at + sides[0]) / 2;
}
