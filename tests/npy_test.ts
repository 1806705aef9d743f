import assert from "node:assert/strict";
import { combineTables, readNpy, tableOfColumns, writeNpy } from "../lib/formats/npy.ts";
import { parseLiteral } from "../lib/formats/python_literal.ts";
import { npyBytes } from "./npy_bytes.ts";
import { fc } from "./property.ts";

async function inFile(bytes: Uint8Array, work: (path: string) => unknown): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".npy" });
  try {
    await Deno.writeFile(path, bytes);
    await work(path);
  } finally {
    await Deno.remove(path);
  }
}

const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

Deno.test("a Python literal is read as what it stands for", () => {
  const text = `{'a': [('x/y', '<f4', (2,)), ("it's", '|S3')], "b" : False,'c':(3,), 'd': None, ` +
    `'e': (), 'f': -12L, 'g': '\\x41\\'\\\\\\n',}  `;
  assert.deepEqual(
    parseLiteral(text),
    new Map<string, unknown>([
      ["a", [["x/y", "<f4", [2]], ["it's", "|S3"]]],
      ["b", false],
      ["c", [3]],
      ["d", null],
      ["e", []],
      ["f", -12],
      ["g", "A'\\\n"],
    ]),
  );
  for (
    const [text, message] of Object.entries({
      "{'a': }": `"}" at character 7, wanted a text, a number, a bracket, True, False or None`,
      "{'a' 1}": `"1" at character 6, wanted :`,
      "[1 2]": `"2" at character 4, wanted , or ]`,
      "'abc": "the end at character 5, wanted a quote",
      "{1: 2}": `"1" at character 2, wanted a key in quotes`,
      "(1,) x": `"x" at character 6, wanted the end`,
      ["[".repeat(99)]: `"[" at character 18, wanted at most 16 brackets in each other`,
    })
  ) assert.throws(() => parseLiteral(text), { name: "SyntaxError", message });
});

for (const version of [1, 2, 3]) {
  for (const little of [true, false]) {
    Deno.test(`.npy ${version}: every type of column, ${little ? "little" : "big"} endian`, () => {
      const o = little ? "<" : ">";
      const descr =
        `[('f4', '${o}f4'), ('f8', '${o}f8', (2,)), ('f2', '${o}f2'), ('i4', '${o}i4'), ` +
        `('u4', '${o}u4'), ('u8', '${o}u8'), ('i1', '|i1'), ('b', '|b1'), ('', '|V3'), ` +
        `('s', '|S5'), ('u', '${o}U3'), ('m', '${o}i2', (2, 2))]`;
      const rowBytes = 4 + 16 + 2 + 4 + 4 + 8 + 1 + 1 + 3 + 5 + 12 + 8;
      const rows = new Uint8Array(2 * rowBytes), view = new DataView(rows.buffer);
      const put = (at: number, k: number) => {
        view.setFloat32(at, 0.5 + k, little);
        view.setFloat64(at + 4, Math.PI + k, little);
        view.setFloat64(at + 12, -k, little);
        view.setFloat16(at + 20, 1.5 * k, little);
        view.setInt32(at + 22, -7 - k, little);
        view.setUint32(at + 26, 0xfffffffe + k, little);
        view.setBigUint64(at + 30, 0xfedcba9876543210n + BigInt(k), little);
        view.setInt8(at + 38, -1 - k);
        view.setUint8(at + 39, k);
        rows.set(new TextEncoder().encode(k ? "\u00e9" : "abcde"), at + 43);
        [..."x\u{1f600}"].forEach((letter, i) =>
          view.setUint32(at + 48 + 4 * i, letter.codePointAt(0)!, little)
        );
        for (let i = 0; i < 4; i++) view.setInt16(at + 60 + 2 * i, i - 2 * k, little);
      };
      [0, rowBytes].forEach(put);
      return inFile(npyBytes({ descr, count: 2, rows, version }), async (path) => {
        const table = readNpy(path);
        const numbers = (column: string) => [...table.numbers(column)];
        assert.deepEqual([table.count, table.rowBytes], [2, rowBytes]);
        assert.deepEqual(numbers("f4"), [0.5, 1.5]);
        assert.deepEqual(numbers("f8"), [Math.PI, -0, Math.PI + 1, -1]);
        assert.deepEqual(numbers("f2"), [0, 1.5]);
        assert.deepEqual(numbers("i4"), [-7, -8]);
        assert.deepEqual(numbers("u4"), [0xfffffffe, 0xffffffff]);
        assert.deepEqual([...table.integers("u8")], [0xfedcba9876543210n, 0xfedcba9876543211n]);
        assert.deepEqual(numbers("i1"), [-1, -2]);
        assert.deepEqual(numbers("b"), [0, 1]);
        assert.deepEqual(table.texts("s"), {
          values: ["abcde", "\u00e9"],
          of: Uint32Array.of(0, 1),
        });
        assert.deepEqual(table.texts("u"), { values: ["x\u{1f600}"], of: Uint32Array.of(0, 0) });
        assert.deepEqual(numbers("m"), [0, 1, 2, 3, -2, -1, 0, 1]);
        assert.throws(() => table.numbers("s"), {
          message: `Cannot read ${path}: column s of kind S5, wanted numbers`,
        });
        assert.throws(() => table.texts("q"), { message: `Cannot read ${path}: no column q` });

        const again = `${path}.again`;
        await writeNpy(again, table);
        const read = readNpy(again);
        await Deno.remove(again);
        assert.deepEqual(read.bytes, rows);
        assert.deepEqual(read.fields, table.fields);
      });
    });
  }
}

