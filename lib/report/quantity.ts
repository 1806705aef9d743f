const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

/** Three significant digits with a decimal prefix: 1.2e12, "flop" is "1.20 Tflop". */
export function withPrefix(value: number, unit: string): string {
  let scaled = value, prefix = 0;
  while (Math.abs(scaled) >= 999.5 && prefix < PREFIXES.length - 1) scaled /= 1000, prefix++;
  const digits = Number.isInteger(scaled) && prefix === 0 ? String(scaled) : scaled.toPrecision(3);
  return `${digits} ${PREFIXES[prefix]}${unit}`.trim();
}

/** A count with its thousands apart: 50,000. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count as on the paper's axes: 500, 5K, 50K, 1M. */
export function shortCount(value: number): string {
  const [scaled, letter] = value >= 1e6
    ? [value / 1e6, "M"]
    : value >= 1e3
    ? [value / 1e3, "K"]
    : [value, ""];
  return `${Number(scaled.toPrecision(3))}${letter}`;
}

/** Seconds for people: 0.85 s, 12.3 s, 4 min 05 s, 2 h 10 min. */
export function formatSeconds(seconds: number): string {
  if (seconds < 99.95) return `${seconds.toPrecision(seconds < 1 ? 2 : 3)} s`;
  const two = (n: number) => String(n).padStart(2, "0");
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** m x 10^e, to three digits, the exponent raised: 1e12 is "10\u00b9\u00b2". */
export function powerOfTen(value: number): string {
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const m = Number((value / 10 ** exponent).toPrecision(3));
  const raised = [...String(exponent)].map((c) => c === "-" ? "\u207b" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])
    .join("");
  return `${m === 1 ? "" : `${m}\u00b7`}10${raised}`;
}
