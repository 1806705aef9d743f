import assert from "node:assert/strict";
import type { CTF } from "../lib/ctf.ts";
import { createStackWriter } from "../lib/formats/mrc_write.ts";
import {
  formatParticles,
  openStarParticles as openParticles,
  withPoses,
} from "../lib/formats/particle_star.ts";
import { readParticleTable } from "../lib/formats/particle_table.ts";
import { describeFile } from "../lib/formats/registry.ts";
import { parseSTAR } from "../lib/formats/star.ts";
import { formatSTAR, writeSTAR } from "../lib/formats/star_write.ts";
import type { Pose } from "../lib/particles.ts";
import { createRandom } from "../lib/random.ts";
import { angleBetween, rotationFromEuler } from "../lib/rotation.ts";
import { fc } from "./property.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Pixel p of section s (from 1) of stack k. */
const pixel = (k: number, s: number, p: number) => 1000 * k + 10 * s + p / 16;

async function writeStack(path: string, k: number, sections: number): Promise<void> {
  using writer = await createStackWriter(path, { boxSize: 4, pixelSize: 9 });
  for (let s = 1; s <= sections; s++) {
    await writer.append(Float32Array.from({ length: 16 }, (_, p) => pixel(k, s, p)));
  }
  await writer.close();
}

const optics31 = `
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
unused 9 0 0 0 7 128
second 5 200 2.0 0.07 1.5 4
first  0 300 2.7 0.1 1.5 4
`;

const head31 = `
# version 30001

data_particles

loop_
_rlnImageName #1
_rlnOpticsGroup #2
_rlnDefocusU #3
_rlnDefocusV #4
_rlnDefocusAngle #5
_myLabel #6
_rlnAngleRot #7
_rlnAngleTilt #8
_rlnAnglePsi #9
_rlnOriginXAngst #10
_rlnOriginYAngst #11
`;

const rows31 = `3@b.mrcs 0 11000 10000 10 "one two" 33 71 -128 3 -1.5
000001@a.mrcs 5 21000 20000 20 "#" 0 0 0 0 0
single.mrcs 0 31000 30000 30 x 10 20 30 0 0
1@b.mrcs 0 41000 40000 40 y 0 180 0 0 0
`;

async function write31(directory: string): Promise<string> {
  await writeStack(`${directory}/a.mrcs`, 1, 1);
  await writeStack(`${directory}/b.mrcs`, 2, 3);
  await writeStack(`${directory}/single.mrcs`, 3, 1);
  const path = `${directory}/p.star`;
  await Deno.writeTextFile(path, optics31 + head31 + rows31);
  return path;
}

Deno.test("STAR 3.1: groups by number, defaults, images of several stacks in the order asked", () =>
  inDirectory(async (directory) => {
    using file = await openParticles(await write31(directory));
    assert.deepEqual([file.count, file.boxSize, file.pixelSize], [4, 4, 1.5]);
    assert.deepEqual(file.names, ["3@b.mrcs", "000001@a.mrcs", "single.mrcs", "1@b.mrcs"]);
    assert.deepEqual(file.groups.map(({ number, name }) => [number, name]), [
      [0, "first"],
      [5, "second"],
    ]);
    assert.deepEqual(file.ctf(1), {
      defocusU: 21000,
      defocusV: 20000,
      defocusAngle: 20,
      voltage: 200,
      sphericalAberration: 2,
      amplitudeContrast: 0.07,
      phaseShift: 0,
      bFactor: 0,
      scale: 1,
    });
    const where = [[2, 3], [1, 1], [3, 1], [2, 1]];
    await fc.assert(fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 9 }),
      async (indices) => {
        const wanted = indices.flatMap((i) =>
          Array.from({ length: 16 }, (_, p) => Math.fround(pixel(where[i][0], where[i][1], p)))
        );
        assert.deepEqual([...await file.read(indices)], wanted);
      },
    ));
    for (const index of [4, -1, 0.5]) {
      await assert.rejects(file.read([0, index]), {
        name: "RangeError",
        message: `Cannot read image ${index} of ${file.path}: wanted 0 to 3`,
      });
    }
  }));

Deno.test("poses: R = Rz(rot) Ry(tilt) Rz(psi), the shift is minus the origin in pixels", () =>
  inDirectory(async (directory) => {
    using file = await openParticles(await write31(directory));
    const [{ rotation, shift, probability }] = file.poses!;
    assert.deepEqual(rotation, rotationFromEuler({ rot: 33, tilt: 71, psi: -128 }));
    assert.deepEqual([shift, probability], [[-2, 1], 1]);
    assert.deepEqual(file.poses![1].shift, [0, 0]);
  }));

