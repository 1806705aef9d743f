import assert from "node:assert/strict";
import { convertParticles } from "../lib/formats/convert.ts";
import { openMRC, readVolume } from "../lib/formats/mrc.ts";
import type { NewColumn } from "../lib/formats/npy.ts";
import { describeFile, openParticles } from "../lib/formats/registry.ts";
import { csColumns, writeCS, writeStack } from "./cs_set.ts";
import { fc } from "./property.ts";

const SEED = 20260726;

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Runs to an end, or to an error of one line that says "Cannot ...". */
async function survives(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.match(error.message, /^Cannot \P{Cc}*$/u, error.stack);
  }
}

/** All that is done with particles. */
async function useAll(path: string, passthrough: string[] = []): Promise<void> {
  const directory = path.replace(/[^/]*$/, "");
  await survives(() => describeFile(path, { passthrough }));
  await survives(async () => {
    using file = await openParticles(path, { passthrough });
    await file.read([0, file.count - 1]);
    if (file.poses) await file.writePoses(`${directory}poses`, file.poses);
  });
  for (const kind of ["star", "cs"]) {
    await survives(() => convertParticles(path, `${directory}out.${kind}`, { passthrough }));
  }
}

/** Two stacks beside the table; where a name's other folder is. */
async function writeSet(directory: string): Promise<string> {
  await Deno.mkdir(`${directory}/J1/imported`, { recursive: true });
  await writeStack(`${directory}/a.mrcs`, 1, 2);
  await writeStack(`${directory}/b.mrcs`, 2, 3);
  await Deno.rename(`${directory}/b.mrcs`, `${directory}/J1/imported/b.mrc`);
  await writeCS(`${directory}/p.cs`, csColumns().values());
  return `${directory}/p.cs`;
}

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const damage = fc.record({
  keep: fc.oneof(fc.constant(1), fraction),
  inHeader: fc.boolean(),
  changes: fc.array(
    fc.tuple(
      fraction,
      fc.oneof(fc.nat(255), fc.constantFrom(...new TextEncoder().encode("0(),'"))),
    ),
    { maxLength: 6 },
  ),
});

Deno.test("fuzz: a damaged .cs, or a damaged passthrough file, gives particles or one line", () =>
  inDirectory(async (directory) => {
    const path = await writeSet(directory), other = `${directory}/other.cs`;
    const [uid, ...rest] = csColumns().values();
    await writeCS(path, [uid, ...rest.slice(0, 5)]);
    await writeCS(other, [uid, ...rest.slice(5)]);
    const whole = await Promise.all([path, other].map((name) => Deno.readFile(name)));
    await fc.assert(
      fc.asyncProperty(damage, fc.boolean(), async ({ keep, inHeader, changes }, first) => {
        const bytes = whole[first ? 0 : 1], cut = bytes.slice(0, Math.ceil(keep * bytes.length));
        const reach = inHeader ? Math.min(600, cut.length) : cut.length;
        for (const [at, value] of changes) cut[Math.floor(at * reach)] = value;
        await Deno.writeFile(path, first ? cut : whole[0]);
        await Deno.writeFile(other, first ? whole[1] : cut);
        await useAll(path, [other]);
      }),
      { seed: SEED, numRuns: 200 },
    );
  }));

const paths = fc.oneof(
  fc.constantFrom("a.mrcs", ">a.mrcs", "../p.cs", "/etc/passwd", "/dev/zero", "..", "/", "", "\n"),
  fc.string({ maxLength: 12 }),
  fc.array(fc.constantFrom("..", ".", "", "a.mrcs", "J1", "imported", "b.mrc"), { maxLength: 6 })
    .map((parts) => parts.join("/")),
);
const odd = fc.constantFrom(
  ...[0, 1, -1, 0.5, 2, 4, 2 ** 31, 2 ** 32 - 1, 1e30, NaN, Infinity, -Infinity, 300],
);

/** One column of the good ones with other values, of another type, or of another shape. */
const change = fc.record({
  column: fc.constantFrom(...csColumns().keys()),
  row: fc.nat(4),
  kind: fc.constantFrom("value", "type", "shape", "gone"),
  value: odd,
  path: paths,
});
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

