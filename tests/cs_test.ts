import assert from "node:assert/strict";
import { readCSParticles } from "../lib/formats/cs_particles.ts";
import { readCS } from "../lib/formats/cs.ts";
import { type NewColumn, readNpy } from "../lib/formats/npy.ts";
import { openCSParticles } from "../lib/formats/particle_cs.ts";
import { openStarParticles } from "../lib/formats/particle_star.ts";
import { describeFile, openParticles } from "../lib/formats/registry.ts";
import type { Pose } from "../lib/particles.ts";
import { createRandom } from "../lib/random.ts";
import { angleBetween, eulerFromRotation, multiply, transpose } from "../lib/rotation.ts";
import { csColumns, pixel, uids, writeCS, writeStack } from "./cs_set.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The five particles in a project: J2/p.cs, a.mrcs beside it, J1/imported/b.mrc. */
async function writeSet(
  directory: string,
  columns: Iterable<NewColumn> = csColumns().values(),
): Promise<string> {
  await Deno.mkdir(`${directory}/J1/imported`, { recursive: true });
  await Deno.mkdir(`${directory}/J2`);
  await writeStack(`${directory}/J2/a.mrcs`, 1, 2);
  await writeStack(`${directory}/b.mrcs`, 2, 3);
  await Deno.rename(`${directory}/b.mrcs`, `${directory}/J1/imported/b.mrc`);
  await writeCS(`${directory}/J2/p.cs`, columns);
  return `${directory}/J2/p.cs`;
}

/** Rows of the matrix [v]x of the cross product with v. */
const cross = ([x, y, z]: readonly number[]) => [0, -z, y, z, 0, -x, -y, x, 0];

/** exp(M) by its power series; |M| < 4 here, so that after 40 terms there is 4^40 / 40! < 2e-24 left. */
function exponential(m: readonly number[]): Float64Array {
  const sum = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  let term: Float64Array = sum.slice();
  for (let n = 1; n <= 40; n++) {
    term = multiply(term, m).map((v) => v / n);
    term.forEach((v, i) => sum[i] += v);
  }
  return sum;
}

Deno.test(".cs: images by path and index from 0, links, signs, groups, units", () =>
  inDirectory(async (directory) => {
    using file = await openCSParticles(await writeSet(directory));
    assert.deepEqual([file.count, file.boxSize, file.pixelSize], [5, 4, 1.31]);
    assert.deepEqual(file.names.slice(0, 3), [
      "000002@a.mrcs",
      "000003@J1/imported/b.mrc",
      "000001@a.mrcs",
    ]);
    assert.equal(file.inverted, false);
    assert.deepEqual(file.notes, ["3 of 5 images are read with their sign changed (blob/sign)"]);
    const where = [[1, 2, -1], [2, 3, 1], [1, 1, -1], [2, 1, -1], [1, 2, 1]];
    const asked = [4, 1, 0, 3, 2, 0];
    assert.deepEqual(
      [...await file.read(asked)],
      asked.flatMap((i) => {
        const [k, s, sign] = where[i];
        return Array.from({ length: 16 }, (_, p) => sign * Math.fround(pixel(k, s, p)));
      }),
    );
    assert.deepEqual(
      file.groups.map(({ number, name, voltage, boxSize }) => [number, name, voltage, boxSize]),
      [[1, "exposureGroup3", 300, 4], [2, "exposureGroup0", 200, 4]],
    );
    assert.deepEqual(file.ctf(1), {
      defocusU: 16000,
      defocusV: 15500,
      defocusAngle: -1.25 * 180 / Math.PI,
      voltage: 200,
      sphericalAberration: 2.7,
      amplitudeContrast: 0.1,
      phaseShift: Math.fround(Math.PI / 2) * 180 / Math.PI,
      bFactor: 50,
      scale: 0.5,
    });
  }));

