import assert from "node:assert/strict";
import { openMRC, readVolume } from "../lib/formats/mrc.ts";
import { parseHeader } from "../lib/formats/mrc_header.ts";
import { describeFile } from "../lib/formats/registry.ts";
import { createStackWriter, writeVolume } from "../lib/formats/mrc_write.ts";
import { createVolume } from "../lib/volume.ts";
import { type MRCBytes, mrcBytes } from "./mrc_bytes.ts";
import { fc } from "./property.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const withFile = (name: string, bytes: Uint8Array, work: (path: string) => Promise<void>) =>
  inDirectory(async (directory) => {
    const path = `${directory}/${name}`;
    await Deno.writeFile(path, bytes);
    await work(path);
  });

/** The ends of each mode's range and some between, two to a section. */
const extremes = {
  0: [-128, -1, 0, 1, 127, 5],
  1: [-32768, -1, 0, 1, 32767, 300],
  2: [-3.4028234663852886e38, -0, 1.401298464324817e-45, Math.fround(Math.PI), 1, 16777216],
  6: [0, 1, 32767, 32768, 65535, 300],
  12: [-65504, 5.960464477539063e-8, 0.333251953125, 1, 65504, 0],
};

for (const [mode, values] of Object.entries(extremes)) {
  for (const little of [true, false]) {
    Deno.test(`mode ${mode}, ${little ? "little" : "big"} endian, keeps every value in any order and twice`, () =>
      withFile(
        "stack.mrcs",
        mrcBytes({
          stored: [2, 1, 3],
          mode: Number(mode),
          values,
          little,
          extended: new Uint8Array(513).fill(7),
        }),
        async (path) => {
          using file = await openMRC(path);
          assert.equal(file.header.byteOrder, little ? "little" : "big");
          assert.equal(file.header.extendedBytes, 513);
          assert.deepEqual([...await file.readSections([0, 1, 2])], values);
          const [a, b, c, d, e, f] = values;
          assert.deepEqual([...await file.readSections([2, 0, 2, 1])], [e, f, a, b, e, f, c, d]);
          assert.deepEqual([...await file.readSections([])], []);
        },
      ));
  }
}

const one = { stored: [2, 2, 1], mode: 2, values: [1, 2, 3, 4] } as const;

Deno.test("the machine stamp decides the byte order; without one, the order that makes sense", () => {
  const order = (bytes: MRCBytes) =>
    parseHeader(mrcBytes(bytes), { name: "a.mrc", fileBytes: 1040 }).byteOrder;
  assert.equal(order({ ...one, stamp: [0x44, 0x41] }), "little");
  assert.equal(order({ ...one, stamp: [0x44, 0x44] }), "little");
  assert.equal(order({ ...one, stamp: [0x11, 0x11], little: false }), "big");
  assert.equal(order({ ...one, stamp: [0, 0] }), "little");
  assert.equal(order({ ...one, stamp: [0, 0], little: false }), "big");
  assert.throws(
    () => order({ ...one, stamp: [0, 0], mode: 5 }),
    new SyntaxError(
      "Cannot read a.mrc: machine stamp 0x0000 and no sensible size, wanted an MRC file",
    ),
  );
  // 256 and 65536 are each other's bytes in reverse; a file of 2^42 bytes has room for both.
  const both = mrcBytes({ stored: [256, 65536, 256], mode: 0, values: [], stamp: [0, 0] });
  assert.throws(
    () => parseHeader(both, { name: "a.mrc", fileBytes: 2 ** 42 }),
    /stamp 0x0000 and a size that fits both byte orders/,
  );
});

Deno.test("mode 0 is refused where IMOD says that its bytes are unsigned", () => {
  const bytes = mrcBytes({ ...one, mode: 0 });
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("IMOD"), 152);
  const read = () => parseHeader(bytes, { name: "a.mrc", fileBytes: 1028 });
  assert.throws(read, /^SyntaxError: Cannot read a.mrc: mode 0 marked unsigned by IMOD/);
  view.setInt32(156, 1, true);
  assert.equal(read().mode, 0);
});