const table30 = (extra = "", value = "") => `
data_images

loop_
_rlnVoltage #1
_rlnDefocusU #2
_rlnDefocusV #3
_rlnDefocusAngle #4
_rlnSphericalAberration #5
_rlnAmplitudeContrast #6
_rlnMagnification #7
_rlnDetectorPixelSize #8
_rlnImageName #9
_rlnPhaseShift #10
_rlnCtfBfactor #11
_rlnCtfScalefactor #12
_rlnAngleRot #13
_rlnAngleTilt #14
_rlnAnglePsi #15
_rlnOriginX #16
_rlnOriginY #17
_dummy #18
${extra}
300 21000 20000 20 2.7 0.1 40000 6 2@b.mrcs 90 100 0.5 1 2 3 -1.5 2 u ${value}
200 21000 20000 20 2.7 0.1 40000 6 1@b.mrcs 0 0 1 4 5 6 0 0 v ${value}
300 21000 20000 20 2.7 0.1 40000 6 3@b.mrcs 0 0 1 7 8 9 0 0 w ${value}
`;

Deno.test("STAR 3.0: voltage by image, 1.5 A = 1e4 x 6 um / 40000, origins in pixels", () =>
  inDirectory(async (directory) => {
    await writeStack(`${directory}/b.mrcs`, 2, 3);
    await Deno.writeTextFile(`${directory}/p.star`, table30());
    using file = await openParticles(`${directory}/p.star`);
    assert.equal(file.pixelSize, 1.5);
    assert.deepEqual([0, 1, 2].map((i) => file.ctf(i).voltage), [300, 200, 300]);
    assert.deepEqual(file.groups.map(({ number, voltage }) => [number, voltage]), [[1, 300], [
      2,
      200,
    ]]);
    const { phaseShift, bFactor, scale } = file.ctf(0);
    assert.deepEqual({ phaseShift, bFactor, scale }, { phaseShift: 90, bFactor: 100, scale: 0.5 });
    assert.deepEqual(file.poses![0].shift, [1.5, -2]);

    for (const column of ["rlnImagePixelSize", "rlnPixelSize"]) {
      const { pixelSize } = readParticleTable(parseSTAR(table30(`_${column}`, "2.25"), "p.star"));
      assert.equal(pixelSize, 2.25, column);
    }
  }));

const randomPoses = (count: number): Pose[] => {
  const random = createRandom(1, "poses");
  return Array.from({ length: count }, () => ({
    rotation: random.rotation(),
    shift: [3 * random.normal(), 3 * random.normal()],
    probability: random.uniform(),
  }));
};

/** Six decimals: 5e-7 degrees on each angle, three of them; 5e-7 A over the pixel size of 1.5 A. */
function assertPoses(found: readonly Pose[], wanted: readonly Pose[]): void {
  assert.equal(found.length, wanted.length);
  found.forEach(({ rotation, shift, probability }, i) => {
    // Beside the angles' rounding: acos(1 - e) = sqrt(2 e), e of 9 products in float64 <= 2^-49.
    const angle = angleBetween(rotation, wanted[i].rotation);
    assert.ok(angle <= 3 * 5e-7 * Math.PI / 180 + 2 ** -24, `angle ${angle}`);
    shift.forEach((t, axis) => assert.ok(Math.abs(t - wanted[i].shift[axis]) <= 5e-7));
    assert.ok(Math.abs(probability - wanted[i].probability) <= 5e-7 + 2 ** -50);
  });
}

