import { type Markup, markup } from "../markup.ts";
import { formatCount, formatSeconds } from "../quantity.ts";
import { table } from "../table.ts";
import type { Leg } from "./course.ts";
import type { RunFacts } from "./facts.ts";

const cell = (value: number | null | undefined, format: (value: number) => string) =>
  value === null || value === undefined
    ? markup`<td class="none">–</td>`
    : markup`<td>${format(value)}</td>`;

/** Every stage as planned, and what became of it. */
export function stageTable(legs: readonly Leg[], { stages }: RunFacts): Markup {
  const count = Math.max(legs.length, stages.length);
  if (count === 0) return markup``;
  const rows = Array.from({ length: count }, (_, i) => {
    const leg = legs[i], plan = stages[i], tests = leg?.records.flatMap(({ test }) => test ?? []);
    const before = legs[i - 1]?.records.at(-1)?.seconds ?? 0;
    return markup`<tr><th scope="row">${i + 1}</th>${
      cell(plan?.resolution ?? leg?.resolution, (v) => v.toFixed(1))
    }${cell(leg?.radius, (v) => v.toFixed(1))}${cell(plan?.quadraturePoints, formatCount)}${
      cell(plan?.workBox, (v) => `${v}³`)
    }<td>${leg ? formatCount(leg.records.length) : "not begun"}${
      plan?.iterations ? ` of ${formatCount(plan.iterations)}` : ""
    }</td>${cell(leg && leg.records.at(-1)!.seconds - before, formatSeconds)}${
      cell(tests?.[0], (v) => v.toFixed(3))
    }${cell(tests?.at(-1), (v) => v.toFixed(3))}</tr>`;
  });
  return table("Stages", [
    "stage",
    "to, Å",
    "band, Fourier px",
    "poses summed over",
    "work grid",
    "iterations",
    "time",
    "held-out NLL, first",
    "last",
  ], rows);
}

/** Every start of the same run. */
export function startTable({ starts }: RunFacts): Markup {
  if (starts.length === 0) return markup``;
  return table(
    "Starts",
    ["seed", "held-out NLL", "agrees with the chosen map to, Å", ""],
    starts.map(({ seed, heldOutNLL, chosen, resolutionMutual }) =>
      markup`<tr><th scope="row">${seed}</th>${cell(heldOutNLL, (v) => v.toFixed(3))}${
        cell(resolutionMutual, (v) => v.toFixed(1))
      }<td>${chosen && "chosen"}</td></tr>`
    ),
  );
}
