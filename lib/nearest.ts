/**
 * Edits that turn one word into another: letters put in, left out, replaced, or two neighbours
 * exchanged, each letter touched once (optimal string alignment; Damerau, CACM 7:171 (1964)). Case does
 * not count.
 */
export function editDistance(from: string, to: string): number {
  const a = [...from.toLowerCase()], b = [...to.toLowerCase()];
  let before: number[] = [], above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above[j] + 1, row[j - 1] + 1);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = above;
    above = row;
  }
  return above[b.length];
}

/** The name most like a word, if it takes no more edits than a third of the letters, or two. */
export function nearestName(word: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined, least = Infinity;
  for (const name of names) {
    const distance = editDistance(word, name);
    if (distance < least) nearest = name, least = distance;
  }
  return least <= Math.max(2, word.length / 3) ? nearest : undefined;
}

/** "wanted one of a, b", after "did you mean b?" where a name is near. */
export function wantedNames(word: string, names: readonly string[]): string {
  const nearest = nearestName(word, names);
  return `${nearest === undefined ? "" : `did you mean ${nearest}? `}wanted one of ${
    names.join(", ")
  }`;
}
