import assert from "node:assert/strict";
import { openMRC, readVolume } from "../lib/formats/mrc.ts";
import { createStackWriter, writeVolume } from "../lib/formats/mrc_write.ts";
import { readParticleTable } from "../lib/formats/particle_table.ts";
import { describeFile, openParticles } from "../lib/formats/registry.ts";
import { parseSTAR } from "../lib/formats/star.ts";
import { createVolume } from "../lib/volume.ts";
import { mrcBytes } from "./mrc_bytes.ts";
import { fc } from "./property.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const optics = (rows: string, columns = "") =>
  `data_optics
loop_
_rlnOpticsGroup
_rlnOpticsGroupName
_rlnVoltage
_rlnSphericalAberration
_rlnAmplitudeContrast
_rlnImagePixelSize
${columns}
${rows}

data_particles
loop_
_rlnImageName
_rlnOpticsGroup
_rlnDefocusU
_rlnDefocusV
_rlnDefocusAngle
`;
const good = "1 good 300 2.7 0.1 1.5";

/** STAR text and the one line it is refused with, D for the directory, without any image file. */
const badTables: Record<string, [text: string, message: string]> = {
  "no particles": [
    "data_micrographs\nloop_\n_rlnMicrographName\na.mrc\n\ndata_x\n",
    "Cannot use D/p.star: no rlnImageName in data_micrographs, data_x, wanted a table of particles",
  ],
  "two tables of particles": [
    "data_a\nloop_\n_rlnImageName\ndata_b\nloop_\n_rlnImageName\n",
    "Cannot use D/p.star: rlnImageName in data_a, data_b, wanted one table of particles",
  ],
  "an empty table": [
    optics(good),
    "Cannot use D/p.star: 0 particles in data_particles, wanted some",
  ],
  "missing columns in both blocks": [
    "data_optics\n_rlnOpticsGroup 1\n_rlnVoltage 300\ndata_particles\nloop_\n_rlnImageName\n" +
    "_rlnDefocusU\n1@a.mrcs 1\n",
    "Cannot use D/p.star: no rlnSphericalAberration, rlnAmplitudeContrast, rlnImagePixelSize in " +
    "data_optics and no rlnOpticsGroup, rlnDefocusV, rlnDefocusAngle in data_particles, wanted the " +
    "CTF and pixel size of every image",
  ],
  "missing columns of 3.0": [
    "data_\nloop_\n_rlnImageName\n_rlnVoltage\n1@a.mrcs 300\n",
    "Cannot use D/p.star: no rlnSphericalAberration, rlnAmplitudeContrast, rlnDefocusU, rlnDefocusV, " +
    "rlnDefocusAngle, rlnDetectorPixelSize, rlnMagnification in data_, wanted the CTF and pixel size " +
    "of every image",
  ],
  "zero voltage": [
    optics("2 bad 0 2.7 0.1 1.5\n" + good) + "1@a.mrcs 1 1 1 1\n1@a.mrcs 2 1 1 1\n",
    "Cannot use D/p.star: optics group 2 (bad) has rlnVoltage 0, wanted kV above 0, at most 5000",
  ],
  "volts for kilovolts": [
    optics("1 bad 300000 2.7 0.1 1.5") + "1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: optics group 1 (bad) has rlnVoltage 300000, wanted kV above 0, at most 5000",
  ],
  "a contrast that is no fraction": [
    optics("1 bad 300 2.7 10 1.5") + "1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: optics group 1 (bad) has rlnAmplitudeContrast 10, wanted a fraction, 0 to 1",
  ],
  "no pixel size": [
    optics("1 bad 300 2.7 0.1 0") + "1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: optics group 1 (bad) has a pixel size of 0, wanted A above 0",
  ],
  "mixed pixel sizes": [
    optics(good + "\n4 fine 300 2.7 0.1 1.24") + "1@a.mrcs 4 1 1 1\n1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: pixels of 1.5 A in optics group 1 (good) and of 1.24 A in optics group 4 " +
    "(fine), wanted one size",
  ],
  "mixed boxes by rlnImageSize": [
    optics(good + " 64\n4 small 300 2.7 0.1 1.5 48", "_rlnImageSize") +
    "1@a.mrcs 4 1 1 1\n1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: box 64 px in optics group 1 (good) and 48 px in optics group 4 (small), " +
    "wanted one size",
  ],
  "an unknown group": [
    optics(good) + "1@a.mrcs 1 1 1 1\n1@a.mrcs 2 1 1 1\n",
    "Cannot use D/p.star: row 2 of data_particles refers to optics group 2, wanted one of 1",
  ],
  "two groups of one number": [
    optics(good + "\n" + good) + "1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: two groups 1 in data_optics, wanted different rlnOpticsGroup",
  ],
  "images multiplied by their CTF": [
    optics(good + " 1", "_rlnCtfDataAreCtfPremultiplied") + "1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: optics group 1 (good) has rlnCtfDataAreCtfPremultiplied 1, wanted images " +
    "not multiplied by their CTF (0)",
  ],
  "subtomograms": [
    optics(good + " 3", "_rlnImageDimensionality") + "1@a.mrcs 1 1 1 1\n",
    "Cannot use D/p.star: optics group 1 (good) has rlnImageDimensionality 3, wanted 2 (images)",
  ],
  "a defocus that is no number": [
    optics(good) + "1@a.mrcs 1 1 1 1\n1@a.mrcs 1 1 nan 1\n",
    'Cannot read D/p.star: row 2 of data_particles has rlnDefocusV "nan", wanted a finite number',
  ],
  "image zero": [
    optics(good) + "000000@a.mrcs 1 1 1 1\n",
    'Cannot use D/p.star: image name "000000@a.mrcs" in row 1, wanted number@file from 1, or a file',
  ],
  "an image name without a file": [
    optics(good) + "1@ 1 1 1 1\n",
    'Cannot use D/p.star: image name "1@" in row 1, wanted number@file from 1, or a file',
  ],
  "an image name with a word for a number": [
    optics(good) + "1.5@a.mrcs 1 1 1 1\n",
    'Cannot use D/p.star: image name "1.5@a.mrcs" in row 1, wanted number@file from 1, or a file',
  ],
  "missing files": [
    optics(good) + "1@a.mrcs 1 1 1 1\n2@a.mrcs 1 1 1 1\n1@b.mrcs 1 1 1 1\n",
    "Cannot open D/p.star: 2 of 2 image files not found (a.mrcs, b.mrcs), wanted under D/elsewhere, D",
  ],
  "many missing files": [
    optics(good) + Array.from({ length: 13 }, (_, i) => `1@${i}.mrcs 1 1 1 1\n`).join(""),
    "Cannot open D/p.star: 13 of 13 image files not found (0.mrcs, 1.mrcs, 2.mrcs, 3.mrcs, 4.mrcs, " +
    "5.mrcs, 6.mrcs, 7.mrcs, 8.mrcs, 9.mrcs and 3 more), wanted under D/elsewhere, D",
  ],
};