Deno.test("pixel size, stack or map, and labels follow from the header", () => {
  const header = (bytes: Partial<MRCBytes>, name = "a.mrc") =>
    parseHeader(mrcBytes({ ...one, ...bytes }), { name, fileBytes: Infinity });
  assert.ok(Number.isNaN(header({}).pixelSize), "no cell");
  assert.ok(Number.isNaN(header({ cell: [3, 3, 3], intervals: [0, 0, 0] }).pixelSize));
  // 1.3 in float32 times 2, over 2: the nearest number of seven digits is 1.3 again.
  assert.equal(header({ cell: [2.6, 2.6, 1.3] }).pixelSize, 1.3);

  const cube: Partial<MRCBytes> = { stored: [4, 4, 4], cell: [4, 4, 4] };
  assert.ok(!header({ ...cube, group: 1 }).isStack);
  assert.ok(!header({ ...cube, group: 0 }).isStack, "a map of an old program");
  assert.ok(header({ ...cube, group: 0, intervals: [4, 4, 1] }).isStack, "mz = 1");
  assert.ok(header({ ...cube, group: 1 }, "a.MRCS").isStack, "by name");
  assert.ok(header({ stored: [4, 4, 7], group: 0 }).isStack);
  assert.ok(header({ stored: [4, 4, 7], group: 1 }).isStack, "no cell along z");
  assert.ok(!header({ stored: [4, 4, 7], group: 1, cell: [4, 4, 7] }).isStack);

  assert.deepEqual(header({ labels: ["first", "  ", "third\0\0x"] }).labels, ["first", "third x"]);
});

const permutations = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] as const;

/** f(x, y, z) as stored with the given axes, columns fastest. */
function stored(
  size: readonly number[],
  map: readonly number[],
  f: (x: number, y: number, z: number) => number,
): number[] {
  const values: number[] = [];
  const [columns, rows, sections] = map.map((axis) => size[axis - 1]);
  for (let s = 0; s < sections; s++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const at = [0, 0, 0];
        at[map[0] - 1] = c, at[map[1] - 1] = r, at[map[2] - 1] = s;
        values.push(f(at[0], at[1], at[2]));
      }
    }
  }
  return values;
}

for (const map of permutations) {
  const name = map.map((axis) => "xyz"[axis - 1]).join("");
  Deno.test(`a map stored ${name} is read as [z, y, x]`, () =>
    withFile(
      "a.map",
      mrcBytes({
        stored: [4, 4, 4],
        mode: 1,
        map,
        values: stored([4, 4, 4], map, (x, y, z) => x + 10 * y + 100 * z),
        cell: [8, 8, 8],
        little: false,
        group: 1,
      }),
      async (path) => {
        const { boxSize, pixelSize, voxels } = await readVolume(path);
        assert.deepEqual([boxSize, pixelSize], [4, 2]);
        for (const [i, value] of voxels.entries()) {
          assert.equal(value, (i & 3) + 10 * (i >> 2 & 3) + 100 * (i >> 4));
        }
      },
    ));

  Deno.test(`sections of a stack stored ${name} are [y, x], or refused where z is not slowest`, () => {
    const size = [2, 3, 4];
    const [a, b, c] = map.map((axis) => size[axis - 1]);
    const values = stored(size, map, (x, y, z) => x + 10 * y + 100 * z);
    return withFile(
      "a.mrcs",
      mrcBytes({ stored: [a, b, c], mode: 2, map, values }),
      async (path) => {
        using file = await openMRC(path);
        assert.deepEqual(file.header.size, size);
        if (map[2] !== 3) {
          await assert.rejects(
            file.readSections([0]),
            /axes stored as .*, wanted z \(3\) slowest$/,
          );
        } else {
          const section = (z: number) =>
            stored([2, 3, 1], [1, 2, 3], (x, y) => x + 10 * y + 100 * z);
          assert.deepEqual([...await file.readSections([3, 1])], [...section(3), ...section(1)]);
        }
      },
    );
  });
}

