import { background } from "./background.ts";
import type { Check } from "./check.ts";
import { contrast } from "./contrast.ts";
import { defocus } from "./defocus.ts";
import { diameter } from "./diameter.ts";
import { duplicates } from "./duplicates.ts";
import { pixelSize } from "./pixel_size.ts";
import { pixels } from "./pixels.ts";
import { saturation } from "./saturation.ts";

/** The checks by name, in the order they are told. A new one: one file, one line here. */
export const checks = {
  contrast,
  "pixel size": pixelSize,
  defocus,
  diameter,
  pixels,
  duplicates,
  saturation,
  background,
} satisfies Record<string, Check>;
