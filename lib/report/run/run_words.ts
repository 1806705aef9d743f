import { resolutionAt } from "../../fsc.ts";
import { type Markup, markup } from "../markup.ts";
import { formatCount, formatSeconds } from "../quantity.ts";
import type { Leg } from "./course.ts";
import type { RunData } from "./run_data.ts";

const short = (value: number, digits = 3) => String(Number(value.toPrecision(digits)));
const angstrom = (value: number) => `${value < 20 ? value.toFixed(1) : value.toFixed(0)} Å`;

/** How the run stands, in a word and a sentence. */
export function standing({ facts: { outcome, stages }, trace }: RunData): {
  word: string;
  words: string;
} {
  const planned = stages.reduce((sum, { iterations }) => sum + (iterations ?? NaN), 0);
  const of = planned > 0 ? ` of ${formatCount(planned)}` : "";
  const done = outcome?.iterations ?? (trace.length > 0 ? trace.at(-1)!.t + 1 : 0);
  const reached = `${
    formatCount(Math.max(done, trace.length > 0 ? trace.at(-1)!.t + 1 : 0))
  }${of} iterations`;
  if (outcome?.finished) return { word: "Finished", words: reached };
  if (trace.length === 0 && !outcome) return { word: "Not begun", words: "no iteration is done" };
  return {
    word: "Not finished",
    words: `${reached} are done; what is below is the state after them`,
  };
}

/** What came out, in sentences. */
export function outcomeWords(data: RunData, legs: readonly Leg[]): Markup {
  const { facts, trace } = data, sentences: string[] = [], last = legs.at(-1);
  if (last) {
    const depth = last.resolution === null ? "" : `, ${angstrom(last.resolution)}`;
    sentences.push(`The band reached ${short(last.radius)} Fourier pixels${depth}.`);
  }
  const tests = last?.records.flatMap(({ test }) => test ?? []) ?? [];
  if (tests.length > 1) {
    const change = tests[0] - tests.at(-1)!;
    sentences.push(
      `In ${legs.length > 1 ? "the last stage" : "the run"} the held-out NLL ${
        change >= 0 ? "fell" : "rose"
      } by ${Math.abs(change).toFixed(2)} to ${tests.at(-1)!.toFixed(3)} nats an image.`,
    );
  }
  if (facts.halves?.resolution143) {
    sentences.push(`Half maps agree to ${angstrom(facts.halves.resolution143)} (FSC 0.143).`);
  }
  if (data.truthFSC && facts.boxSize !== null && facts.pixelSize !== null) {
    const reached = resolutionAt(data.truthFSC, 0.5, facts.boxSize, facts.pixelSize);
    sentences.push(`The map agrees with the known density to ${angstrom(reached)} (FSC 0.5).`);
  }
  const others = facts.starts.filter(({ chosen }) => !chosen);
  const mutual = others.flatMap(({ resolutionMutual }) => resolutionMutual ?? []);
  if (mutual.length > 0) {
    sentences.push(
      `${others.length + 1} starts were made; the others agree with the best to ${
        mutual.toSorted((a, b) => a - b).map(angstrom).join(", ")
      }.`,
    );
  }
  const seconds = facts.outcome?.seconds ?? trace.at(-1)?.seconds;
  const gradients = facts.outcome?.gradients ?? trace.at(-1)?.gradients;
  if (seconds && gradients) {
    sentences.push(
      `${formatCount(gradients)} image gradients took ${formatSeconds(seconds)}.`,
    );
  }
  return markup`<p>${sentences.join(" ")}</p>`;
}

/** The plan, a row for each thing that is known. */
export function planRows({ facts }: RunData): [string, string][] {
  const { images, boxSize, pixelSize, heldOut, stages, machine } = facts, [first] = stages;
  const known = <T>(value: T | null, words: (value: T) => string) =>
    value === null ? null : words(value);
  const rows: [string, string | null][] = [
    ["particles", facts.particles],
    [
      "images",
      images === null || boxSize === null || pixelSize === null
        ? null
        : `${formatCount(images)} of ${boxSize} × ${boxSize} px at ${short(pixelSize, 4)} Å` +
          (heldOut === null ? "" : `, ${formatCount(heldOut)} held out to measure with`) +
          (facts.inverted ? "; their sign was changed" : ""),
    ],
    [
      "method",
      known(
        first?.optimizer ?? null,
        (name) => `${name}${facts.setting === null ? "" : `, setting ${facts.setting}`}`,
      ),
    ],
    ["prior", facts.prior],
    [
      "mask",
      known(facts.maskRadius, (r) => `soft sphere, radius ${Number(r.toPrecision(3))} box edges`),
    ],
    ["start", known(facts.seed, (seed) => `seed ${seed}`)],
    [
      "shifts",
      known(
        facts.shiftExtent,
        (e) =>
          e === 0
            ? "particles taken as centred"
            : `up to ${Number(e.toPrecision(3))} px${
              facts.shiftSigma === null
                ? ""
                : `, standard deviation ${Number(facts.shiftSigma.toPrecision(3))} px`
            }`,
      ),
    ],
    ["machine", machine.backend],
    ["vitreous", facts.version],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}

/** What was found wrong; nothing if nothing was. */
export function warnings({ facts: { checks, outcome } }: RunData): Markup {
  const all = [
    ...(outcome?.warnings ?? []).map((words) => ({ name: "run", words })),
    ...checks.filter(({ level }) => level === "warning"),
  ];
  if (all.length === 0) return markup``;
  return markup`
    <ul class="checks" aria-label="Warnings">${
    all.map(({ name, words }) =>
      markup`
        <li><strong>⚠ warning</strong> <span class="name">${name}</span> ${words}</li>
      `
    )
  }</ul>
  `;
}

/** What was looked at and found good; nothing if nothing was. */
export function passed({ facts: { checks } }: RunData): Markup {
  const good = checks.filter(({ level }) => level === "ok");
  if (good.length === 0) return markup``;
  return markup`
    <h3>Checked and found good</h3>
    <ul class="passed">${
    good.map(({ name, words }) =>
      markup`
        <li>✓ <span class="name">${name}</span> ${words}</li>
      `
    )
  }</ul>
  `;
}