Deno.test(".cs poses: RELION's A is exp([pose]x)^T; minus the shift, in pixels of the images", () => {
  return inDirectory(async (directory) => {
    using file = await openCSParticles(await writeSet(directory));
    const numbers = file.table.numbers("alignments3D/pose");
    file.poses!.forEach(({ rotation, probability }, i) => {
      const A = transpose(exponential(cross([...numbers.subarray(3 * i, 3 * i + 3)])));
      // A of RELION's angles takes map to image: our R is its transpose. Some ten roundings an entry.
      assert.ok(transpose(rotation).every((v, k) => Math.abs(v - A[k]) < 1e-14), `${i}`);
      assert.equal(probability, 1);
    });
    // RELION's angles from A's last row and column, the pose rounded to eight digits
    const { rot, tilt, psi } = eulerFromRotation(file.poses![0].rotation);
    const A = transpose(exponential(cross([2.3386633, -0.25595567, -1.2236784])));
    const degrees = [
      Math.atan2(A[7], A[6]),
      Math.acos(A[8]),
      Math.atan2(A[5], -A[2]),
    ].map((angle) => angle * 180 / Math.PI);
    [rot, tilt, psi].forEach((angle, k) => assert.ok(Math.abs(angle - degrees[k]) < 1e-5));
    // pixels of 2.62 A in pixels of 1.31 A; float32 of both: 2^-23 of 6 px
    const shifts = file.poses!.flatMap(({ shift }) => [...shift]);
    const wanted = [-4, 2, 0, 0, -1, -0.5, 6, -2, 0, 0];
    shifts.forEach((t, k) => assert.ok(Math.abs(t - wanted[k]) < 6 * 2 ** -23, `${t}`));
  });
});

/** The same columns split over two files: images and uid in one, the rest in the other, in another order. */
async function writeSplit(directory: string): Promise<[string, string]> {
  const all = [...csColumns().values()], main = await writeSet(directory, all.slice(0, 6));
  const order = [3, 0, 4, 2, 1];
  const shuffled = [all[0], ...all.slice(4)].map((column): NewColumn => {
    if ("integers" in column) {
      return { ...column, integers: BigUint64Array.from(order, (i) => column.integers[i]) };
    }
    if ("texts" in column) return { ...column, texts: order.map((i) => column.texts[i]) };
    const width = column.numbers.length / 5;
    return {
      ...column,
      numbers: order.flatMap((i) => Array.from(column.numbers).slice(width * i, width * (i + 1))),
    };
  });
  const path = `${directory}/J2/passthrough.cs`;
  await writeCS(path, shuffled);
  return [main, path];
}

Deno.test("passthrough files are joined on uid, whatever their order", () =>
  inDirectory(async (directory) => {
    const [main, passthrough] = await writeSplit(directory);
    const joined = readCSParticles(readCS(main, [passthrough]));
    await writeCS(`${directory}/whole.cs`, csColumns().values());
    const whole = readCSParticles(readCS(`${directory}/whole.cs`));
    assert.deepEqual(joined.poses, whole.poses);
    assert.deepEqual(joined.names, whole.names);
    for (let i = 0; i < 5; i++) assert.deepEqual(joined.ctf(i), whole.ctf(i));
    await assert.rejects(openParticles(main), {
      message: `Cannot use ${main}: no ctf/accel_kv, ctf/cs_mm, ctf/amp_contrast, ctf/df1_A, ` +
        "ctf/df2_A, ctf/df_angle_rad, wanted the images and CTF of particles (--passthrough FILE " +
        "adds the columns of another .cs)",
    });
    using file = await openParticles(main, { passthrough: [passthrough] });
    assert.equal(file.count, 5);
  }));

