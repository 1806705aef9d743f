const tables = new Map<number, Uint16Array>();

/** round(|k|) of every frequency of a grid, [M, M, M] as [kz, ky, kx] in a Diagonal's order; kept. */
export function shellsOf(boxSize: number): Uint16Array {
  const known = tables.get(boxSize);
  if (known) return known;
  const m = boxSize, shells = new Uint16Array(m ** 3);
  const axis = Float64Array.from({ length: m }, (_, i) => i <= m / 2 ? i : i - m);
  for (let z = 0, i = 0; z < m; z++) {
    for (let y = 0; y < m; y++) {
      for (let x = 0; x < m; x++, i++) {
        shells[i] = Math.round(Math.sqrt(axis[x] ** 2 + axis[y] ** 2 + axis[z] ** 2));
      }
    }
  }
  tables.set(boxSize, shells);
  return shells;
}

/** Mean of values over each shell of a grid, by shell. */
export function shellMeans(values: ArrayLike<number>, boxSize: number): Float64Array {
  const shells = shellsOf(boxSize), sums = new Float64Array(boxSize), counts = sums.slice();
  for (let i = 0; i < shells.length; i++) sums[shells[i]] += values[i], counts[shells[i]]++;
  return sums.map((sum, s) => counts[s] && sum / counts[s]);
}
