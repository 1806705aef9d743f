import { writeVolume } from "../formats/mrc_write.ts";
import { compareHalfMaps, filterByFSC, type HalfMapAgreement } from "../half_maps.ts";
import { defineCommand } from "./command.ts";
import { readMap, readMask } from "./map_option.ts";
import { flag, text } from "./option.ts";
import { requireWriteBeside } from "./permission.ts";

/** "21.3 A", or "10.0 A or better (Nyquist)". */
export function describeResolution(resolution: number, finest: number, edge: string): string {
  const better = resolution <= 1.001 * finest;
  return `${resolution.toFixed(1)} A${better ? ` or better (${edge})` : ""}`;
}

/** A table of the curves, a line a shell. */
function describeCurves(
  { fsc, masked, randomized, corrected }: HalfMapAgreement,
  field: number,
): string[] {
  return Array.from(fsc, (_, s) =>
    [
      String(s).padStart(5),
      (s === 0 ? "-" : (field / s).toFixed(1)).padStart(9),
      ...[fsc, masked, randomized, corrected].map((curve) => curve[s].toFixed(3).padStart(10)),
    ].join(" "));
}

/** `fsc`: two half maps against each other. */
export const fsc = defineCommand({
  description:
    "How far two maps made from independent halves of the images agree: their Fourier shell " +
    "correlation, within a mask if one is given and then corrected for what the mask alone makes " +
    "(phase randomization), and the resolution at which it falls below 0.143. --out writes their " +
    "mean, filtered by it. The maps must lie on each other: nothing is aligned.",
  arguments: {
    half1: text({ value: "HALF1", summary: "map of one half, .mrc", required: true }),
    half2: text({
      value: "HALF2",
      summary: "map of the other half, on the same grid",
      required: true,
    }),
  },
  options: {
    mask: text({
      value: "FILE|A",
      summary: "compare within a mask: a file, or the radius of a soft sphere in A",
    }),
    out: text({ value: "FILE", summary: "write the mean weighted by sqrt(2 FSC / (1 + FSC))" }),
    json: flag("print JSON"),
  },
  examples: [
    { does: "two half maps", line: "run/half1.mrc run/half2.mrc" },
    {
      does: "within 120 A of the centre, and write the filtered mean",
      line: "run/half1.mrc run/half2.mrc --mask 120 --out run/filtered.mrc",
    },
  ],

  async run({ half1, half2, mask: maskName, out, json }, io) {
    if (out !== undefined) await requireWriteBeside(out);
    const a = await readMap(half1), b = await readMap(half2);
    const mask = maskName === undefined ? undefined : await readMask(maskName, a);
    const agreement = compareHalfMaps(a, b, { mask });
    if (out !== undefined) await writeVolume(out, filterByFSC(a, b, agreement.corrected));
    const { resolution143, randomizedFrom } = agreement, { boxSize, pixelSize } = a;
    if (json) {
      const lists = (["fsc", "masked", "randomized", "corrected"] as const)
        .map((name) => [name, [...agreement[name]]]);
      io.print(JSON.stringify({
        resolution143,
        randomizedFrom: mask ? randomizedFrom : null,
        boxSize,
        pixelSize,
        ...Object.fromEntries(lists),
      }));
      return;
    }
    const field = boxSize * pixelSize;
    io.print(
      [
        `resolution   ${describeResolution(resolution143, 2 * pixelSize, "Nyquist")} ` +
        "at FSC 0.143",
        ...mask
          ? [
            randomizedFrom > boxSize / 2
              ? "phases       not replaced: the FSC is 0.8 or more everywhere"
              : `phases       replaced beyond ${(field / randomizedFrom).toFixed(1)} A ` +
                `(shell ${randomizedFrom}) to see what the mask alone makes`,
          ]
          : [],
        "",
        "shell         A        FSC     masked     random  corrected",
        ...describeCurves(agreement, field),
      ].join("\n"),
    );
  },
});