Deno.test("axes 0 0 0 are x y z; anything else that is no permutation is refused", () => {
  const axes = (map: [number, number, number]) =>
    parseHeader(mrcBytes({ ...one, map }), { name: "a.mrc", fileBytes: 1040 }).axes;
  assert.deepEqual(axes([0, 0, 0]), [0, 1, 2]);
  assert.throws(() => axes([1, 2, 2]), /axes 1 2 2, wanted a permutation of 1 2 3/);
  assert.throws(() => axes([1, 2, 4]), /axes 1 2 4, wanted a permutation of 1 2 3/);
});

Deno.test("sections of a stack beyond 4 GiB are read by range", () =>
  inDirectory(async (directory) => {
    // 70,000 images of 128 x 128 floats, 4.59e9 bytes, all but two of them a hole in the file.
    const path = `${directory}/large.mrcs`, area = 128 * 128, count = 70_000;
    const image = (seed: number) => Float32Array.from({ length: area }, (_, i) => seed + i);
    {
      using file = await Deno.open(path, { write: true, create: true });
      await file.write(mrcBytes({ stored: [128, 128, count], mode: 2, values: [] }));
      await file.truncate(1024 + 4 * area * count);
      for (const section of [3, count - 2]) {
        await file.seek(1024 + 4 * area * section, Deno.SeekMode.Start);
        await file.write(new Uint8Array(image(section).buffer));
      }
    }
    using file = await openMRC(path);
    assert.ok(file.bytes > 2 ** 32);
    const images = await file.readSections([count - 2, 3, count - 1]);
    assert.deepEqual(images.subarray(0, area), image(count - 2));
    assert.deepEqual(images.subarray(area, 2 * area), image(3));
    assert.ok(images.subarray(2 * area).every((value) => value === 0));
  }));

Deno.test("runs of sections, longer than one read too, come in the order asked", () =>
  // 1 MiB per section: at most four are read together.
  withFile(
    "a.mrcs",
    mrcBytes({
      stored: [1024, 512, 11],
      mode: 1,
      values: Array.from({ length: 11 * 2 ** 19 }, (_, i) => i % 9973),
    }),
    async (path) => {
      using file = await openMRC(path);
      const indices = fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 14 });
      await fc.assert(
        fc.asyncProperty(indices, async (sections) => {
          const out = await file.readSections(sections);
          for (const [j, section] of sections.entries()) {
            for (const i of [0, 1, 2 ** 19 - 1]) {
              assert.equal(out[j * 2 ** 19 + i], (section * 2 ** 19 + i) % 9973);
            }
          }
        }),
        { numRuns: 20, examples: [[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]] },
      );
      await assert.rejects(
        file.readSections([1, 11]),
        { name: "RangeError", message: `Cannot read section 11 of ${path}: wanted 0 to 10` },
      );
      for (const bad of [-1, 0.5, NaN]) await assert.rejects(file.readSections([bad]), RangeError);
    },
  ));

const wavy = (boxSize: number) =>
  createVolume({
    boxSize,
    pixelSize: 1.37,
    voxels: Float32Array.from({ length: boxSize ** 3 }, (_, i) => 1000 + Math.sin(i)),
  });

/** Two-pass statistics in float64. */
function statisticsOf(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    mean,
    rms: Math.sqrt(squares / values.length),
  };
}

/** Header statistics are float32: half a unit in the last place, 2^-24, and rounding of sums in float64. */
function assertStatistics(found: ReturnType<typeof statisticsOf>, values: Float32Array): void {
  for (const [key, wanted] of Object.entries(statisticsOf(values))) {
    const value = found[key as keyof typeof found];
    assert.ok(
      Math.abs(value - wanted) <= 2 ** -23 * Math.abs(wanted),
      `${key} ${value}, ${wanted}`,
    );
  }
}