Deno.test("withPoses() keeps every column and block of a 3.1 file and replaces the poses", () =>
  inDirectory(async (directory) => {
    const path = await write31(directory);
    await Deno.writeTextFile(path, "data_other\n\n_rlnX 1\n\n" + optics31 + head31 + rows31);
    using file = await openParticles(path);
    const poses = randomPoses(4);
    await writeSTAR(`${directory}/q.star`, withPoses(file, poses));
    using again = await openParticles(`${directory}/q.star`);
    assertPoses(again.poses!, poses);
    assert.deepEqual(again.star.blocks.map(({ name }) => name), ["other", "optics", "particles"]);
    assert.deepEqual(again.particles.columns, [
      ...file.particles.columns,
      "rlnMaxValueProbDistribution",
    ]);
    for (const column of ["rlnImageName", "rlnDefocusU", "myLabel"]) {
      assert.deepEqual(again.particles.strings(column), file.particles.strings(column));
    }
    assert.deepEqual(again.optics!.strings("rlnOpticsGroupName"), ["unused", "second", "first"]);
    assert.deepEqual(again.optics!.strings("rlnImageSize"), ["128", "4", "4"]);
    assert.deepEqual(again.optics!.strings("rlnImageDimensionality"), ["2", "2", "2"]);
    assert.deepEqual(await again.read([0, 1, 2, 3]), await file.read([0, 1, 2, 3]));

    const imageNames = ["1@b.mrcs", "2@b.mrcs", "3@b.mrcs", "1@a.mrcs"];
    const renamed = readParticleTable(withPoses(file, poses, { imageNames }));
    assert.deepEqual(renamed.particles.strings("rlnImageName"), imageNames);
    assert.throws(() => withPoses(file, poses.slice(1)), /3 poses, wanted 4/);
    assert.throws(() => withPoses(file, poses, { imageNames: [] }), /0 image names, wanted 4/);
  }));

Deno.test("withPoses() makes 3.1 of 3.0: data_optics of its groups, origins in A, all else kept", () =>
  inDirectory(async (directory) => {
    await writeStack(`${directory}/b.mrcs`, 2, 3);
    await Deno.writeTextFile(`${directory}/p.star`, table30());
    using file = await openParticles(`${directory}/p.star`);
    const poses = randomPoses(3);
    await writeSTAR(`${directory}/q.star`, withPoses(file, poses));
    using again = await openParticles(`${directory}/q.star`);
    assert.deepEqual(again.star.blocks.map(({ name }) => name), ["optics", "particles"]);
    assert.deepEqual([again.pixelSize, again.boxSize], [1.5, 4]);
    assertPoses(again.poses!, poses);
    for (const i of [0, 1, 2]) assert.deepEqual(again.ctf(i), file.ctf(i));
    assert.deepEqual(again.particles.strings("rlnOpticsGroup"), ["1", "2", "1"]);
    assert.deepEqual(again.particles.strings("dummy"), ["u", "v", "w"]);
    assert.ok(!again.particles.has("rlnOriginX") && again.particles.has("rlnMagnification"));
    const [optics] = again.star.blocks;
    assert.deepEqual(optics.strings("rlnImageSize"), ["4", "4"]);
  }));

/** Particles of two optics groups numbered from 0, as other programs export them. */
const exported = (optics: string, opticsRows: string[], columns: string, rows: string[]) =>
  `data_${optics}\nloop_\n_rlnOpticsGroup\n_rlnOpticsGroupName\n${opticsRows.join("\n")}\n` +
  `data_particles\nloop_\n_rlnImageName\n_rlnDefocusU\n_rlnDefocusV\n_rlnDefocusAngle\n` +
  `_rlnOpticsGroup\n${columns}\n` +
  rows.map((row, i) => `${i + 1}@b.mrcs 21000 20000 20 ${row}`).join("\n") + "\n";
const VOLTAGES = "_rlnVoltage\n_rlnSphericalAberration\n_rlnAmplitudeContrast";

const exports: Record<string, string> = {
  "a pixel size of the detector, optics with the particles": exported(
    "optics",
    ["0 a", "1 b"],
    `${VOLTAGES}\n_rlnDetectorPixelSize\n_rlnMagnification`,
    ["0 300 2.7 0.1 6 40000", "1 200 2.7 0.1 6 40000", "0 300 2.7 0.1 6 40000"],
  ),
  "a pixel size of the detector in the optics": exported(
    "optics",
    [
      `${VOLTAGES}\n_rlnDetectorPixelSize\n_rlnMagnification`,
      "0 a 300 2.7 0.1 6 40000",
      "1 b 200 2.7 0.1 6 40000",
    ],
    "_rlnDummy",
    ["0 x", "1 y", "0 z"],
  ),
  "a pixel size with the particles, optics in a block without a name": exported(
    "",
    [VOLTAGES, "0 a 300 2.7 0.1", "1 b 200 2.7 0.1"],
    "_rlnImagePixelSize",
    ["0 1.5", "1 1.5", "0 1.5"],
  ),
};