Deno.test("passthrough files that do not fit are refused in one line", () =>
  inDirectory(async (directory) => {
    const [main, good] = await writeSplit(directory);
    const refused = (passthrough: string[], message: string) =>
      assert.rejects(openParticles(main, { passthrough }), { message });
    const of = (name: string, integers: BigUint64Array) =>
      writeCS(`${directory}/${name}`, [{ name: "uid", type: "<u8", integers }], integers.length);
    await of("few.cs", uids.slice(2));
    await refused(
      [`${directory}/few.cs`],
      `Cannot use ${directory}/few.cs: 2 of the 5 uids of ${main} are not in it (5, ...), ` +
        "wanted all of them",
    );
    await of("twice.cs", BigUint64Array.from([...uids, 7n]));
    await refused(
      [`${directory}/twice.cs`],
      `Cannot use ${directory}/twice.cs: two rows of uid 7, wanted one each`,
    );
    await writeCS(`${directory}/none.cs`, [{ name: "x", type: "<f4", numbers: [1] }], 1);
    await refused(
      [`${directory}/none.cs`],
      `Cannot use ${directory}/none.cs: no column uid, wanted a .cs of cryoSPARC`,
    );
    await refused(
      [main],
      `Cannot use passthrough ${main}: the same file as ${main}, wanted different ones`,
    );
    const link = `${directory}/link.cs`;
    await Deno.symlink(main, link);
    await refused(
      [link],
      `Cannot use passthrough ${link}: the same file as ${main}, wanted different ones`,
    );
    await refused(
      [good, good],
      `Cannot use passthrough ${good}: the same file as another, wanted different ones`,
    );
    await refused(
      [`${directory}/no.cs`],
      `Cannot read ${directory}/no.cs: no such file or directory`,
    );
    for (const work of [openParticles, describeFile]) {
      await assert.rejects(work("p.star", { passthrough: [good] }), {
        message: `Cannot use passthrough ${good} with p.star: wanted a .cs of cryoSPARC`,
      });
    }
  }));

