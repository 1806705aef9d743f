import { evaluate as compare, type Evaluation } from "../evaluate.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import { angleBetween, eulerFromRotation } from "../rotation.ts";
import { defineCommand } from "./command.ts";
import { readMap, readMask } from "./map_option.ts";
import { flag, text } from "./option.ts";
import { requireWriteBeside } from "./permission.ts";

/** Everything that is known, for programs. */
function asJSON({ aligned, alignment, curve, ...scores }: Evaluation): string {
  const { mirrored, handEvidence, rotation, shift, radius, score } = alignment;
  return JSON.stringify(
    {
      resolutionHalf: scores.resolutionHalf,
      resolution0143: scores.resolution0143,
      correlation: scores.correlation,
      mirrored,
      handEvidence,
      euler: eulerFromRotation(rotation),
      rotation: [...rotation],
      shift: [...shift].map((x) => x * aligned.pixelSize),
      alignedTo: { radius, score },
      boxSize: aligned.boxSize,
      pixelSize: aligned.pixelSize,
      fsc: [...curve],
    },
    null,
    2,
  );
}

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The same for people: a line for each finding, then the FSC of each shell. */
function asText({ aligned, alignment, curve, ...scores }: Evaluation): string {
  const { boxSize, pixelSize } = aligned,
    { rot, tilt, psi } = eulerFromRotation(alignment.rotation);
  const resolution = (a: number) => `${a.toFixed(1)} A${a <= 2 * pixelSize ? " (Nyquist)" : ""}`;
  const angle = angleBetween(alignment.rotation, IDENTITY) * 180 / Math.PI;
  const shells = Array.from(curve, (fsc, shell) => {
    const wavelength = shell === 0 ? "-" : (boxSize * pixelSize / shell).toFixed(1);
    return `${String(shell).padStart(5)} ${wavelength.padStart(9)} ${fsc.toFixed(3).padStart(7)}`;
  });
  return [
    `resolution   ${resolution(scores.resolutionHalf)} at FSC 0.5, ` +
    `${resolution(scores.resolution0143)} at FSC 0.143`,
    `correlation  ${scores.correlation.toFixed(4)}`,
    `hand         ${alignment.mirrored ? "mirrored" : "the same"}, ` +
    `by ${alignment.handEvidence.toPrecision(3)} nats`,
    `rotation     rot ${rot.toFixed(2)}, tilt ${tilt.toFixed(2)}, psi ${psi.toFixed(2)} degrees ` +
    `(${angle.toFixed(2)} in all)`,
    `shift        ${Array.from(alignment.shift, (x) => (x * pixelSize).toFixed(2)).join(", ")} A`,
    "",
    "shell         A     FSC",
    ...shells,
  ].join("\n");
}

/** `evaluate`: a map against the truth. */
export const evaluate = defineCommand({
  description:
    "Compare a map with a known density: turn, shift and if need be mirror the map onto " +
    "the truth, then print where their Fourier shell correlation falls below 0.5 and 0.143, the " +
    "correlation of the voxels, the motion, and the whole FSC.",
  arguments: {
    map: text({ value: "MAP", summary: "map to judge, .mrc", required: true }),
    truth: text({
      value: "TRUTH",
      summary: "known density, .mrc, of the same field of view",
      required: true,
    }),
  },
  options: {
    mask: text({
      value: "FILE|A",
      summary: "compare within a mask on the truth: a file, or the radius of a sphere in A",
    }),
    out: text({ value: "FILE", summary: "write the map as laid on the truth, .mrc" }),
    json: flag("print JSON; shift in A"),
  },
  examples: [
    { does: "how good is a map", line: "out/map.mrc set/truth.mrc" },
    {
      does: "within 90 A of the centre, and keep the aligned map",
      line: "out/map.mrc set/truth.mrc --mask 90 --out aligned.mrc",
    },
  ],

  async run({ map: mapPath, truth: truthPath, mask: maskName, out, json }, io) {
    if (out !== undefined) await requireWriteBeside(out);
    const map = await readMap(mapPath), truth = await readMap(truthPath);
    const finer = map.boxSize > truth.boxSize ? map : truth;
    const mask = maskName === undefined ? undefined : await readMask(maskName, finer);
    io.draw(`Laying ${mapPath} on ${truthPath}`);
    const evaluation = compare(map, truth, { mask });
    if (out !== undefined) await writeVolume(out, evaluation.aligned);
    io.print(json ? asJSON(evaluation) : asText(evaluation));
  },
});
