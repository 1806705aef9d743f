/**
 * Words of a STAR file: bytes of UTF-8 as texts and as numbers.
 */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Longest word that is put together letter by letter. */
const SHORT = 512;

/** The text of bytes from `from` to before `to`. */
export function decodeWord(bytes: Uint8Array, from: number, to: number): string {
  let ascii = to - from <= SHORT;
  for (let i = from; ascii && i < to; i++) ascii = bytes[i] < 0x80;
  const word = bytes.subarray(from, to);
  return ascii
    ? String.fromCharCode.apply(null, word as unknown as number[])
    : decoder.decode(word);
}

/**
 * A finite decimal number, or NaN for any other text: "nan", "inf", "", "0x10".
 */
export function parseNumber(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && /^\s*[-+.\d]/.test(text) && !/^\s*0[xob]/i.test(text)
    ? value
    : NaN;
}

/** Powers of ten that a float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const SPACE = 32, PLUS = 43, MINUS = 45, POINT = 46, ZERO = 48, NINE = 57;

/**
 * The number that the word from `from` to the next blank is, as parseNumber() of its text. Up to 15 digits
 * are a whole number that float64 holds exactly, and so is a power of ten up to 10^22: their quotient is
 * rounded once (Clinger 1990). Everything else goes by its text.
 */
export function decodeNumber(bytes: Uint8Array, from: number): number {
  const sign = bytes[from];
  let digits = 0, whole = 0, decimals = -1, code = SPACE;
  let at = sign === MINUS || sign === PLUS ? from + 1 : from;
  for (; at < bytes.length && (code = bytes[at]) > SPACE; at++) {
    if (code >= ZERO && code <= NINE) {
      whole = 10 * whole + code - ZERO;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (code === POINT && decimals < 0) decimals = 0;
    else digits = 16;
  }
  if (digits === 0 || digits > 15) return parseNumber(decodeWord(bytes, from, at));
  const value = decimals > 0 ? whole / POWERS[decimals] : whole;
  return sign === MINUS ? -value : value;
}