for (const name of ["a.mrc", "a.map", "a.mrc.gz", "a.MAP.GZ"]) {
  Deno.test(`writeVolume() and readVolume() of ${name} keep every bit`, () =>
    inDirectory(async (directory) => {
      // More than one slab of the writer: 104^3 > 2^20.
      const volume = wavy(104), path = `${directory}/${name}`;
      await writeVolume(path, volume, { label: "of a test" });
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), [name]);
      const read = await readVolume(path);
      assert.equal(read.pixelSize, 1.37);
      assert.deepEqual(read.voxels, volume.voxels);
    }));
}

Deno.test("a written map has the header of MRC2014", () =>
  inDirectory(async (directory) => {
    const volume = wavy(6), path = `${directory}/a.mrc`;
    await writeVolume(path, volume, { label: "ümlaut" + "x".repeat(100) });
    const bytes = await Deno.readFile(path), view = new DataView(bytes.buffer);
    const ints = (at: number, n: number) =>
      Array.from({ length: n }, (_, i) => view.getInt32(at + 4 * i, true));
    assert.equal(bytes.length, 1024 + 4 * 6 ** 3);
    assert.deepEqual(ints(0, 10), [6, 6, 6, 2, 0, 0, 0, 6, 6, 6]);
    const cell = Array.from({ length: 6 }, (_, i) => view.getFloat32(40 + 4 * i, true));
    assert.deepEqual(cell, [...Array(3).fill(Math.fround(6 * 1.37)), 90, 90, 90]);
    assert.deepEqual(ints(64, 3), [1, 2, 3]);
    assert.deepEqual([...ints(88, 2), ...ints(108, 1)], [1, 0, 20140]);
    assert.equal(new TextDecoder().decode(bytes.subarray(208, 212)), "MAP ");
    assert.deepEqual([...bytes.subarray(212, 216)], [0x44, 0x44, 0, 0]);
    const label = "vitreous ?mlaut".padEnd(80, "x");
    assert.deepEqual(ints(220, 1), [1]);
    assert.equal(new TextDecoder().decode(bytes.subarray(224, 304)), label);
    using file = await openMRC(path);
    assertStatistics(file.header.statistics, volume.voxels);
    assert.deepEqual(file.header.labels, [label]);
  }));

Deno.test("a map that cannot be written leaves the file of that name as it was", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.mrc`, volume = wavy(4);
    await Deno.writeTextFile(path, "old");
    const voxels = volume.voxels.with(1 + 4 * 2 + 16 * 3, NaN);
    await assert.rejects(writeVolume(path, { ...volume, voxels }), {
      name: "RangeError",
      message: `Cannot write map ${path}: voxel (1, 2, 3) is NaN, wanted finite numbers`,
    });
    await assert.rejects(writeVolume(`${directory}/a.txt`, volume), /wanted a name in .mrc, .map/);
    await assert.rejects(writeVolume(`${directory}/no/a.mrc`, volume), {
      name: "NotFound",
      message: `Cannot write ${directory}/no/a.mrc: no such file or directory`,
    });
    await Deno.mkdir(`${directory}/b.mrc`);
    await assert.rejects(
      writeVolume(`${directory}/b.mrc`, volume),
      /^Error: Cannot write .*b\.mrc: /,
    );
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [
      "a.mrc",
      "b.mrc",
    ]);
  }));

Deno.test("a map in shared memory is written", () =>
  inDirectory(async (directory) => {
    const voxels = new Float32Array(new SharedArrayBuffer(4 * 64)).fill(2);
    await writeVolume(`${directory}/a.mrc`, { boxSize: 4, pixelSize: 1, voxels });
    assert.deepEqual((await readVolume(`${directory}/a.mrc`)).voxels, new Float32Array(64).fill(2));
  }));

Deno.test("a stack written in parts is the images one after another, with statistics of all", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.mrcs`;
    const images = Float32Array.from({ length: 7 * 16 }, (_, i) => 1e4 + Math.cos(i * i));
    {
      using writer = await createStackWriter(path, { boxSize: 4, pixelSize: 2.5 });
      await writer.append(images.subarray(0, 16));
      await writer.append(new Float32Array(0));
      await writer.append(images.subarray(16, 96));
      await assert.rejects(
        writer.append(new Float32Array(17)),
        /17 pixels, wanted whole images of 4 x 4/,
      );
      await writer.append(images.subarray(96));
      assert.equal(writer.count, 7);
      assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
      await writer.close();
    }
    using file = await openMRC(path);
    const { size, isStack, pixelSize, mode, labels, statistics } = file.header;
    assert.deepEqual({ size, isStack, pixelSize, mode, labels }, {
      size: [4, 4, 7],
      isStack: true,
      pixelSize: 2.5,
      mode: 2,
      labels: ["vitreous"],
    });
    assertStatistics(statistics, images);
    assert.deepEqual(await file.readSections([0, 1, 2, 3, 4, 5, 6]), images);
    const view = new DataView((await Deno.readFile(path)).buffer);
    assert.deepEqual(
      [view.getInt32(36, true), view.getInt32(88, true)],
      [1, 0],
      "mz and space group",
    );
  }));