function changed(column: NewColumn, { row, kind, value, path }: Change): NewColumn[] {
  const { name } = column;
  if (kind === "gone") return [];
  if ("texts" in column) {
    return kind === "value"
      ? [{ ...column, texts: column.texts.with(row, path) }]
      : [{ name, type: "<f4", numbers: new Float32Array(5).fill(value) }];
  }
  if (kind === "shape") {
    return [{ name, type: "<f4", shape: [2], numbers: new Float32Array(10).fill(value) }];
  }
  if (kind === "type") return [{ name, type: "S", texts: new Array(5).fill(path) }];
  if ("integers" in column) {
    const integers = column.integers.slice();
    integers[row] = integers[(row + 1) % 5];
    return [{ ...column, integers }];
  }
  const numbers = Float64Array.from(column.numbers);
  numbers[row % numbers.length] = value;
  return [{ ...column, numbers }];
}

Deno.test("fuzz: a .cs with wrong values, types, shapes and names gives particles or one line", () =>
  inDirectory(async (directory) => {
    const path = await writeSet(directory);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const columns = new Map([...csColumns()].map(([name, column]) => [name, [column]]));
        for (const change of changes) {
          const [column] = columns.get(change.column)!;
          if (column) columns.set(change.column, changed(column, change));
        }
        await writeCS(path, [...columns.values()].flat());
        await useAll(path);
      }),
      { seed: SEED, numRuns: 200 },
    );
  }));

const star = (name: string) =>
  `data_optics
_rlnOpticsGroup 1
_rlnVoltage 300
_rlnSphericalAberration 2.7
_rlnAmplitudeContrast 0.1
_rlnImagePixelSize 1.5
data_particles
loop_
_rlnImageName
_rlnOpticsGroup
_rlnDefocusU
_rlnDefocusV
_rlnDefocusAngle
"1@${name}" 1 15000 14000 30
`;

