/** log(exp(a) + exp(b)), without overflow; a itself where b is -Infinity. */
export function logAdd(a: number, b: number): number {
  return b === -Infinity ? a : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
