/** A point of a drawing, px. */
export type Point = readonly [number, number];

/** Px: columns within which a line is thinned. */
const COLUMN = 2;

/**
 * Thins a line that runs from left to right: of the points in one column, two px wide, the first, the
 * lowest, the highest and the last stay, in their order. So no extreme is lost, nor moved by more than a
 * column, and the rest cannot be told apart on a screen.
 */
export function thin(points: readonly Point[], column = COLUMN): Point[] {
  const kept: Point[] = [];
  for (let from = 0; from < points.length;) {
    const place = Math.floor(points[from][0] / column);
    let to = from, low = from, high = from;
    while (to < points.length && Math.floor(points[to][0] / column) === place) {
      if (points[to][1] < points[low][1]) low = to;
      if (points[to][1] > points[high][1]) high = to;
      to++;
    }
    const places = [...new Set([from, Math.min(low, high), Math.max(low, high), to - 1])];
    kept.push(...places.map((i) => points[i]));
    from = to;
  }
  return kept;
}

/**
 * The line between two curves over the same places, thinned: of each column the place, the least of the
 * lower and the most of the upper one. In px, where up is less.
 */
export function thinBand(
  upper: readonly Point[],
  lower: readonly Point[],
  column = COLUMN,
): { upper: Point[]; lower: Point[] } {
  const kept = { upper: [] as Point[], lower: [] as Point[] };
  for (let from = 0; from < upper.length;) {
    const place = Math.floor(upper[from][0] / column);
    let to = from, top = Infinity, bottom = -Infinity;
    for (; to < upper.length && Math.floor(upper[to][0] / column) === place; to++) {
      top = Math.min(top, upper[to][1]);
      bottom = Math.max(bottom, lower[to][1]);
    }
    for (const x of new Set([upper[from][0], upper[to - 1][0]])) {
      kept.upper.push([x, top]);
      kept.lower.push([x, bottom]);
    }
    from = to;
  }
  return kept;
}

/** Px beyond which nothing is seen, so that a diverging line is not written in full. */
const FAR = 5000;

/** Path data through points, to a tenth of a px, each relative to the one before. */
export function linePath(points: readonly Point[]): string {
  // In tenths of a px, whole numbers: rounding does not add up.
  const tenths = points.map((point) =>
    point.map((v) => Math.round(10 * Math.min(FAR, Math.max(-FAR, v))))
  );
  const number = (v: number) => String(v / 10).replace(/^(-?)0\./, "$1.");
  const steps = tenths.map(([x, y], i) => {
    const [fromX, fromY] = tenths[i - 1] ?? [0, 0];
    return `${number(x - fromX)} ${number(y - fromY)}`;
  });
  const rest = steps.length > 1 ? `l${steps.slice(1).join(" ")}` : "";
  return `M${steps[0]}${rest}`.replaceAll(" -", "-");
}

/**
 * Moves labels apart: places nearest to the wanted ones, in the least squares, at least a gap from each
 * other and within bounds. With z_i = y_i - i gap, y sorted, that is isotonic regression: neighbours in
 * the wrong order are pooled into their mean (Barlow et al., 1972).
 *
 * @returns places in the order of the wanted ones
 */
export function spread(
  wanted: readonly number[],
  { gap, low, high }: { gap: number; low: number; high: number },
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const pools: { sum: number; count: number }[] = [];
  order.forEach((i, rank) => {
    let pool = { sum: wanted[i] - rank * gap, count: 1 };
    for (;;) {
      const above = pools.at(-1);
      if (!above || above.sum / above.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: above.sum + pool.sum, count: above.count + pool.count };
    }
    pools.push(pool);
  });
  const last = Math.max(low, high - (wanted.length - 1) * gap);
  const places = new Array<number>(wanted.length);
  let rank = 0;
  for (const { sum, count } of pools) {
    const z = Math.min(last, Math.max(low, sum / count));
    for (let i = 0; i < count; i++, rank++) places[order[rank]] = z + rank * gap;
  }
  return places;
}