Deno.test("a header of more than 64 kB is read, and written as version 2; another alphabet as 3", async () => {
  const columns = Array.from({ length: 4000 }, (_, i) => ({
    name: `group/${i}`,
    type: "<u4" as const,
    numbers: [i],
  }));
  for (const [name, version] of [["q", 2], ["\u03b1", 3]] as const) {
    const table = tableOfColumns("t", 1, [...columns, { name, type: "<f8", numbers: [0.1] }]);
    await inFile(new Uint8Array(0), async (path) => {
      await writeNpy(path, table);
      const bytes = await Deno.readFile(path);
      assert.equal(bytes[6], version);
      assert.equal((bytes.length - table.rowBytes) % 64, 0);
      const read = readNpy(path);
      assert.deepEqual(read.fields, table.fields);
      assert.deepEqual([...read.numbers(name), ...read.numbers("group/3999")], [0.1, 3999]);
    });
  }
});

const bad: Record<string, [bytes: Uint8Array, message: string]> = {
  "an empty file": [
    new Uint8Array(0),
    'Cannot read F: no "NUMPY" in its first bytes, wanted an .npy file',
  ],
  "text": [
    latin("data_particles\n"),
    'Cannot read F: no "NUMPY" in its first bytes, wanted an .npy file',
  ],
  "version 4": [
    latin("\x93NUMPY\x04\0\x10\0\0\0"),
    "Cannot read F: .npy version 4, wanted 1, 2 or 3",
  ],
  "a header longer than the file": [
    latin("\x93NUMPY\x02\0\xff\xff\xff\xff{}"),
    "Cannot read F: a header of 4294967295 bytes, wanted at most 2",
  ],
  "plain numbers": [
    npyBytes({ descr: "'<f4'", count: 1, rows: new Uint8Array(4) }),
    "Cannot read F: header with plain numbers (<f4), wanted a table with named columns",
  ],
  "a column in columns": [
    npyBytes({ descr: "[('a', [('b', '<f4')])]", count: 1, rows: new Uint8Array(4) }),
    "Cannot read F: header with column 1 without a plain name and type, wanted ('name', '<f4')",
  ],
  "objects": [
    npyBytes({ descr: "[('a', '|O')]", count: 1, rows: new Uint8Array(8) }),
    "Cannot read F: header with field a of type |O, wanted numbers (f, i, u, b) or text (S, U)",
  ],
  "numbers of 3 bytes": [
    npyBytes({ descr: "[('a', '<i3')]", count: 1, rows: new Uint8Array(3) }),
    "Cannot read F: header with field a of type <i3, wanted numbers (f, i, u, b) or text (S, U)",
  ],
  "a column twice": [
    npyBytes({ descr: "[('a', '<i4'), ('a', '<i4')]", count: 1, rows: new Uint8Array(8) }),
    "Cannot read F: header with two columns a, wanted different names",
  ],
  "a huge column": [
    npyBytes({ descr: "[('a', '<i4', (65536, 65536))]", count: 1, rows: new Uint8Array(8) }),
    "Cannot read F: header with field a of shape (65536, 65536), wanted a small one",
  ],
  "columns first": [
    npyBytes({ descr: "[('a', '<i4')]", count: 1, rows: new Uint8Array(4), order: "True" }),
    "Cannot read F: header with fortran_order is not False, wanted rows one after another",
  ],
  "two dimensions": [
    npyBytes({ descr: "[('a', '<i4')]", count: 1, rows: new Uint8Array(4), shape: "(1, 1)" }),
    "Cannot read F: header with shape [1,1], wanted one number of rows",
  ],
  "an impossible number of rows": [
    npyBytes({ descr: "[('a', '<i4')]", count: 1, rows: new Uint8Array(4), shape: "(999999999,)" }),
    "Cannot read F: 4 bytes of rows, wanted 3999999996 (999999999 rows of 4)",
  ],
  "any number of rows without a byte": [
    npyBytes({ descr: "[('a', '|S0')]", count: 99999999, rows: new Uint8Array(0) }),
    "Cannot read F: header with rows of 0 bytes, wanted columns",
  ],
  "rows cut off": [
    npyBytes({ descr: "[('a', '<i4')]", count: 2, rows: new Uint8Array(7) }),
    "Cannot read F: 7 bytes of rows, wanted 8 (2 rows of 4)",
  ],
  "more than its rows": [
    npyBytes({ descr: "[('a', '<i4')]", count: 2, rows: new Uint8Array(9) }),
    "Cannot read F: 9 bytes of rows, wanted 8 (2 rows of 4)",
  ],
};