Deno.test("a stack that is not closed, is empty or has NaN leaves nothing behind", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.mrcs`, options = { boxSize: 2, pixelSize: 1 };
    {
      using writer = await createStackWriter(path, options);
      await writer.append(new Float32Array(4));
      await assert.rejects(writer.append(Float32Array.of(1, 2, 3, 4, 5, Infinity, 7, 8)), {
        message: `Cannot write image 3 of ${path}: pixel (1, 0) is Infinity, wanted finite numbers`,
      });
    }
    {
      using writer = await createStackWriter(path, options);
      await assert.rejects(writer.close(), /0 images, wanted 1 or more/);
    }
    await assert.rejects(
      createStackWriter(`${directory}/a.mrc`, options),
      /wanted a name in .mrcs/,
    );
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));

Deno.test("describeFile() checks a map's statistics, and its voxels, and reads of a packed stack the header", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.mrc`;
    await writeVolume(path, wavy(6));
    const described = await describeFile(path);
    assert.equal(described.format, "MRC map");
    const entries = new Map(described.entries);
    assert.equal(entries.get("box"), "6 x 6 x 6 voxels");
    assert.equal(entries.get("pixel size"), "1.37 A");
    assert.equal(entries.get("mode"), "2, 32-bit float, little endian");
    assert.match(
      entries.get("statistics")!,
      /^minimum 999, maximum 1001, mean 1000\.\d+, rms 0\.7\d+$/,
    );
    assert.deepEqual(described.warnings, []);

    const bytes = await Deno.readFile(path), view = new DataView(bytes.buffer);
    view.setFloat32(84, 5, true);
    await Deno.writeFile(path, new Uint8Array([...bytes, 0, 0]));
    assert.deepEqual((await describeFile(path)).warnings, [
      "the header claims mean 5",
      "2 bytes after the last section are ignored",
    ]);
    view.setFloat32(1024 + 4 * (1 + 6 * 2 + 36 * 3), NaN, true);
    await Deno.writeFile(path, bytes);
    assert.deepEqual((await describeFile(path)).warnings, [
      "voxel (1, 2, 3) is NaN: the map will be refused",
    ]);

    const values = new Float32Array(5 * 4 * 3);
    const packed = new Blob([mrcBytes({ stored: [5, 4, 3], mode: 2, values })]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(`${directory}/a.mrcs.gz`, packed);
    const stack = await describeFile(`${directory}/a.mrcs.gz`);
    assert.equal(new Map(stack.entries).get("images"), "3");
    assert.deepEqual(stack.warnings, [
      "compressed: images cannot be read by range until unpacked",
      "images of 5 x 4 px will be refused: wanted square ones with an even edge",
    ]);
  }));
