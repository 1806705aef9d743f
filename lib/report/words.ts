import { successCriterion } from "../compare/success.ts";
import type { ComparisonSummary } from "../compare/summary.ts";
import { type Markup, markup } from "./markup.ts";
import { formatCount, formatSeconds } from "./quantity.ts";

const SETTINGS = {
  paper: "Setting “paper”: the model and the run as Punjani & Brubaker have them: one band from " +
    "start to end, no mask, no tempering.",
  robust: "Setting “robust”: the paper's model and one band from start to end, but every method " +
    "is given the same soft spherical mask and the same tempered start, in which posteriors are " +
    "spread over more poses for the first iterations.",
};

/** What was compared, on what, with what: the words on top. */
export function introduction(summary: ComparisonSummary): Markup {
  const { problem, budget, methods, seeds, setting } = summary;
  const resolution = problem.boxSize * problem.pixelSize / problem.radius;
  const amount = budget.unit === "evals"
    ? `${formatCount(budget.amount)} image gradients`
    : formatSeconds(budget.amount);
  const tuned = methods.filter(({ tuning }) => tuning !== null);
  const spent = new Set(tuned.map(({ tuning }) => tuning!.gradients));
  const tunedWords = tuned.length === 0
    ? "None was tuned: every method ran with the numbers given below."
    : `For ${tuned.length} of ${methods.length} methods by trial runs on a subset of the training images, ${
      spent.size === 1
        ? `with the same ${formatCount([...spent][0])} image gradients for each`
        : `with ${formatCount(Math.min(...spent))} to ${
          formatCount(Math.max(...spent))
        } image gradients each`
    }; the rest of their numbers are fixed.`;
  const rows: [string, string][] = [
    [
      "data",
      `${problem.name}: ${
        formatCount(problem.count)
      } images of ${problem.boxSize} × ${problem.boxSize} px at ` +
      `${Number(problem.pixelSize.toPrecision(4))} Å, ${
        formatCount(problem.heldOut)
      } of them held out` +
      (problem.snr === null ? "" : `; signal to noise ${problem.snr}`),
    ],
    [
      "band",
      `r = ${Number(problem.radius.toPrecision(4))} Fourier px, ${resolution.toFixed(1)} Å; ` +
      `${formatCount(problem.points)} poses summed over`,
    ],
    ["methods", methods.map(({ name }) => name).join(", ")],
    [
      "budget",
      `${amount} a run, ${Number(budget.epochs.toPrecision(3))} passes over the images; ` +
      `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"} (${seeds.join(", ")})`,
    ],
    ["rates", tunedWords],
    ["success", successCriterion(summary).description],
    ["machine", `${summary.backend}; vitreous ${summary.vitreous}`],
  ];
  return markup`
    <p>${
    SETTINGS[
      setting
    ]
  } All methods start from the same density, see the images in the same order and are measured on the same held-out images, per seed.</p>
    <dl>${
    rows.map(([name, value]) =>
      markup`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>
  `;
}
