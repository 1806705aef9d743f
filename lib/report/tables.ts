import { deviation, mean } from "../compare/statistics.ts";
import { successCriterion } from "../compare/success.ts";
import type { ComparisonSummary, MethodSummary, RunSummary } from "../compare/summary.ts";
import { type Markup, markup } from "./markup.ts";
import { type Look, lookKey } from "./palette.ts";
import { formatCount, formatSeconds, withPrefix } from "./quantity.ts";
import { table } from "./table.ts";

const NOTHING = markup`<td class="none">–</td>`;

/** Mean and, of two or more, standard deviation; a dash of nothing. */
function cell(values: readonly (number | null)[], format: (value: number) => string): Markup {
  const known = values.filter((v) => v !== null && Number.isFinite(v)) as number[];
  if (known.length === 0) return NOTHING;
  const spread = deviation(known);
  return markup`<td>${format(mean(known))}${
    known.length > 1 && markup` <small>± ${format(spread)}</small>`
  }</td>`;
}

/** The name of a method with its line, at the start of a row. */
function rowHead({ name, kind }: MethodSummary, look: Look): Markup {
  return markup`<th scope="row">${lookKey(look)}${name}${
    kind !== "optimizer" && markup` <small>${kind}</small>`
  }</th>`;
}

const WORDS = {
  done: "done",
  diverged: "diverged",
  interrupted: "interrupted",
  missing: "not run",
};

/** How many runs came to their end, and what became of the others. */
function runsCell(runs: readonly RunSummary[]): Markup {
  const count = (status: RunSummary["status"]) =>
    runs.filter((run) => run.status === status).length;
  const others = (["diverged", "interrupted", "missing"] as const).filter((s) => count(s) > 0);
  return markup`<td>${count("done")}/${runs.length}${
    others.map((s) => markup`<div class="flag">${count(s)} ${WORDS[s]}</div>`)
  }</td>`;
}

const done = (runs: readonly RunSummary[]) => runs.filter((run) => run.status === "done");
const twoDigits = (v: number) => v.toFixed(2);

/** What every method found; a mean and a standard deviation over the seeds that came to their end. */
export function resultTable(summary: ComparisonSummary, looks: readonly Look[]): Markup {
  const { problem, methods, seeds } = summary, criterion = successCriterion(summary);
  const above = ({ test }: RunSummary, seed: number): number | null => {
    const truth = problem.truthTest[seed] ?? null;
    return test === null || truth === null ? null : test - truth;
  };
  const known = problem.truthTest.some((v) => v !== null);
  const rows = methods.map((method, m) => {
    const { runs } = method, ended = done(runs);
    const judged = seeds.map((_, seed) => criterion.of(m, seed))
      .filter((success) => success !== null);
    return markup`<tr>${rowHead(method, looks[m])}${runsCell(runs)}${
      cell(ended.map((run) => run.test), twoDigits)
    }${
      known && cell(
        runs.map((run, seed) => run.status === "done" ? above(run, seed) : null),
        twoDigits,
      )
    }${cell(ended.map((run) => run.resolution), (v) => v.toFixed(1))}${
      cell(ended.map((run) => run.correlation), (v) => v.toFixed(3))
    }${
      judged.length === 0
        ? NOTHING
        : markup`<td>${judged.filter(Boolean).length}/${judged.length}</td>`
    }</tr>`;
  });
  return table("What was found, mean ± standard deviation over the runs that were done", [
    "method",
    "runs done",
    "held-out NLL, nats per image",
    ...known ? ["above the truth, nats"] : [],
    "FSC 0.5, Å",
    "correlation",
    "success",
  ], rows);
}

/** What every method spent. */
export function costTable({ methods }: ComparisonSummary, looks: readonly Look[]): Markup {
  const rows = methods.map((method, m) => {
    const ended = done(method.runs);
    const average = (values: readonly (number | null)[], format: (v: number) => string) => {
      const known = values.filter((v) => v !== null);
      return known.length === 0 ? NOTHING : markup`<td>${format(mean(known))}</td>`;
    };
    return markup`<tr>${rowHead(method, looks[m])}${
      average(ended.map((run) => run.iterations), formatCount)
    }${average(ended.map((run) => run.gradients), formatCount)}${
      average(ended.map((run) => run.forwards), formatCount)
    }${average(ended.map((run) => run.flop), (v) => withPrefix(v, "flop"))}${
      average(ended.map((run) => run.seconds), formatSeconds)
    }${average(ended.map((run) => run.overhead), (v) => `${(100 * v).toFixed(1)} %`)}<td>${
      withPrefix(method.stateBytes, "B")
    }</td></tr>`;
  });
  return table("What it took, mean over the runs that were done; measuring is left out", [
    "method",
    "iterations",
    "image gradients",
    "forward evaluations",
    "operations",
    "time",
    "overhead",
    "state",
  ], rows);
}

/** Four significant digits at most. */
const short = (value: number) => String(Number(value.toPrecision(4)));

/** How the rate of every method was chosen, and its other numbers. */
export function tuningTable({ methods }: ComparisonSummary, looks: readonly Look[]): Markup {
  const rows = methods.map((method, m) => {
    const { tuning, hyperparameters } = method;
    const numbers = Object.entries(hyperparameters).map(([name, formula]) =>
      markup`<div><code>${name} = ${formula}</code></div>`
    );
    if (!tuning) {
      return markup`<tr>${
        rowHead(method, looks[m])
      }<td colspan="3" class="none">not tuned</td><td class="text">${numbers}</td></tr>`;
    }
    const tried = tuning.candidates.map(({ value, test }) => {
      const outcome = test === null ? "diverged" : test.toFixed(2);
      const chosen = value === tuning.chosen;
      return markup`<span class="${chosen ? "tried chosen" : "tried"}">${
        short(value)
      }: ${outcome}</span> `;
    });
    return markup`<tr>${rowHead(method, looks[m])}<td>${short(tuning.chosen)}${
      tuning.atEdge && markup`<div class="flag">at the edge</div>`
    }</td><td class="text"><small>${tuning.parameter}</small> ${tried}</td><td>${
      formatCount(tuning.gradients)
    }</td><td class="text">${numbers}</td></tr>`;
  });
  return table(
    "How the rates were chosen",
    [
      "method",
      "chosen",
      "tried: held-out NLL after it",
      "image gradients spent",
      "all numbers",
    ],
    rows,
    { words: true },
  );
}

/** Every run that is not done, and why; nothing if all are. */
export function gapList({ methods }: ComparisonSummary): Markup {
  const gaps = methods.flatMap(({ name, runs }) =>
    runs.flatMap((run) => {
      const { seed, status } = run;
      if (status === "done") return [];
      const reached = run.gradients > 0 &&
        ` after ${formatCount(run.gradients)} image gradients`;
      return [
        markup`<li>${name}, seed ${seed}: ${WORDS[status]}${reached}${
          run.reason !== null && markup`. ${run.reason}`
        }</li>`,
      ];
    })
  );
  if (gaps.length === 0) return markup``;
  return markup`
    <section class="gaps">
      <h3>Gaps</h3>
      <p>Not all runs were done. They are left out of means, and marked in the figures.</p>
      <ul>${gaps}</ul>
    </section>
  `;
}
