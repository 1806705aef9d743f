/** What `info` says about a file: plain data, to be printed by the caller. */
export interface FileDescription {
  /** The file. */
  readonly path: string;
  /** "MRC map", "MRC stack", "STAR particles", "STAR", "cryoSPARC particles", "cryoSPARC table". */
  readonly format: string;
  /** Label and value of each line, in order. */
  readonly entries: readonly (readonly [label: string, value: string])[];
  /** What will be refused, or looks wrong, one line each. */
  readonly warnings: readonly string[];
}

/** Where a description looks for the files that a file names. */
export interface DescribeOptions {
  /** Directory to which RELION's names are relative. */
  readonly projectDirectory?: string;
  /** Searched before all others. */
  readonly dataDirectory?: string;
  /** Passthrough files of a .cs. */
  readonly passthrough?: readonly string[];
}

/** A number with six significant digits, without trailing zeros. */
export function sixDigits(x: number): string {
  return String(Number(x.toPrecision(6)));
}

/** "1 to 3 A", or "2 A" when all are equal. */
export function rangeOf(values: ArrayLike<number>, unit: string): string {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const text = low === high ? sixDigits(low) : `${sixDigits(low)} to ${sixDigits(high)}`;
  return `${text} ${unit}`.trim();
}