for (const [title, text] of Object.entries(exports)) {
  Deno.test(`STAR 3.1 with ${title}: read, and completed when written`, () =>
    inDirectory(async (directory) => {
      await writeStack(`${directory}/b.mrcs`, 2, 3);
      await Deno.writeTextFile(`${directory}/p.star`, text);
      using file = await openParticles(`${directory}/p.star`);
      assert.deepEqual([file.pixelSize, file.count, file.boxSize], [1.5, 3, 4]);
      assert.deepEqual([0, 1, 2].map((i) => file.ctf(i).voltage), [300, 200, 300]);
      await writeSTAR(`${directory}/q.star`, withPoses(file, randomPoses(3)));
      using again = await openParticles(`${directory}/q.star`);
      assert.deepEqual(again.star.blocks.map(({ name }) => name), ["optics", "particles"]);
      assert.deepEqual(again.optics!.strings("rlnOpticsGroup"), ["0", "1"]);
      const wanted = { rlnVoltage: "300", rlnImageSize: "4", rlnImagePixelSize: "1.5" };
      for (const [column, value] of Object.entries(wanted)) {
        assert.equal(again.optics!.strings(column)[0], value, column);
      }
      for (const i of [0, 1, 2]) assert.deepEqual(again.ctf(i), file.ctf(i));
    }));
}

Deno.test("STAR 3.1: images of a group that do not agree on its optics are refused", () => {
  const text = exports["a pixel size of the detector, optics with the particles"]
    .replace("2@b.mrcs 21000 20000 20 1", "2@b.mrcs 21000 20000 20 0");
  assert.throws(() => readParticleTable(parseSTAR(text, "p.star")), {
    message: "Cannot use p.star: images of optics group 0 have rlnVoltage 300 and 200, wanted one",
  });
});

const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });

Deno.test("what formatParticles() writes is read as the same CTFs and poses, to six decimals", () => {
  const ctf: fc.Arbitrary<CTF> = fc.record({
    defocusU: finite(-1e4, 5e4),
    defocusV: finite(-1e4, 5e4),
    defocusAngle: finite(-180, 180),
    voltage: fc.constantFrom(100, 200, 300),
    sphericalAberration: fc.constantFrom(0, 2.7),
    amplitudeContrast: fc.constantFrom(0.07, 0.1),
    phaseShift: finite(0, 180),
    bFactor: finite(0, 500),
    scale: finite(0, 2),
  });
  fc.assert(
    fc.property(fc.array(ctf, { minLength: 1, maxLength: 9 }), finite(0.3, 20), (ctfs, px) => {
      const poses = randomPoses(ctfs.length);
      const names = ctfs.map((_, i) => `${String(i + 1).padStart(6, "0")}@p.mrcs`);
      const file = formatParticles({
        count: ctfs.length,
        boxSize: 64,
        pixelSize: px,
        ctf: (i) => ctfs[i],
        names,
        micrographNames: names.map((_, i) => `mic ${i}.mrc`),
        poses,
        opticsName: "g",
      });
      const table = readParticleTable(parseSTAR(formatSTAR(file), "p.star"));
      assert.equal(table.pixelSize, px);
      assert.deepEqual(table.particles.strings("rlnMicrographName").slice(0, 1), ["mic 0.mrc"]);
      const groups = new Set(
        ctfs.map((c) => [c.voltage, c.sphericalAberration, c.amplitudeContrast].join()),
      );
      assert.equal(table.groups.length, groups.size);
      assert.equal(table.groups[0].name, "g1");
      ctfs.forEach((wanted, i) => {
        const found = table.ctf(i);
        for (const key of Object.keys(wanted) as (keyof CTF)[]) {
          // Six decimals: 5e-7, and half a unit in the last place of numbers up to 5e4.
          assert.ok(Math.abs(found[key] - wanted[key]) <= 5e-7 + 2 ** -37, key);
        }
      });
      table.poses!.forEach(({ shift }, i) =>
        shift.forEach((t, axis) =>
          assert.ok(Math.abs(t - poses[i].shift[axis]) * px <= 5e-7 + 2 ** -40)
        )
      );
    }),
  );
  const few = { count: 2, boxSize: 4, pixelSize: 1, ctf: () => ({} as CTF) };
  assert.throws(() => formatParticles({ ...few, names: ["a"] }), /1 image names, wanted 2/);
  assert.throws(
    () => formatParticles({ ...few, names: ["a", "b"], poses: [] }),
    /0 poses, wanted 2/,
  );
});