Deno.test("cryoSPARC's compressed form is recognised and explained", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/p.cs`;
    for (const version of [0x94, 0x95]) {
      await Deno.writeFile(path, new Uint8Array([version, ...new TextEncoder().encode("CSDAT\0")]));
      await assert.rejects(openParticles(path), {
        message:
          `Cannot read ${path}: cryoSPARC's newer compressed form (CSDAT), wanted numpy's, ` +
          "which cryosparc-tools makes in Python: from cryosparc.dataset import Dataset; " +
          `Dataset.load("${path}").save("numpy.cs")`,
      });
    }
  }));

const group = (results: Record<string, string>) =>
  `created: 2026-09-03 10:00:00.000000\ngroup:\n  description: All particles\n  name: particles\n` +
  `  title: All particles\n  type: particle\nresults:\n` +
  Object.entries(results).map(([name, file]) =>
    `  ${name}:\n    metafile: '${file}'\n    num_items: 5\n    type: particle.${name}\n`
  ).join("") + "version: v4.4.1\n";

Deno.test("a result group opens the .cs with the images, the others joined to it", () =>
  inDirectory(async (directory) => {
    const [main] = await writeSplit(directory), path = `${directory}/J2/p.csg`;
    const write = (results: Record<string, string>) => Deno.writeTextFile(path, group(results));
    await write({ alignments3D: ">passthrough.cs", blob: ">p.cs", ctf: ">passthrough.cs" });
    await writeCS(`${directory}/whole.cs`, csColumns().values());
    const whole = readCSParticles(readCS(`${directory}/whole.cs`));
    using file = await openParticles(path);
    assert.equal(file.path, path);
    assert.deepEqual(file.poses, whole.poses);
    assert.deepEqual(file.ctf(3), whole.ctf(3));
    assert.equal(new Map((await describeFile(path)).entries).get("poses"), "given");
    await write({ blob: "J2/p.cs", ctf: "J2/passthrough.cs" }); // from the project
    using same = await openParticles(path);
    assert.equal(same.count, 5);

    const refused = async (results: Record<string, string>, message: string) => {
      await write(results);
      await assert.rejects(openParticles(path), { message });
    };
    await refused(
      { ctf: ">p.cs" },
      `Cannot use ${path}: no metafile of a result blob in it, wanted a result group of particles`,
    );
    for (const name of ["../../p.cs", "/etc/passwd", ">../p.cs", ">p.mrc", ""]) {
      await refused(
        { blob: name },
        `Cannot use ${path}: metafile ${JSON.stringify(name)}, wanted a .cs of the project`,
      );
    }
    await refused(
      { blob: ">no.cs" },
      `Cannot read ${directory}/J2/no.cs: no such file or directory`,
    );
    await assert.rejects(openParticles(path, { passthrough: [main] }), {
      message: `Cannot use passthrough ${main} with ${path}: wanted a .cs of cryoSPARC`,
    });
  }));

/** What a column is replaced with, and the line that refuses it; P for the file. */
const badColumns: [title: string, column: NewColumn, message: string][] = [
  [
    "a defocus that is no number",
    { name: "ctf/df1_A", type: "<f4", numbers: [1, 1, NaN, 1, 1] },
    "Cannot use P: row 3 has ctf/df1_A NaN, wanted a finite number",
  ],
  [
    "a defocus that is text",
    { name: "ctf/df1_A", type: "S", texts: ["1", "1", "1", "1", "1"] },
    "Cannot read P: column ctf/df1_A of kind S1, wanted numbers",
  ],
  [
    "two defocuses a row",
    { name: "ctf/df1_A", type: "<f4", shape: [2], numbers: new Float32Array(10) },
    "Cannot use P: 2 numbers a row in ctf/df1_A, wanted 1",
  ],
  [
    "a path that is a number",
    { name: "blob/path", type: "<f4", numbers: new Float32Array(5) },
    "Cannot read P: column blob/path of kind f4, wanted texts",
  ],
  [
    "no path",
    { name: "blob/path", type: "S", texts: ["a.mrcs", ">", "a.mrcs", "a.mrcs", "a.mrcs"] },
    'Cannot use P: row 2 has blob/path "" and blob/idx 2, wanted a file and a number from 0',
  ],
  [
    "a negative index",
    { name: "blob/idx", type: "<i4", numbers: [0, 0, 0, 0, -1] },
    'Cannot use P: row 5 has blob/path "a.mrcs" and blob/idx -1, wanted a file and a number from 0',
  ],
  [
    "an index beyond the stack",
    { name: "blob/idx", type: "<u4", numbers: [0, 0, 0, 0, 2] },
    "Cannot use P: row 5 asks for image 3 of D/J2/a.mrcs, wanted 1 to 2",
  ],
  [
    "an oblong image",
    { name: "blob/shape", type: "<u4", shape: [2], numbers: [4, 4, 4, 4, 4, 6, 4, 4, 4, 4] },
    "Cannot use P: row 3 has blob/shape 4 x 6, wanted square images",
  ],
  [
    "another box than the stack's",
    { name: "blob/shape", type: "<u4", shape: [2], numbers: new Uint32Array(10).fill(6) },
    "Cannot use P: optics group 1 (exposureGroup3) has blob/shape 6, but images in D/J2/a.mrcs are " +
    "4 px, wanted the same",
  ],
  [
    "two pixel sizes",
    { name: "blob/psize_A", type: "<f4", numbers: [1, 1, 1, 2, 1] },
    "Cannot use P: pixels of 1 A in optics group 1 (exposureGroup3) and of 2 A in optics group 3 " +
    "(exposureGroup3), wanted one size",
  ],
  [
    "no voltage",
    { name: "ctf/accel_kv", type: "<f4", numbers: new Float32Array(5) },
    "Cannot use P: optics group 1 (exposureGroup3) has ctf/accel_kv 0, wanted kV above 0, at most 5000",
  ],
  [
    "a sign of 0",
    { name: "blob/sign", type: "<f4", numbers: [1, 1, 0, 1, 1] },
    "Cannot use P: row 3 has blob/sign 0, wanted 1 or -1",
  ],
  [
    "one uid twice",
    { name: "uid", type: "<u8", integers: BigUint64Array.from([1n, 2n, 3n, 1n, 4n]) },
    "Cannot use P: two rows of uid 1, wanted one each",
  ],
];

for (const [title, column, message] of badColumns) {
  Deno.test(`.cs: ${title} is refused in one line`, () =>
    inDirectory(async (directory) => {
      const columns = csColumns().set(column.name, column);
      const path = await writeSet(directory, columns.values());
      await assert.rejects(openParticles(path), {
        message: message.replace("P:", `${path}:`).replace("D/", `${directory}/`),
      });
    }));
}

Deno.test("writePoses() of a .cs: all else kept in poses.cs, the same particles in poses.star", () =>
  inDirectory(async (directory) => {
    const path = await writeSet(directory);
    using file = await openCSParticles(path);
    const random = createRandom(1, "poses");
    const poses: Pose[] = Array.from({ length: 5 }, (_, i) => ({
      // half a turn, where the vector's length is pi
      rotation: i === 3 ? Float64Array.of(-1, 0, 0, 0, 1, 0, 0, 0, -1) : random.rotation(),
      shift: [3 * random.normal(), 3 * random.normal()],
      probability: random.uniform(),
    }));
    const written = await file.writePoses(`${directory}/J2/poses`, poses);
    assert.deepEqual(written, [`${directory}/J2/poses.star`, `${directory}/J2/poses.cs`]);
    using cs = await openCSParticles(written[1]);
    using star = await openStarParticles(written[0], { projectDirectory: directory });
    for (let i = 0; i < 5; i++) {
      // float32 vectors of length <= pi: 2^-23 x pi; acos(1 - e) = sqrt(2 e), e of 9 products in float64
      const angle = angleBetween(cs.poses![i].rotation, poses[i].rotation);
      assert.ok(angle < 2 ** -21 + 2 ** -24, `${angle}`);
      // six decimals of each of three angles
      const decimals = angleBetween(star.poses![i].rotation, poses[i].rotation);
      assert.ok(decimals <= 3 * 5e-7 * Math.PI / 180 + 2 ** -24, `${decimals}`);
      poses[i].shift.forEach((t, axis) => {
        assert.ok(Math.abs(cs.poses![i].shift[axis] - t) < 2 ** -23 * 16);
        assert.ok(Math.abs(star.poses![i].shift[axis] - t) <= 5e-7);
      });
      const found = star.ctf(i), wanted = file.ctf(i);
      for (const key of Object.keys(wanted) as (keyof typeof wanted)[]) {
        assert.ok(Math.abs(found[key] - wanted[key]) <= 5e-7 + 2 ** -37, key);
      }
    }
    const before = readNpy(path), after = readNpy(written[1]);
    assert.deepEqual(after.integers("uid"), uids);
    for (const { name } of before.fields) {
      if (name.startsWith("alignments3D/")) continue;
      const kept = (table: typeof before) =>
        /path$/.test(name) ? table.texts(name) : table.numbers(name);
      assert.deepEqual(kept(after), kept(before), name);
    }
    assert.deepEqual([...after.numbers("alignments3D/split")], [0, 1, 1, 0, 1]);
    assert.deepEqual([...after.numbers("alignments3D/error")], [0, 0, 0, 0, 0]);
    assert.deepEqual(star.particles.strings("rlnRandomSubset"), ["1", "2", "2", "1", "2"]);
    assert.deepEqual(star.particles.strings("rlnMicrographName").slice(2), ["m/1", "m/3", "m/2"]);
    // RELION takes a file that does not end in .mrcs for a stack when told to
    assert.equal(star.particles.value(1, "rlnImageName"), "000003@J1/imported/b.mrc:mrcs");
    const signs = [-1, 1, -1, -1, 1];
    const [ours, theirs] = [await file.read([0, 1, 2, 3, 4]), await star.read([0, 1, 2, 3, 4])];
    ours.forEach((v, p) => assert.equal(v, signs[Math.floor(p / 16)] * theirs[p]));
    await assert.rejects(file.writePoses(`${directory}/q`, poses.slice(1)), /4 poses, wanted 5/);
  }));

Deno.test("describeFile() tells what a .cs holds, and warns", () =>
  inDirectory(async (directory) => {
    const columns = csColumns();
    columns.set("ctf/tilt_A", { name: "ctf/tilt_A", type: "<f4", numbers: [0, 0, 1, 0, 0] });
    const path = await writeSet(directory, columns.values());
    await Deno.remove(`${directory}/J1/imported/b.mrc`);
    const { format, entries, warnings } = await describeFile(path);
    const entry = new Map(entries);
    assert.equal(format, "cryoSPARC particles");
    assert.equal(entry.get("rows"), "5");
    assert.equal(entry.get("blob"), "path, idx, shape, psize_A, sign");
    assert.equal(entry.get("blob/sign"), "-1 of 3");
    assert.equal(
      entry.get("optics group 2 (exposureGroup0)"),
      "1 images, 200 kV, Cs 2.7 mm, Q0 0.1",
    );
    assert.equal(entry.get("defocus U"), "-500 to 18000 A");
    assert.equal(entry.get("poses"), "given");
    assert.deepEqual(warnings, [
      "1 of 2 image files not found: J1/imported/b.mrc",
      "not applied: ctf/tilt_A",
    ]);
    await writeCS(`${directory}/v.cs`, [{ name: "uid", type: "<u8", integers: uids }]);
    assert.equal((await describeFile(`${directory}/v.cs`)).format, "cryoSPARC table");
  }));
