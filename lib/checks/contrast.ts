import type { Contrast } from "../contrast.ts";
import { type Check, ok, type Sign, warning } from "./check.ts";

/** "0.31 ± 0.01 standard deviations above the corners" */
function describe({ mean, error }: Contrast): string {
  const digits = Math.max(1, -Math.floor(Math.log10(error || 1)) + 1);
  const side = mean >= 0 ? "above" : "below";
  return `their centres lie ${Math.abs(mean).toFixed(digits)} ± ${error.toFixed(digits)} ` +
    `standard deviations ${side} their corners`;
}

/** The sign of the particles: what was asked for, else what the images say, else white. */
export function contrastOf(measured: Contrast, sign: Sign): "white" | "black" {
  return sign === "auto" ? measured.particles ?? "white" : sign;
}

/**
 * Whether particles are white, as the likelihood wants them. What was asked for is done even where the
 * images contradict it.
 */
export const contrast: Check = ({ contrast: measured, sign }) => {
  const { particles: seen } = measured, chosen = contrastOf(measured, sign);
  const changed = chosen === "black" ? "; their sign is changed" : "";
  const say = (verdict: string) => `${verdict}: ${describe(measured)}${changed}`;
  if (sign === "auto") {
    if (seen) return ok(say(`${seen} particles`));
    return warning(
      `${say("taken to be white, which the images do not say")}; --contrast if you know`,
    );
  }
  return seen !== undefined && seen !== sign
    ? warning(say(`${sign} particles as asked for, but the images look ${seen}`))
    : ok(say(`${sign} particles as asked for`));
};
