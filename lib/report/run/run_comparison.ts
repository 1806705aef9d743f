import { type Markup, markup } from "../markup.ts";
import { formatCount, formatSeconds } from "../quantity.ts";
import { table } from "../table.ts";
import type { RunData } from "./run_data.ts";

const cell = (value: number | null | undefined, format: (value: number) => string) =>
  value === null || value === undefined
    ? markup`<td class="none">–</td>`
    : markup`<td>${format(value)}</td>`;

/**
 * Runs beside each other, the one whose page it is in bold. The held-out NLL of the run's last stage is
 * comparable where the band and the held-out images are the same, which is said where they are not.
 *
 * @returns nothing for a run alone
 */
export function compareRuns(runs: readonly RunData[], own: RunData): Markup {
  if (runs.length < 2) return markup``;
  const bands = runs.map(({ trace }) => trace.at(-1)?.radius.toPrecision(4));
  const images = runs.map(({ facts: { particles, heldOut, seed } }) =>
    JSON.stringify([particles, heldOut, seed])
  );
  const alike = new Set(bands).size === 1 && new Set(images).size === 1;
  const rows = runs.map((run) => {
    const { facts, trace, name } = run,
      test = trace.findLast((record) => record.test !== null)?.test;
    const title = run === own ? markup`<strong>${name} (this page)</strong>` : markup`${name}`;
    return markup`<tr><th scope="row">${title}</th>${
      cell(trace.at(-1)?.radius, (v) => v.toFixed(1))
    }${cell(test, (v) => v.toFixed(3))}${cell(facts.halves?.resolution143, (v) => v.toFixed(1))}${
      cell(trace.at(-1)?.gradients, formatCount)
    }${cell(trace.at(-1)?.seconds, formatSeconds)}<td>${
      facts.outcome?.finished ? "finished" : "not finished"
    }</td></tr>`;
  });
  return markup`${
    table("Runs beside each other", [
      "run",
      "band, Fourier px",
      "held-out NLL",
      "half maps, Å",
      "image gradients",
      "time",
      "",
    ], rows)
  }${
    !alike &&
    markup`<p class="gap">Bands or held-out images differ between these runs, so their NLL do not compare.</p>`
  }`;
}