Deno.test("image names: the data directory comes before the project's, the project's before the STAR's", () =>
  inDirectory(async (directory) => {
    const names = ["data", "project", "star"];
    const table = optics31 + head31 + "1@x/b.mrcs 0 1 1 0 z 0 0 0 0 0\n";
    for (const [k, name] of names.entries()) {
      await Deno.mkdir(`${directory}/${name}/x`, { recursive: true });
      await writeStack(`${directory}/${name}/x/b.mrcs`, k, 1);
    }
    const path = `${directory}/star/p.star`;
    await Deno.writeTextFile(path, table);
    const options = {
      dataDirectory: `${directory}/data`,
      projectDirectory: `${directory}/project`,
    };
    const firstPixel = async () => {
      using file = await openParticles(path, options);
      return (await file.read([0]))[1];
    };
    for (const [k, name] of names.entries()) {
      assert.equal(await firstPixel(), Math.fround(pixel(k, 1, 1)), name);
      await Deno.remove(`${directory}/${name}/x/b.mrcs`);
    }
    await assert.rejects(firstPixel(), {
      name: "NotFound",
      message: `Cannot open ${path}: 1 of 1 image files not found (x/b.mrcs), wanted under ` +
        names.map((name) => `${directory}/${name}`).join(", "),
    });
    const absolute = `${directory}/elsewhere.mrcs`;
    await writeStack(absolute, 7, 1);
    await Deno.writeTextFile(path, table.replace("x/b.mrcs", absolute));
    assert.equal(await firstPixel(), Math.fround(pixel(7, 1, 1)));
  }));

Deno.test("more stacks than are kept open are read, by overlapping calls too", () =>
  inDirectory(async (directory) => {
    const count = 80;
    const names = Array.from({ length: count }, (_, i) => `1@${i}.mrcs`);
    for (let i = 0; i < count; i++) await writeStack(`${directory}/${i}.mrcs`, i, 1);
    const ctf = { ...formatted, defocusU: 1e4, defocusV: 1e4 };
    const path = `${directory}/p.star`;
    await writeSTAR(
      path,
      formatParticles({ count, boxSize: 4, pixelSize: 1, ctf: () => ctf, names }),
    );
    using file = await openParticles(path);
    const order = createRandom(3).permutation(count);
    const parts = await Promise.all([
      file.read(order),
      file.read(order.toReversed()),
      file.read([5]),
    ]);
    order.forEach((i, j) => {
      assert.equal(parts[0][16 * j + 3], Math.fround(pixel(i, 1, 3)));
      assert.equal(parts[1][16 * (count - 1 - j) + 3], Math.fround(pixel(i, 1, 3)));
    });
  }));

const formatted: CTF = {
  defocusU: 0,
  defocusV: 0,
  defocusAngle: 0,
  voltage: 300,
  sphericalAberration: 2.7,
  amplitudeContrast: 0.1,
  phaseShift: 0,
  bFactor: 0,
  scale: 1,
};

Deno.test("describeFile() tells what a STAR file, a stack and a map hold, and warns", () =>
  inDirectory(async (directory) => {
    const path = await write31(directory);
    await Deno.remove(`${directory}/a.mrcs`);
    const star = await describeFile(path);
    const entries = new Map(star.entries);
    assert.equal(star.format, "STAR particles");
    assert.equal(entries.get("version"), "3.1 or later (version 30001)");
    assert.equal(entries.get("optics group 5 (second)"), "1 images, 200 kV, Cs 2 mm, Q0 0.07");
    assert.equal(entries.get("defocus U"), "11000 to 41000 A");
    assert.equal(entries.get("box"), "4 x 4 px");
    assert.equal(entries.get("poses"), "given");
    assert.deepEqual(star.warnings, ["1 of 3 image files not found: a.mrcs"]);

    const stack = await describeFile(`${directory}/b.mrcs`);
    assert.equal(stack.format, "MRC stack");
    assert.equal(new Map(stack.entries).get("images"), "3");
    assert.equal(new Map(stack.entries).get("pixel size"), "9 A");
    assert.deepEqual(stack.warnings, []);

    await Deno.writeTextFile(`${directory}/c.star`, "data_model\n\n_rlnPixelSize 3\n");
    assert.deepEqual((await describeFile(`${directory}/c.star`)).entries, [[
      "data_model",
      "1 values",
    ]]);
    await assert.rejects(
      describeFile(`${directory}/c.txt`),
      /^RangeError: Cannot read .*c\.txt: wanted a name ending in \.mrc/,
    );
  }));
