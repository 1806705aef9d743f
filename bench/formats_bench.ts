/**
 * How long it takes until the particles of a file are open: table read, values checked, image files found
 * and their headers read. 300,000 rows; STAR of 26 columns, .cs of 40.
 *
 * `deno run --allow-all bench/formats_bench.ts [ROWS]` makes the files
 * in a temporary folder and prints seconds, processor seconds and the most memory of a process that does
 * nothing else, beside Python's: splitting the text of the STAR file into words, numpy.load() of the .cs.
 *
 * @module
 */
import process from "node:process";
import { writeText } from "../lib/formats/atomic_file.ts";
import { convertParticles } from "../lib/formats/convert.ts";
import { createStackWriter } from "../lib/formats/mrc_write.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { createRandom } from "../lib/random.ts";

/** Images of a stack. */
const STACK = 100;

const COLUMNS = [
  ...["rlnCoordinateX", "rlnCoordinateY", "rlnAutopickFigureOfMerit", "rlnClassNumber"],
  ...["rlnAnglePsi", "rlnImageName", "rlnMicrographName", "rlnOpticsGroup", "rlnCtfMaxResolution"],
  ...["rlnCtfFigureOfMerit", "rlnDefocusU", "rlnDefocusV", "rlnDefocusAngle", "rlnCtfBfactor"],
  ...["rlnCtfScalefactor", "rlnPhaseShift", "rlnGroupNumber", "rlnAngleRot", "rlnAngleTilt"],
  ...["rlnOriginXAngst", "rlnOriginYAngst", "rlnNormCorrection", "rlnLogLikeliContribution"],
  ...["rlnMaxValueProbDistribution", "rlnNrOfSignificantSamples", "rlnRandomSubset"],
];

const OPTICS = `
# version 30001

data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnVoltage #3
_rlnSphericalAberration #4
_rlnAmplitudeContrast #5
_rlnImagePixelSize #6
_rlnImageSize #7
_rlnImageDimensionality #8
opticsGroup1 1 300.0 2.7 0.1 1.06 4 2

# version 30001

data_particles

loop_
`;

/** A STAR file as RELION's refinements write them, with stacks of 100 images of 4 x 4 px. */
async function makeSTAR(folder: string, rows: number): Promise<void> {
  const random = createRandom(1, "formats bench"), wide = (x: number) => x.toFixed(6).padStart(12);
  const within = (low: number, high: number) => wide(low + (high - low) * random.uniform());
  await Deno.mkdir(`${folder}/Extract/job007/Movies`, { recursive: true });
  const stack = (row: number) =>
    `Extract/job007/Movies/${String(Math.floor(row / STACK)).padStart(5, "0")}_GridSquare.mrcs`;
  for (let row = 0; row < rows; row += STACK) {
    using writer = await createStackWriter(`${folder}/${stack(row)}`, { boxSize: 4, pixelSize: 1 });
    await writer.append(Float32Array.from({ length: 16 * STACK }, (_, i) => i));
    await writer.close();
  }
  writeText(
    `${folder}/particles.star`,
    (function* () {
      yield OPTICS + COLUMNS.map((column, i) => `_${column} #${i + 1}\n`).join("");
      for (let row = 0; row < rows; row++) {
        const section = String(row % STACK + 1).padStart(6, "0");
        yield [
          ...[within(0, 4000), within(0, 4000), within(0, 2), "           1", within(-180, 180)],
          `${section}@${stack(row)}`,
          stack(row).replace("Extract/job007", "MotionCorr/job002").replace(".mrcs", ".mrc"),
          ...["           1", wide(3.2), within(0, 1), within(1e4, 3e4), within(1e4, 3e4)],
          ...[within(-90, 90), wide(0), wide(1), wide(0), "           1", within(-180, 180)],
          ...[within(0, 180), within(-4, 4), within(-4, 4), within(0.5, 1)],
          ...[(1e5 * random.uniform()).toExponential(6), within(0, 1), "          12"],
          String(1 + row % 2),
        ].join(" ") + " \n";
      }
    })(),
  );
}

/** Most memory of this process so far, MB, where the system says; maxRSS would be that of the parent too. */
function peak(): number | null {
  try {
    const [, kB] = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
    return kB === undefined ? null : Number(kB) / 1e3;
  } catch {
    return null;
  }
}

/** Opens a file in this process and prints what it took as JSON. */
async function measure(path: string): Promise<void> {
  const start = performance.now(), before = process.cpuUsage();
  using file = await openParticles(path, { projectDirectory: path.replace(/\/[^/]*$/, "") });
  const seconds = (performance.now() - start) / 1e3, { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({
      rows: file.count,
      seconds,
      cpu: (user + system) / 1e6,
      peak: peak(),
    }),
  );
}

const PEERS = {
  star: "words = [line.split() for line in open(path)]",
  cs: "import numpy; table = numpy.load(path)",
};

async function run(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" })
      .output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function table(rows: number): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await makeSTAR(folder, rows);
    await convertParticles(`${folder}/particles.star`, `${folder}/particles.cs`, {
      projectDirectory: folder,
    });
    console.log("kind        MB     rows  seconds  CPU s  peak MB  Python, CPU s");
    for (const kind of ["star", "cs"] as const) {
      const path = `${folder}/particles.${kind}`;
      const own = ["run", "--quiet", "--allow-all", import.meta.filename!, path];
      const peer = `import sys, time\npath = sys.argv[1]\n${
        PEERS[kind]
      }\nprint(time.process_time())`;
      for (let turn = 0; turn < 3; turn++) {
        const found = JSON.parse((await run(Deno.execPath(), own))!);
        const python = await run("python3", ["-c", peer, path]);
        console.log([
          `.${kind}`.padEnd(6),
          ((await Deno.stat(path)).size / 1e6).toFixed(1).padStart(7),
          String(found.rows).padStart(8),
          found.seconds.toFixed(2).padStart(8),
          found.cpu.toFixed(2).padStart(6),
          (found.peak?.toFixed(0) ?? "?").padStart(8),
          (python === undefined ? "none" : Number(python).toFixed(2)).padStart(14),
        ].join(" "));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [argument = "300000"] = Deno.args;
  if (/^\d+$/.test(argument)) await table(Number(argument));
  else await measure(argument);
}
