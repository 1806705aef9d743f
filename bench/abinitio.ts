/**
 * From images to a map without a word of tuning, as a user does it: sets are made, each is reconstructed by
 * `cli.ts reconstruct particles.star --out DIR` alone, from several seeds, and judged against its truth;
 * RELION's initial model (SGD, C1) stands beside it where it is asked for. Whole processes are timed,
 * start-up, loading, poses and report included, by the clock and by what the processors were busy.
 *
 *     deno run --allow-read --allow-write --allow-run --allow-env bench/abinitio.ts
 *       [--map FILE.mrc ...] [--stack PARTICLES.star=TRUTH.mrc ...] [--kinds plain,shifts,coloured,junk,all]
 *       [--seeds N] [--count K] [--snr S] [--relion [--limit CPU_SECONDS]] [--keep DIR] [-- further options of reconstruct]
 *
 * RELION is stopped where it reaches the limit, and judged by the last map that it has written.
 *
 * Maps and the phantoms are imaged anew in each kind; a stack is taken as it is.
 *
 * @module
 */
import { RELION_FILES, relionMaps } from "../lib/baselines/relion.ts";

/** What the images of a kind have that plain ones do not. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  plain: [],
  shifts: ["--shift-sigma", "2"],
  coloured: ["--noise-decay", "6"],
  junk: ["--junk", "0.1"],
  all: ["--shift-sigma", "2", "--noise-decay", "6", "--junk", "0.1", "--amplitude-spread", "0.2"],
};

interface Arguments {
  readonly maps: string[];
  readonly stacks: string[];
  kinds: string[];
  seeds: number;
  count: string;
  snr: string;
  relion: boolean;
  limit: string;
  keep?: string;
  further: string[];
}

function parse(words: readonly string[]): Arguments {
  const given: Arguments = {
    ...{ maps: [], stacks: [], kinds: ["plain", "shifts", "coloured", "junk"], further: [] },
    ...{ seeds: 1, count: "2000", snr: "0.05", relion: false, limit: "unlimited" },
  };
  const end = words.indexOf("--");
  if (end >= 0) given.further = words.slice(end + 1);
  const own = end < 0 ? [...words] : words.slice(0, end);
  while (own.length > 0) {
    const name = own.shift()!;
    const value = () => {
      const next = own.shift();
      if (next === undefined) throw new RangeError(`Cannot read ${name}: nothing, wanted a value`);
      return next;
    };
    if (name === "--map") given.maps.push(value());
    else if (name === "--stack") given.stacks.push(value());
    else if (name === "--kinds") given.kinds = value().split(",");
    else if (name === "--seeds") given.seeds = Number(value());
    else if (name === "--count") given.count = value();
    else if (name === "--snr") given.snr = value();
    else if (name === "--relion") given.relion = true;
    else if (name === "--limit") given.limit = value();
    else if (name === "--keep") given.keep = value();
    else {throw new RangeError(
        `Cannot use ${name}: wanted one of the options in ${import.meta.url}`,
      );}
  }
  for (const kind of given.kinds) {
    if (!(kind in KINDS)) {
      throw new RangeError(`Cannot make ${kind}: wanted one of ${Object.keys(KINDS).join(", ")}`);
    }
  }
  return given;
}

const cli = new URL("../cli.ts", import.meta.url).pathname;

/** Runs a program and has the shell tell what it took of the processors, on the last line of all. */
const TIMED = '"$@"; code=$?; times >&2; exit $code';

/** The same for a program that may take only so much of them; OVER is how it ends if that is not enough. */
const LIMITED = 'ulimit -S -t "$0"; exec "$@"', OVER = 128 + 24;

/** Runs a program to its end; standard output, and its seconds by the clock and of the processors. */
async function run(program: string, args: readonly string[], cwd?: string) {
  const began = performance.now();
  const { success, code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", TIMED, "sh", program, ...args],
    cwd,
  }).output();
  const seconds = (performance.now() - began) / 1000, text = new TextDecoder();
  const lines = text.decode(stderr).trim().split(/[\r\n]+/);
  if (!success && code !== OVER) {
    throw new Error(`Cannot run ${program} ${args.join(" ")}: ${lines.at(-3)}`);
  }
  // "0m12.34s 0m1.20s": user and system
  const busy = [...lines.at(-1)!.matchAll(/(\d+)m([\d.]+)s/g)]
    .reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0);
  return { out: text.decode(stdout), seconds, busy, ended: success };
}

const vitreous = (...args: string[]) => run(Deno.execPath(), ["run", "--allow-all", cli, ...args]);

/** A map against the truth. */
async function judge(map: string, truth: string) {
  const { out } = await vitreous("evaluate", map, truth, "--json");
  const { resolutionHalf, resolution0143, correlation } = JSON.parse(out);
  return { half: resolutionHalf, near: resolution0143, correlation } as Record<string, number>;
}