for (const [title, [text, message]] of Object.entries(badTables)) {
  Deno.test(`a STAR file with ${title} is refused in one line`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/p.star`;
      await Deno.writeTextFile(path, text);
      const opened = openParticles(path, { projectDirectory: `${directory}/elsewhere` });
      await assert.rejects(opened, { message: message.replaceAll(/\bD(?=[/,]|$)/g, directory) });
    }));
}

Deno.test("groups that no image refers to may hold anything", () => {
  const text = optics("7 bad 0 0 9 0\n" + good) + "1@a.mrcs 1 1 1 1\n";
  assert.equal(readParticleTable(parseSTAR(text, "p.star")).groups.length, 1);
});

/** Sizes of an image file (stored), rows asking for images, and what is wrong, F for the file. */
const badImages: Record<string, [size: [number, number, number], row: string, message: string]> = {
  "a stack shorter than its STAR": [
    [4, 4, 2],
    "000003@F",
    "Cannot use D/p.star: row 1 asks for image 3 of F, wanted 1 to 2",
  ],
  "an odd box": [
    [5, 5, 2],
    "1@F",
    "Cannot use F: images of 5 x 5 px, wanted square ones with an even edge",
  ],
  "a box that is not square": [
    [4, 6, 2],
    "1@F",
    "Cannot use F: images of 4 x 6 px, wanted square ones with an even edge",
  ],
  "a stack without a number": [
    [4, 4, 2],
    "F",
    "Cannot use D/p.star: row 1 names F without a number, but it has 2 images, wanted number@file",
  ],
  "another box than rlnImageSize": [
    [6, 6, 2],
    "1@F",
    "Cannot use D/p.star: optics group 1 (good) has rlnImageSize 4, but images in F are 6 px, wanted " +
    "the same",
  ],
};

for (const [title, [size, name, message]] of Object.entries(badImages)) {
  Deno.test(`images: ${title} is refused before any pixel is read`, () =>
    inDirectory(async (directory) => {
      const file = `${directory}/f.mrcs`, path = `${directory}/p.star`;
      const values = new Float32Array(size[0] * size[1] * size[2]);
      await Deno.writeFile(file, mrcBytes({ stored: size, mode: 2, values }));
      const named = (text: string) =>
        text.replaceAll(/\bF\b/g, file).replaceAll(/\bD\b/g, directory);
      const text = optics(good + " 4", "_rlnImageSize") + `${named(name)} 1 1 1 1\n`;
      await Deno.writeTextFile(path, text);
      await assert.rejects(openParticles(path), { name: "RangeError", message: named(message) });
    }));
}

Deno.test("images: two boxes are refused with their files and groups", () =>
  inDirectory(async (directory) => {
    for (const n of [4, 6]) {
      const values = new Float32Array(n * n);
      await Deno.writeFile(
        `${directory}/${n}.mrcs`,
        mrcBytes({ stored: [n, n, 1], mode: 2, values }),
      );
    }
    const path = `${directory}/p.star`;
    const text = optics(good + "\n2 other 300 2.7 0.1 1.5") +
      "1@4.mrcs 1 1 1 1\n1@6.mrcs 2 1 1 1\n";
    await Deno.writeTextFile(path, text);
    await assert.rejects(openParticles(path), {
      message:
        `Cannot use ${path}: box 4 px in ${directory}/4.mrcs, optics group 1 (good), and 6 px ` +
        `in ${directory}/6.mrcs, optics group 2 (other), wanted one size`,
    });
  }));

Deno.test("images: NaN, infinity and a constant image are refused by number and pixel", () =>
  inDirectory(async (directory) => {
    const values = Float32Array.from({ length: 4 * 36 }, (_, i) => i);
    values[3 + 6 * 5] = NaN;
    values[36] = -Infinity;
    values.fill(7, 72, 108);
    const file = `${directory}/f.mrcs`, path = `${directory}/p.star`;
    await Deno.writeFile(file, mrcBytes({ stored: [6, 6, 4], mode: 2, values }));
    const rows = [4, 3, 2, 1].map((section) => `${section}@f.mrcs 1 1 1 1\n`);
    await Deno.writeTextFile(path, optics(good) + rows.join(""));
    using particles = await openParticles(path);
    assert.equal((await particles.read([0])).length, 36);
    const refused = (index: number, found: string) =>
      assert.rejects(particles.read([0, index]), {
        name: "RangeError",
        message: `Cannot use image ${4 - index} of ${file}: ${found}`,
      });
    await refused(1, "all pixels are 7, wanted an image");
    await refused(2, "pixel (0, 0) is -Infinity, wanted finite numbers");
    await refused(3, "pixel (3, 5) is NaN, wanted finite numbers");
  }));

const map = { stored: [4, 4, 4], mode: 2, values: new Float32Array(64), group: 1 } as const;
const cell = { cell: [4, 4, 4] } as const;

/** Bytes of a map F and the one line it is refused with. */
const badMaps: Record<string, [name: string, bytes: Uint8Array, message: string]> = {
  "one that is empty": [
    "a.mrc",
    new Uint8Array(0),
    "Cannot read F: 0 bytes, wanted 1024 of MRC header",
  ],
  "one cut in its header": [
    "a.mrc",
    mrcBytes({ ...map, ...cell }).subarray(0, 1023),
    "Cannot read F: 1023 bytes, wanted 1024 of MRC header",
  ],
  "one cut in its last voxel": [
    "a.mrc",
    mrcBytes({ ...map, ...cell }).subarray(0, 1279),
    "Cannot read F: 1279 bytes, wanted 1280 (4 x 4 x 4 pixels of mode 2)",
  ],
  "mode 5": [
    "a.mrc",
    mrcBytes({ ...map, mode: 5 }),
    "Cannot read F: MRC mode 5 is not one of 0, 1, 2, 6, 12",
  ],
  "an impossible size": [
    "a.mrc",
    mrcBytes({ ...map, stored: [0x7fffffff, 0x7fffffff, 0x7fffffff] }),
    "Cannot read F: 1280 bytes, wanted 3.9614081201791937e+28 (2147483647 x 2147483647 x 2147483647 " +
    "pixels of mode 2)",
  ],
  "a negative size": [
    "a.mrc",
    mrcBytes({ ...map, stored: [4, -4, 4] }),
    "Cannot read F: size 4 x -4 x 4, wanted an MRC file, all sizes > 0",
  ],
  "an oblong one": [
    "a.mrc",
    mrcBytes({ ...map, stored: [4, 4, 2], cell: [4, 4, 2] }),
    "Cannot read map F: 4 x 4 x 2 voxels, wanted a cube with an even edge",
  ],
  "an odd one": [
    "a.mrc",
    mrcBytes({ ...map, stored: [3, 3, 3], cell: [4, 4, 4] }),
    "Cannot read map F: 3 x 3 x 3 voxels, wanted a cube with an even edge",
  ],
  "a stack as long as wide": [
    "a.mrc",
    mrcBytes({ ...map, ...cell, group: 0, intervals: [4, 4, 1] }),
    "Cannot read map F: a stack of 4 images by its name or header, wanted one map",
  ],
  "voxels that are no cubes": [
    "a.mrc",
    mrcBytes({ ...map, cell: [4, 4, 8] }),
    "Cannot read map F: voxels of 1 x 1 x 2 A, wanted cubes (cella / mx)",
  ],
  "no pixel size": [
    "a.mrc",
    mrcBytes(map),
    "Cannot read map F: no pixel size in its header, wanted cella, mx, my, mz above 0",
  ],
  "NaN, along permuted axes": [
    "a.mrc",
    mrcBytes({
      ...map,
      ...cell,
      values: new Float32Array(64).with(1 + 4 * 2 + 16 * 3, NaN),
      map: [3, 1, 2],
    }),
    "Cannot read map F: voxel (2, 3, 1) is NaN, wanted finite numbers",
  ],
  "text": [
    "a.map",
    new TextEncoder().encode("HEADER ".repeat(200)),
    "Cannot read F: machine stamp 0x4144 and no sensible size, wanted an MRC file",
  ],
  "a .gz that is none": [
    "a.mrc.gz",
    mrcBytes({ ...map, ...cell }),
    "Cannot read F: invalid gzip header, wanted gzip data of one piece",
  ],
  "bzip2": [
    "a.mrc.bz2",
    new Uint8Array(9),
    'Cannot read F: compressed, wanted what "bunzip2 F" makes',
  ],
};

for (const [title, [name, bytes, message]] of Object.entries(badMaps)) {
  Deno.test(`maps: ${title} is refused in one line`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/${name}`;
      await Deno.writeFile(path, bytes);
      await assert.rejects(readVolume(path), {
        message: message.replaceAll("F:", `${path}:`).replace("bunzip2 F", `bunzip2 ${path}`),
      });
    }));
}