for (const [title, [bytes, message]] of Object.entries(bad)) {
  Deno.test(`.npy: ${title} is refused in one line`, () =>
    inFile(bytes, (path) => {
      assert.throws(() => readNpy(path), { message: message.replace("F:", `${path}:`) });
    }));
}

Deno.test("texts are found again whatever their number and order", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom("", "a", "b", "aa", "a/b/c", "\u00e9"), { maxLength: 40 }),
    (texts) => {
      const table = tableOfColumns("t", texts.length, [{ name: "s", type: "S", texts }]);
      const { values, of } = table.texts("s");
      assert.deepEqual(Array.from(of, (i) => values[i]), texts);
      assert.equal(values.length, new Set(texts).size);
    },
  ));
});

Deno.test("combineTables() takes columns and rows byte by byte", () => {
  const a = tableOfColumns("a", 3, [
    { name: "x", type: "<f4", shape: [2], numbers: [1, 2, 3, 4, 5, 6] },
    { name: "y", type: "<u4", numbers: [7, 8, 9] },
  ]);
  const b = tableOfColumns("b", 2, [{ name: "z", type: "S", texts: ["p", "long"] }]);
  const both = combineTables("c", [
    { table: b, rows: Uint32Array.of(1, 0, 1) },
    { table: a, columns: ["x"], rows: Uint32Array.of(2, 0, 0) },
  ]);
  assert.deepEqual(both.fields.map(({ name }) => name), ["z", "x"]);
  assert.deepEqual([...both.numbers("x")], [5, 6, 1, 2, 1, 2]);
  assert.deepEqual(both.texts("z"), { values: ["long", "p"], of: Uint32Array.of(0, 1, 0) });
  assert.throws(() => tableOfColumns("t", 2, [{ name: "x", type: "<f4", numbers: [1] }]), {
    message: "Cannot make column x: 1 values, wanted 2 x 1",
  });
});

/** What Python prints, or undefined without Python or numpy. */
async function numpy(code: string): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", `import numpy as np\n${code}`],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test({
  name: "numpy reads what is written, and what numpy writes is read",
  ignore: await numpy("print(1)") === undefined,
  fn: () =>
    inFile(new Uint8Array(0), async (path) => {
      const table = tableOfColumns("t", 2, [
        { name: "uid", type: "<u8", integers: BigUint64Array.of(2n ** 64n - 1n, 3n) },
        { name: "blob/path", type: "S", texts: ["a/b.mrc", "c"] },
        { name: "alignments3D/pose", type: "<f4", shape: [3], numbers: [1, 2, 3, 4, 5, 6.5] },
      ]);
      await writeNpy(path, table);
      assert.equal(
        await numpy(
          `t = np.load('${path}'); ` +
            "print(*(t[name].tolist() for name in t.dtype.names), t.dtype['blob/path'])",
        ),
        "[18446744073709551615, 3] [b'a/b.mrc', b'c'] [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]] |S7",
      );
      await numpy(`t = np.load('${path}'); np.save('${path}', t[::-1])`);
      const read = readNpy(path);
      assert.deepEqual([...read.integers("uid")], [3n, 2n ** 64n - 1n]);
      assert.deepEqual(read.texts("blob/path").values, ["c", "a/b.mrc"]);
      assert.deepEqual([...read.numbers("alignments3D/pose")], [4, 5, 6.5, 1, 2, 3]);
    }),
});
