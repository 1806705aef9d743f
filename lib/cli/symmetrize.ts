import { readVolume } from "../formats/mrc.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import { fourierShellCorrelation, resolutionAt } from "../fsc.ts";
import { softSphere } from "../mask.ts";
import { eulerFromRotation, transpose } from "../rotation.ts";
import { findSymmetry, type SymmetryFit } from "../symmetry/find.ts";
import { requireFit } from "../symmetry/fit.ts";
import { GROUPS, pointGroup } from "../symmetry/groups.ts";
import { symmetrize as average } from "../symmetry/symmetrize.ts";
import type { Volume } from "../volume.ts";
import { defineCommand } from "./command.ts";
import { flag, number, text } from "./option.ts";
import { requireRead, requireWriteBeside } from "./permission.ts";

const DEGREES = 180 / Math.PI;

/** What was found, and how well the map agrees with what was made of it. */
interface Result {
  readonly fit: SymmetryFit;
  /** FSC of the map with its average, shells 0 .. N/2. */
  readonly curve: Float64Array;
  readonly map: Volume;
}

/** Everything that is known, for programs. */
function asJSON({ fit, curve, map: { boxSize, pixelSize } }: Result): string {
  const { group, frame, classes, searched, refined } = fit, field = boxSize * pixelSize;
  const rotation = transpose(frame.rotation);
  return JSON.stringify(
    {
      group: group.name,
      order: group.elements.length,
      rotation: [...rotation],
      euler: eulerFromRotation(rotation),
      centre: [...frame.centre].map((c) => c * pixelSize),
      searchedTo: field / searched,
      refinedTo: field / refined,
      classes: classes.map((
        { angle, count, elements, correlation, correlations, chance, excess },
      ) => ({
        angle: angle * DEGREES,
        count,
        correlation,
        atRandom: chance,
        excess,
        elements: elements.map(({ rotation, axis }, i) => ({
          rotation: [...rotation],
          axis: [...axis],
          correlation: correlations[i],
        })),
      })),
      resolutionHalf: resolutionAt(curve, 0.5, boxSize, pixelSize),
      boxSize,
      pixelSize,
      fsc: [...curve],
    },
    null,
    2,
  );
}

/** The same for people: the frame, a line for each rotation and its inverse, the FSC of each shell. */
function asText({ fit, curve, map: { boxSize, pixelSize } }: Result): string {
  const { group, frame, classes, searched, refined } = fit, field = boxSize * pixelSize;
  const { rot, tilt, psi } = eulerFromRotation(transpose(frame.rotation));
  const rows = classes.flatMap(({ angle, elements, correlations, chance }) =>
    elements.map(({ axis }, i) => {
      const about = Array.from(axis, (a) => (a + 0).toFixed(3).replace("-0.000", "0.000"));
      return `${(angle * DEGREES).toFixed(1).padStart(7)} ` +
        `${about.map((a) => a.padStart(8)).join("")} ${correlations[i].toFixed(3).padStart(12)}` +
        `   ${chance.typical.toFixed(3)} +- ${chance.deviation.toFixed(3)}`;
    })
  );
  const shells = Array.from(curve, (fsc, shell) => {
    const wavelength = shell === 0 ? "-" : (field / shell).toFixed(1);
    return `${String(shell).padStart(5)} ${wavelength.padStart(9)} ${fsc.toFixed(3).padStart(7)}`;
  });
  const half = resolutionAt(curve, 0.5, boxSize, pixelSize);
  return [
    `group        ${group.name}, ${group.elements.length} rotations`,
    `rotation     rot ${rot.toFixed(2)}, tilt ${tilt.toFixed(2)}, psi ${psi.toFixed(2)} degrees`,
    `centre       ${Array.from(frame.centre, (c) => (c * pixelSize).toFixed(2)).join(", ")} A`,
    `axes         searched to ${(field / searched).toFixed(1)} A, ` +
    `refined to ${(field / refined).toFixed(1)} A`,
    `resolution   ${half.toFixed(1)} A${half <= 2 * pixelSize ? " (Nyquist)" : ""} ` +
    "at FSC 0.5 of the map with its average",
    "",
    "degrees      about (x, y, z)      correlation   at random",
    ...rows,
    "",
    "shell         A     FSC",
    ...shells,
  ].join("\n");
}

/** `symmetrize`: a map found without symmetry, brought to the axes it has. */
export const symmetrize = defineCommand({
  description:
    "Find the axes of a point group in a map of unknown orientation and centre, turn it so that " +
    "they lie as RELION has them (Cn: along z; Dn: n-fold along z, 2-fold along x; T: 3-fold along " +
    "z, 2-fold in the plane of y and z; O: 4-folds along x, y, z; I: 2-folds along x, y, z, 5-folds " +
    "near z in the plane of x and z, RELION's I2), and average over its rotations. Prints the " +
    "correlation of the map with its copy under each rotation, beside what axes at random have, and " +
    "the FSC of the map with its average, of which the map itself is a part: unrelated copies give " +
    "1/sqrt(number of rotations). A group that does not fit is refused.",
  arguments: {
    map: text({ value: "MAP", summary: "map to symmetrize, .mrc", required: true }),
  },
  options: {
    group: text({ value: "NAME", summary: `point group: ${GROUPS}`, required: true }),
    out: text({ value: "FILE", summary: "write the symmetrized map, .mrc", required: true }),
    maskRadius: number({
      value: "A",
      summary: "look only within this radius of the molecule's centre, A; by default the box's",
      above: 0,
    }),
    resolution: number({
      value: "A",
      summary: "finest detail to find the axes by, A; by default as far as the copies agree",
      above: 0,
    }),
    force: flag("write the map even if the group does not fit"),
    json: flag("print JSON; centre in A"),
  },
  examples: [
    { does: "a D2 molecule", line: "run/map.mrc --group D2 --out map_d2.mrc" },
    {
      does: "a noisy map: within 90 A of its centre, by detail of 15 A and more",
      line: "map.mrc --group O --mask-radius 90 --resolution 15 --out map_o.mrc",
    },
  ],

  check({ group }) {
    pointGroup(group);
  },

  async run({ map: path, group: name, out, maskRadius, resolution, force, json }, io) {
    await requireWriteBeside(out);
    await requireRead(path);
    const map = await readVolume(path), group = pointGroup(name);
    io.draw(`Looking for the axes of ${group.name} in ${path}`);
    const fit = findSymmetry(map, group, { maskRadius, resolution });
    if (!force) requireFit(fit);
    const { correlation } = fit.weakest;
    if (correlation < 0.5) {
      io.report(
        `Note: under one class of rotations the map correlates ${correlation.toFixed(2)} with ` +
          "itself: noise, or a symmetry that is only near.",
      );
    }
    const moved = average(map, { ...group, elements: group.elements.slice(0, 1) }, fit.frame);
    const symmetric = average(map, group, fit.frame);
    const { boxSize, pixelSize } = map;
    const radius = maskRadius === undefined ? 0.5 - 4 / boxSize : maskRadius / boxSize / pixelSize;
    const curve = fourierShellCorrelation(moved, symmetric, {
      mask: softSphere(boxSize, { radius }),
    });
    await writeVolume(out, symmetric, { label: `symmetry ${group.name}` });
    io.print((json ? asJSON : asText)({ fit, curve, map }));
  },
});
