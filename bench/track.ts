/**
 * Keeps what was measured: one line a commit, machine, problem and quantity in bench/history.jsonl.
 *
 * `deno run --allow-read --allow-write=bench --allow-run=git,deno bench/track.ts SOURCE ...`; a source is
 * a file of benchmarks to be run (optimizers_bench.ts), what `deno bench --json` wrote of one, or the
 * folder or summary.json of a comparison. With `--format bmf` (Bencher) or `--format github`
 * (github-action-benchmark) the lines are printed in that form; without a source those of the last
 * commit of the history.
 *
 * @module
 */
import type { ComparisonSummary } from "../lib/compare/summary.ts";
import { writeText } from "../lib/formats/atomic_file.ts";
import { readText } from "../lib/formats/open_file.ts";
import {
  appended,
  type BenchOutput,
  fromBench,
  fromSummary,
  type Measurement,
  parseHistory,
  type Place,
  toBencher,
  toGitHub,
} from "./history.ts";

const HISTORY = new URL("history.jsonl", import.meta.url).pathname;
const FORMATS = { bmf: toBencher, github: toGitHub };

async function output(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(
    `Cannot run ${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`,
  );
}

async function here(): Promise<Place> {
  const git = async (...args: string[]) => (await output("git", args)).trim();
  const changed = await git("status", "--porcelain", "--untracked-files=no");
  const [commit, date] = (await git("log", "-1", "--format=%h %cI")).split(" ");
  return {
    commit: commit + (changed ? "+" : ""),
    date,
    machine: [
      `${navigator.hardwareConcurrency} cores`,
      `${Deno.build.os} ${Deno.build.arch}`,
      `Deno ${Deno.version.deno}`,
    ].join(", "),
  };
}

function parseJSON<T>(text: string, name: string): T {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${name}: ${(error as Error).message}, wanted JSON`);
  }
}

async function measurementsOf(source: string, place: Place): Promise<Measurement[]> {
  if (source.endsWith(".ts")) {
    const args = ["bench", "--json", "--allow-read", "--allow-sys", "--allow-env", source];
    return fromBench(JSON.parse(await output("deno", args)), place);
  }
  const path = source.endsWith(".json") ? source : `${source.replace(/\/+$/, "")}/summary.json`;
  const content: BenchOutput | ComparisonSummary = parseJSON(readText(path), path);
  if ("benches" in content) return fromBench(content, place);
  if ("methods" in content) return fromSummary(content, place);
  throw new SyntaxError(
    `Cannot track ${path}: neither benchmarks nor methods in it, ` +
      "wanted what deno bench --json or compare wrote",
  );
}

async function track(args: readonly string[]): Promise<void> {
  const at = args.indexOf("--format"), format = at < 0 ? undefined : args[at + 1];
  const sources = at < 0 ? args : args.toSpliced(at, 2);
  if (at >= 0 && !(format && Object.hasOwn(FORMATS, format))) {
    throw new RangeError(
      `Cannot use --format ${format ?? '""'}: wanted one of ${Object.keys(FORMATS).join(", ")}`,
    );
  }
  const unknown = sources.find((source) => source.startsWith("-"));
  if (unknown) throw new RangeError(`Cannot use ${unknown}: wanted --format or sources`);
  if (sources.length === 0 && !format) {
    throw new RangeError("Cannot track nothing: wanted benchmarks, a comparison, or --format");
  }
  const text = await Deno.readTextFile(HISTORY).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const history = parseHistory(text, HISTORY);
  const place = sources.length ? await here() : undefined;
  const fresh: Measurement[] = [];
  for (const source of sources) fresh.push(...await measurementsOf(source, place!));
  if (fresh.length) {
    writeText(HISTORY, appended(history, fresh).map((line) => `${JSON.stringify(line)}\n`));
    console.error(`${HISTORY}: ${fresh.length} lines of ${place!.commit}`);
  }
  const last = history.at(-1);
  const shown = sources.length
    ? fresh
    : history.filter(({ commit, machine }) => commit === last?.commit && machine === last?.machine);
  if (format) console.log(JSON.stringify(FORMATS[format as "bmf"](shown), null, 2));
}

if (import.meta.main) {
  try {
    await track(Deno.args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("Cannot "))) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