function row(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

/** Our run of one seed. */
async function ours(name: string, set: Set, seed: number, folder: string, more: string[]) {
  const out = `${folder}/run-${seed}`;
  const { seconds, busy } = await vitreous(
    ...[
      "reconstruct",
      set.particles,
      "--out",
      out,
      "--seed",
      String(seed),
      "--json",
      "--overwrite",
    ],
    ...more,
  );
  const { half, near, correlation } = await judge(`${out}/map.mrc`, set.truth);
  const { outcome, stages, noise } = JSON.parse(await Deno.readTextFile(`${out}/run.json`));
  const { resolution, shiftExtent } = stages.at(-1);
  row([
    name,
    `vitreous, seed ${seed}`,
    half.toFixed(1),
    near.toFixed(1),
    correlation.toFixed(3),
    seconds.toFixed(1),
    busy.toFixed(1),
    outcome.seconds.toFixed(1),
    `to ${resolution.toFixed(1)} A, shifts to ${shiftExtent.toFixed(1)} px, NLL ` +
    `${outcome.heldOutNLL.toFixed(2)}, ${noise.outliers?.images ?? 0} outliers` +
    outcome.warnings.map((words: string) => `; ${words}`).join(""),
  ]);
}

/** RELION's SGD on the same images, one thread, from our start, to 10 Fourier pixels. */
async function relions(name: string, set: Set, folder: string, shifted: boolean): Promise<void> {
  const out = `${folder}/relion`;
  const { stages } = JSON.parse(await Deno.readTextFile(`${folder}/run-0/run.json`));
  const { boxSize, pixelSize } = stages[0];
  await vitreous(
    ...["export", set.particles, "--out", out, "--overwrite", "--threads", "1"],
    ...["--max-resolution", String(boxSize * pixelSize / 10), "--iterations", "3"],
    ...shifted ? ["--shift-extent", "6"] : [],
  );
  const script = await Deno.readTextFile(`${out}/${RELION_FILES.script}`);
  const line = script.split("\n").find((line) => line.includes("--o sgd/run"))!;
  await Deno.mkdir(`${out}/sgd`, { recursive: true });
  const { seconds, busy, ended } = await run(
    "sh",
    ["-c", LIMITED, given.limit, ...line.split(" ")],
    out,
  );
  const files = [...Deno.readDirSync(`${out}/sgd`)].map(({ name }) => name);
  const { file, iteration } = relionMaps(files).at(-1)!;
  const { half, near, correlation } = await judge(`${out}/sgd/${file}`, set.truth);
  row([name, "RELION --sgd", half.toFixed(1), near.toFixed(1), correlation.toFixed(3)]
    .concat(
      seconds.toFixed(1),
      busy.toFixed(1),
      "",
      `to ${(boxSize * pixelSize / 10).toFixed(1)} A, one thread${
        ended ? "" : `, stopped; the map of iteration ${iteration}`
      }`,
    ));
}

/** Images and the density they show. */
interface Set {
  readonly particles: string;
  readonly truth: string;
}

const given = parse(Deno.args);
const folder = given.keep ?? await Deno.makeTempDir({ prefix: "abinitio" });
row(
  ["set", "by", "FSC 0.5, A", "0.143, A", "cc", "s in all", "CPU s", "s of iterations"].concat(
    "what it did",
  ),
);
row(new Array(9).fill("---"));
const failures: string[] = [];
/** One row, or why there is none. */
const attempt = async (name: string, work: () => Promise<void>) => {
  try {
    await work();
  } catch (error) {
    failures.push(name);
    row([name, (error as Error).message, ...new Array(7).fill("")]);
  }
};
const all = async (name: string, set: Set, place: string, shifted: boolean) => {
  for (let seed = 0; seed < given.seeds; seed++) {
    await attempt(name, () => ours(name, set, seed, place, given.further));
  }
  if (given.relion) await attempt(name, () => relions(name, set, place, shifted));
};
for (const stack of given.stacks) {
  const [particles, truth] = stack.split("="), name = particles.split("/").slice(-2).join("/");
  await all(name, { particles, truth }, `${folder}/${name.replace(/\W+/g, "-")}`, false);
}
const sources = [
  ...given.maps.map((map) => [map.replace(/.*\/|\.mrc.*/g, ""), ["--map", map]] as const),
  ...given.maps.length + given.stacks.length > 0
    ? []
    : ["cylinder", "enzyme"].map((phantom) =>
      [phantom, ["--phantom", phantom, "--box", "64", "--pixel-size", "5"]] as const
    ),
];
for (const [source, what] of sources) {
  for (const kind of given.kinds) {
    const name = `${source}, ${kind}`, place = `${folder}/${source}-${kind}`;
    await attempt(name, async () => {
      await vitreous(
        ...["simulate", ...what, "--count", given.count, "--snr", given.snr, "--seed", "1"],
        ...["--out", place, "--overwrite", ...KINDS[kind]],
      );
      const set = { particles: `${place}/particles.star`, truth: `${place}/truth.mrc` };
      await all(name, set, place, kind === "shifts" || kind === "all");
    });
  }
}
if (given.keep === undefined) await Deno.remove(folder, { recursive: true });
if (failures.length > 0) Deno.exit(1);