Deno.test("files that are no files, are not there, or are compressed stacks are refused", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.mrc`;
    const missing = { name: "NotFound", message: `Cannot read ${path}: no such file or directory` };
    await assert.rejects(openMRC(path), missing);
    await assert.rejects(readVolume(path), missing);
    await assert.rejects(describeFile(path), missing);
    await assert.rejects(openParticles(`${directory}/a.star`), {
      ...missing,
      message: missing.message.replace("a.mrc", "a.star"),
    });
    await Deno.mkdir(path);
    await assert.rejects(openMRC(path), { message: `Cannot read ${path}: not a regular file` });
    await assert.rejects(openMRC("a.mrcs.gz"), {
      message:
        'Cannot read sections of a.mrcs.gz: compressed, wanted what "gunzip -k a.mrcs.gz" makes',
    });
  }));

Deno.test("a compressed map that is cut off, changed or has more after it is refused", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.mrc.gz`;
    const voxels = Float32Array.from({ length: 16 ** 3 }, (_, i) => Math.sin(i * i));
    await writeVolume(path, createVolume({ boxSize: 16, pixelSize: 1, voxels }));
    const bytes = await Deno.readFile(path);
    const refused = async (changed: Uint8Array, message: RegExp) => {
      await Deno.writeFile(path, changed);
      await assert.rejects(readVolume(path), message);
    };
    await refused(bytes.subarray(0, -1), /^SyntaxError: Cannot read .*a\.mrc\.gz: .*, wanted gzip/);
    await refused(bytes.subarray(0, 5000), /^SyntaxError: Cannot read .*, wanted gzip/);
    await refused(bytes.with(-7, bytes.at(-7)! ^ 1), /checksum, wanted gzip/);
    await refused(
      new Uint8Array([...bytes, ...bytes]),
      /^SyntaxError: Cannot read .*, wanted gzip/,
    );
    // A whole gzip file of less than a whole map.
    const short = mrcBytes({ ...map, ...cell }).subarray(0, 1279);
    const packed = new Blob([short]).stream().pipeThrough(new CompressionStream("gzip"));
    await refused(
      new Uint8Array(await new Response(packed).arrayBuffer()),
      /^RangeError: Cannot read .*: 1279 bytes, wanted 1280$/,
    );
    await Deno.writeFile(path, bytes);
    assert.deepEqual((await readVolume(path)).voxels, voxels);
  }));