Deno.test("images outside the data's folders are told of before they are read, whatever their name", () =>
  inDirectory(async (directory) => {
    // links of the temporary folder itself are not what is tested
    const root = await Deno.realPath(directory), project = `${root}/project`;
    await Deno.mkdir(`${project}/inner/deep`, { recursive: true });
    for (
      const folder of [root, project, `${project}/inner`, `${project}/inner/deep`, `${project}.`]
    ) {
      await Deno.mkdir(folder, { recursive: true });
      await writeStack(`${folder}/a.mrcs`, 1, 1);
    }
    const part = fc.constantFrom("..", ".", "inner", "deep", "project", "project.", "");
    let outside = 0, within = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.boolean(), async (parts, absolute) => {
        const name = [...absolute ? [project] : [], ...parts, "a.mrcs"].join("/").replace(
          /^\/(?!.*project)/,
          "",
        );
        await Deno.writeTextFile(`${project}/p.star`, star(name));
        const options = { projectDirectory: project };
        let notes: readonly string[];
        try {
          using file = await openParticles(`${project}/p.star`, options);
          notes = file.notes;
        } catch (error) {
          assert.match((error as Error).message, /image files not found/);
          return;
        }
        const found = name.startsWith("/") ? name : `${project}/${name}`;
        const isInside = new URL(`file://${found.replace(/\/+/g, "/")}`).pathname
          .startsWith(`${project}/`);
        assert.equal(notes.length, isInside ? 0 : 1, name);
        if (isInside) within++;
        else {
          outside++;
          assert.match(
            notes[0],
            /^1 of 1 image files lie outside the folders of .*p\.star: .*a\.mrcs$/,
          );
          const { warnings } = await describeFile(`${project}/p.star`, options);
          assert.ok(warnings.includes(notes[0]));
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
    assert.ok(outside > 20 && within > 20, `${outside} outside, ${within} inside`);
  }));

Deno.test("a pipe is no file: refused at once, not waited for", () =>
  inDirectory(async (directory) => {
    for (const name of ["p.star", "p.cs", "p.mrc"]) {
      const path = `${directory}/${name}`;
      const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
      assert.ok(success);
      const message = `Cannot read ${path}: not a regular file`;
      await assert.rejects(describeFile(path), { message });
      if (name !== "p.mrc") await assert.rejects(openParticles(path), { message });
    }
  }));

Deno.test("compressed files are refused with the command that unpacks them, by name or first bytes", () =>
  inDirectory(async (directory) => {
    const commands = {
      "p.star.bz2": "bunzip2",
      "p.cs.xz": "unxz",
      "p.mrcs.zst": "unzstd",
      "p.mrc.BZ2": "bunzip2",
      "p.map.Z": "uncompress",
      "p.star.gz": "gunzip",
      "p.cs.gz": "gunzip",
    };
    for (const [name, command] of Object.entries(commands)) {
      const message = `Cannot read ${name}: compressed, wanted what "${command} ${name}" makes`;
      await assert.rejects(describeFile(name), { message });
      await assert.rejects(openParticles(name), { message });
    }
    // a stack that a table names
    await Deno.writeFile(`${directory}/a.mrcs.bz2`, new Uint8Array(2000));
    await Deno.writeTextFile(`${directory}/p.star`, star("a.mrcs.bz2"));
    await assert.rejects(openParticles(`${directory}/p.star`), {
      message: `Cannot read ${directory}/a.mrcs.bz2: compressed, wanted what ` +
        `"bunzip2 ${directory}/a.mrcs.bz2" makes`,
    });
    const path = `${directory}/m.mrc`;
    const starts = {
      "bzip2 data by its first bytes, wanted it unpacked": [0x42, 0x5a, 0x68, 0x39],
      "xz data by its first bytes, wanted it unpacked": [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
      "zstd data by its first bytes, wanted it unpacked": [0x28, 0xb5, 0x2f, 0xfd],
      "gzip data by its first bytes, wanted it unpacked, or a name ending in .gz": [0x1f, 0x8b, 8],
    };
    for (const [found, start] of Object.entries(starts)) {
      await Deno.writeFile(path, Uint8Array.from({ length: 2000 }, (_, i) => start[i] ?? 0xa5));
      await assert.rejects(readVolume(path), { message: `Cannot read ${path}: ${found}` });
      await assert.rejects(openMRC(path), { message: `Cannot read ${path}: ${found}` });
    }
  }));

Deno.test("fuzz: a damaged .csg opens its .cs or is refused in one line; long lines take no time", () =>
  inDirectory(async (directory) => {
    await writeSet(directory);
    const path = `${directory}/p.csg`;
    const text =
      "created: 2026\ngroup:\n  type: particle\nresults:\n  blob:\n    metafile: '>p.cs'\n" +
      "    num_items: 5\n    type: particle.blob\n";
    const marks = fc.constantFrom(..."\n :'>/.\0\u00ff-");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fraction, marks, fc.nat(2)), { maxLength: 4 }),
        async (changes) => {
          let changed = text;
          for (const [at, mark, left] of changes) {
            const i = Math.floor(at * changed.length);
            changed = changed.slice(0, i) + mark + changed.slice(i + left);
          }
          await Deno.writeTextFile(path, changed);
          await survives(() => describeFile(path));
          await survives(async () => {
            using file = await openParticles(path);
            await file.read([0]);
          });
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
    // a regular expression that went back for every letter would take hours
    const long = 1e6;
    for (const line of [" ".repeat(long), `a:${" ".repeat(long)}b`, "'".repeat(long)]) {
      await Deno.writeTextFile(path, `${text}${line}\n`);
      using file = await openParticles(path);
      assert.equal(file.count, 5);
    }
    const table = star("a.mrcs").replace(
      "_rlnVoltage",
      `_rlnBeamTiltX ${"0".repeat(long)}x\n_rlnVoltage`,
    );
    await Deno.writeTextFile(`${directory}/p.star`, table);
    const { warnings } = await describeFile(`${directory}/p.star`, { projectDirectory: directory });
    assert.ok(warnings.includes("not applied: rlnBeamTiltX"));
  }));
