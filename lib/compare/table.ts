import type { Difference } from "./against.ts";
import { deviation, mean } from "./statistics.ts";
import { successCriterion } from "./success.ts";
import type { ComparisonSummary, MethodSummary, RunSummary } from "./summary.ts";

/** Columns of text, the first to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    row.map((cell, c) => c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))
      .join("  ").trimEnd()
  );
}

/** Mean of what is known, with +- the standard deviation over the seeds if there are several. */
function spread(
  runs: readonly RunSummary[],
  of: (run: RunSummary) => number | null,
  digits: number,
): string {
  const values = runs.flatMap((run) => of(run) ?? []);
  if (values.length === 0) return "-";
  const middle = mean(values).toFixed(digits);
  return values.length < 2 ? middle : `${middle} +- ${deviation(values).toFixed(digits)}`;
}

/** 12.3 kB; a plain number below 1,000. */
function bytes(count: number): string {
  const unit = count >= 1e6 ? "MB" : count >= 1e3 ? "kB" : "B";
  const scaled = count / { MB: 1e6, kB: 1e3, B: 1 }[unit];
  return `${Number(scaled.toPrecision(3))} ${unit}`;
}

const RATES = ["learningRate", "damping"];

/** "learningRate 3 (tuned)"; "-" where there is none. */
function rateOf({ tuning, hyperparameters, runs }: MethodSummary): string {
  if (tuning) return `${tuning.parameter} ${tuning.chosen}${tuning.atEdge ? " (edge)" : ""}`;
  const name = RATES.find((rate) => rate in hyperparameters);
  const begun = runs.some(({ status }) => status !== "missing");
  return name === undefined || !begun
    ? "-"
    : `${name} ${hyperparameters[name].split(" ")[0]} (not tuned)`;
}

/** What is the matter with a method's runs, if something is. */
function remarks({ runs }: MethodSummary): string {
  return (["diverged", "interrupted", "missing"] as const).flatMap((status) => {
    const count = runs.filter((run) => run.status === status).length;
    return count === 0 ? [] : [count === runs.length ? status : `${count} ${status}`];
  }).join(", ");
}

/** A comparison as a table for the terminal, and under it what the columns mean. */
export function comparisonTable(summary: ComparisonSummary): string[] {
  const { methods, problem, seeds } = summary, criterion = successCriterion(summary);
  const head = [
    "method",
    "rate",
    "NLL",
    "FSC 0.5, A",
    "success",
    "gradients",
    "seconds",
    "state",
    "",
  ];
  const rows = methods.map((method, m) => {
    const done = method.runs.filter(({ status }) => status === "done");
    const judged = seeds.map((_, s) => criterion.of(m, s)).filter((success) => success !== null);
    return [
      method.name,
      rateOf(method),
      spread(done, ({ test }) => test, 2),
      spread(done, ({ resolution }) => resolution, 1),
      judged.length ? `${judged.filter(Boolean).length}/${judged.length}` : "-",
      spread(done, ({ gradients }) => gradients, 0),
      spread(done, ({ seconds }) => seconds, 1),
      bytes(method.stateBytes),
      remarks(method),
    ];
  });
  const truth = problem.truthTest.flatMap((test) => test ?? []);
  return [
    ...columns([head, ...rows]),
    "",
    `NLL: of ${problem.heldOut} held-out images, nats an image` +
    (truth.length ? `; of the truth ${mean(truth).toFixed(2)}` : ""),
    `success: ${criterion.description}`,
    ...methods.flatMap(({ name, runs }) =>
      runs.flatMap(({ seed, status, reason }) =>
        status === "diverged" ? [`${name}, seed ${seed}: ${reason}`] : []
      )
    ),
  ];
}

/** Differences from another comparison as a table. */
export function differenceTable(differences: readonly Difference[]): string[] {
  const number = (x: number) => Number.isNaN(x) ? "-" : Number(x.toPrecision(5)).toString();
  return columns([
    ["method", "quantity", "before", "now", "noise", ""],
    ...differences.map(({ method, quantity, before, now, noise, verdict }) => [
      method,
      quantity,
      number(before),
      number(now),
      Number.isNaN(noise) ? "-" : `+- ${noise.toPrecision(2)}`,
      verdict,
    ]),
  ]);
}