/** Runs to an end, or to an error of one line that says "Cannot ...". */
async function survives(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.match(error.message, /^Cannot [^\n]*$/, error.stack);
  }
}

/** Cuts a file short and overwrites some of its bytes. */
const damage = fc.record({
  keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  changes: fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)),
    { maxLength: 8 },
  ),
});
type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;
function damaged(bytes: Uint8Array, { keep, changes }: Damage, reach = bytes.length): Uint8Array {
  const out = bytes.slice(0, Math.ceil(keep * bytes.length));
  for (const [at, value] of changes) {
    const i = Math.floor(at * reach);
    if (i < out.length) out[i] = value;
  }
  return out;
}

for (const name of ["a.mrc", "a.mrcs", "a.mrc.gz"]) {
  Deno.test(`fuzz: a damaged ${name} gives numbers or one line, never more memory than the file is long`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/${name}`;
      const voxels = Float32Array.from({ length: 64 }, (_, i) => i);
      if (name === "a.mrcs") {
        using writer = await createStackWriter(path, { boxSize: 4, pixelSize: 1 });
        await writer.append(voxels);
        await writer.close();
      } else {
        await writeVolume(path, createVolume({ boxSize: 4, pixelSize: 1, voxels }));
      }
      const bytes = await Deno.readFile(path);
      await fc.assert(
        fc.asyncProperty(damage, fc.boolean(), async (change, inSizes) => {
          const reach = inSizes && !name.endsWith(".gz") ? 240 : bytes.length;
          await Deno.writeFile(path, damaged(bytes, change, reach));
          await survives(() => readVolume(path));
          await survives(() => describeFile(path));
          await survives(async () => {
            using file = await openMRC(path);
            await file.readSections([file.header.size[2] - 1, 0]);
          });
        }),
        { numRuns: 300 },
      );
    }));
}

Deno.test("fuzz: a damaged STAR file gives particles or one line", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/p.star`;
    using writer = await createStackWriter(`${directory}/a.mrcs`, { boxSize: 4, pixelSize: 1 });
    await writer.append(Float32Array.from({ length: 64 }, (_, i) => i));
    await writer.close();
    const text = optics(good + ' 4\n2 "b c" 200 2.7 0.1 1.5 4', "_rlnImageSize # px") +
      "1@a.mrcs 1 15000 14000 30\n'2@a.mrcs' 2 15000 14000 30 # b\n4@a.mrcs 1 1e4 14000 30\n";
    const bytes = new TextEncoder().encode(text);
    const marks = fc.constantFrom(..."\n\r \t#'\"_;@09.-\0\u00ff").map((c) => c.charCodeAt(0));
    const change = fc.record({
      keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      changes: fc.array(
        fc.tuple(
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          fc.oneof(marks, fc.nat(255)),
        ),
        { maxLength: 4 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(change, async (change) => {
        await Deno.writeFile(path, damaged(bytes, change));
        await survives(() => describeFile(path));
        await survives(async () => {
          using file = await openParticles(path);
          await file.read([0]);
        });
      }),
      { numRuns: 300 },
    );
  }));
