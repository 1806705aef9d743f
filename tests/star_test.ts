import assert from "node:assert/strict";
import { parseSTAR, type STARFile } from "../lib/formats/star.ts";
import { blockOfColumns, withColumns } from "../lib/formats/star_block.ts";
import { decodeNumber, decodeWord, parseNumber } from "../lib/formats/star_word.ts";
import { formatSTAR, writeSTAR } from "../lib/formats/star_write.ts";
import { fc } from "./property.ts";

/** All a file says: name, kind, columns and rows of each block. */
const contents = ({ blocks }: STARFile) =>
  blocks.map(({ name, kind, columns, rowCount, value }) => ({
    name,
    kind,
    columns,
    rows: Array.from({ length: rowCount }, (_, row) => columns.map((column) => value(row, column))),
  }));

const read = (text: string) => contents(parseSTAR(text, "a.star"));

Deno.test("loops and pairs are read with their comments, quotes and blanks", () => {
  const text = `
# version 50001   

data_general # the first

_rlnA   1.5 # a comment
_rlnB 'two words'

data_particles

loop_ 
_rlnImageName #1 [Modulation Transfer Function]
_rlnB # no number
_myOwn
  1@a#b.mrcs	"it's"  'a "b" c'
  # a comment between rows

2@a.mrcs '' ""   # at the end of a row
data_x/3.mrcs data_ _b
data_empty
loop_
_rlnC #1
data_
`;
  const wanted = [
    { name: "general", kind: "pairs", columns: ["rlnA", "rlnB"], rows: [["1.5", "two words"]] },
    {
      name: "particles",
      kind: "loop",
      columns: ["rlnImageName", "rlnB", "myOwn"],
      rows: [
        ["1@a#b.mrcs", "it's", 'a "b" c'],
        ["2@a.mrcs", "", ""],
        ["data_x/3.mrcs", "data_", "_b"],
      ],
    },
    { name: "empty", kind: "loop", columns: ["rlnC"], rows: [] },
    { name: "", kind: "pairs", columns: [], rows: [[]] },
  ];
  assert.deepEqual(read(text), wanted);
  assert.deepEqual(read(text.trimEnd()), wanted, "no final newline");
  assert.deepEqual(read(text.replaceAll("\n", "\r\n")), wanted, "CRLF");
  assert.deepEqual(read("\ufeff" + text), wanted, "byte order mark");
  const [{ comment }] = parseSTAR(text, "a.star").blocks;
  assert.equal(comment, "version 50001");
});

Deno.test("a quote closes only before a blank, as RELION reads it", () => {
  const text = 'data_\nloop_\n_a\n_b\n"a"b" it\'s\n\'c\' d"\n';
  assert.deepEqual(read(text)[0].rows, [['a"b', "it's"], ["c", 'd"']]);
});

const wrong: Record<string, [text: string, message: string]> = {
  "a short row": [
    "data_p\nloop_\n_a\n_b\n1 2\n\n3\n",
    "line 7 has 1 values, wanted 2, one for each column of data_p",
  ],
  "a long row": [
    "data_p\nloop_\n_a #1\n1 2\n",
    "line 4 has 2 values, wanted 1, one for each column of data_p",
  ],
  "a row before any column": [
    "data_\nloop_\n1\n",
    "line 3 has 1 values, wanted 0, one for each column of data_",
  ],
  "a repeated column": [
    "data_\nloop_\n_a #1\n_b\n_a #3\n",
    "line 5 repeats _a, wanted each name once in a block",
  ],
  "a repeated name": ["data_\n_a 1\n_a 2\n", "line 3 repeats _a, wanted each name once in a block"],
  "a repeated block": [
    "data_a\ndata_b\ndata_a\n",
    "line 3 repeats data_a, wanted each block once",
  ],
  "an open quote": [
    'data_\n_a "1\n',
    "line 2 has a quote that is not closed, wanted the same quote and a blank",
  ],
  "text first": ["loop_\n_a\n", "line 1 is text outside a block, wanted a STAR file (data_...)"],
  "bytes": [
    "\0\0\0\x01 \ufffd\n",
    "line 1 is text outside a block, wanted a STAR file (data_...)",
  ],
  "nothing": ["\n# a comment\n", "no data_ block, wanted a STAR file"],
  "a name without a value": ["data_\n_a\n", "line 2 has 1 words, wanted a name and one value"],
  "a name with two values": ["data_\n_a 1 2\n", "line 2 has 3 words, wanted a name and one value"],
  "a value without a name": [
    "data_\n1\n",
    "line 2 has a value without a name, wanted _name value, or loop_",
  ],
  "a nameless name": ["data_\n_ 1\n", "line 2 has a name without letters, wanted _name"],
  "a value in a loop's head": [
    "data_\nloop_\n_a 5\n",
    "line 3 has 2 words, wanted a column name, or a comment after #",
  ],
  "a name after rows": [
    "data_\nloop_\n_a\n1\n_b\n",
    "line 5 has a name after values, wanted a row, data_ or quotes",
  ],
  "two loops in a block": [
    "data_x\nloop_\n_a\n1\nloop_\n_b\n",
    "line 5 starts another table in data_x, wanted one loop or only pairs in a block",
  ],
  "a loop after pairs": [
    "data_x\n_a 1\nloop_\n_b\n",
    "line 3 starts another table in data_x, wanted one loop or only pairs in a block",
  ],
  "words after loop_": ["data_\nloop_ _a\n", "line 2 has more than loop_, wanted loop_ alone"],
  "words after data_": ["data_a b\n", "line 1 has more than a block name, wanted data_name alone"],
  "a value of several lines": [
    "data_\n_a\n;text\n;\n",
    "line 2 has 1 words, wanted a name and one value",
  ],
  "a row of several lines": [
    "data_\nloop_\n_a\n;text\n;\n",
    "line 4 starts a value of several lines, wanted values of one line",
  ],
};

for (const [title, [text, message]] of Object.entries(wrong)) {
  Deno.test(`${title} is refused with the line it is on`, () => {
    assert.throws(() => parseSTAR(text, "a.star"), {
      name: "SyntaxError",
      message: `Cannot read a.star: ${message}`,
    });
  });
}

Deno.test("numbers() names the file, row, column and value of what is no number", () => {
  const [block] = parseSTAR("data_p\nloop_\n_a\n_b\n1 x\n-2.5e3 y\n nan z\n", "a.star").blocks;
  assert.throws(() => block.numbers("a"), {
    name: "SyntaxError",
    message: 'Cannot read a.star: row 3 of data_p has a "nan", wanted a finite number',
  });
  assert.throws(() => block.strings("c"), {
    message: "Cannot read a.star: no column c in data_p",
  });
  assert.deepEqual(block.strings("b"), ["x", "y", "z"]);
  assert.deepEqual([block.has("b"), block.has("c")], [true, false]);
});

Deno.test("only finite decimals are numbers", () => {
  for (
    const text of [
      "",
      " ",
      "nan",
      "inf",
      "Infinity",
      "-Infinity",
      "0x10",
      "-0x1",
      "0b1",
      "1e999",
      "1,5",
      "1 2",
      ".",
    ]
  ) {
    assert.ok(Number.isNaN(parseNumber(text)), text);
  }
  const good = {
    "0": 0,
    "-1.50": -1.5,
    "+2": 2,
    ".5": 0.5,
    "7.": 7,
    "1.040890e+05": 104089,
    "000003": 3,
  };
  for (const [text, value] of Object.entries(good)) assert.equal(parseNumber(text), value);
});

const character = fc.oneof(
  fc.constantFrom(..." \t'\"#_;$[]@/.0a\r\u00a0\u2028é\0"),
  fc.string({ minLength: 1, maxLength: 1, unit: "grapheme" }).filter((c) => !c.includes("\n")),
);
const word = fc.oneof(
  fc.array(character, { maxLength: 6 }).map((list) => list.join("")),
  fc.constantFrom(
    "data_",
    "data_x",
    "loop_",
    "LOOP_",
    "stop_",
    "_rlnA",
    "#",
    "'",
    '"',
    ";x",
    "''",
    "a'b",
  ),
);
/** Values that no quotes can hold: each kind of quote is followed by a blank. */
const impossible = (text: string) => /"[\0- ]/.test(text) && /'[\0- ]/.test(text);
const name = fc.stringMatching(/^[A-Za-z0-9_.]{1,8}$/);

Deno.test("parseSTAR() takes back whatever formatSTAR() writes, empty loops and pairs too", () => {
  const block = fc.tuple(
    name,
    fc.constantFrom("loop", "pairs"),
    fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    fc.array(fc.array(word.filter((text) => !impossible(text)), { minLength: 4, maxLength: 4 }), {
      maxLength: 4,
    }),
  );
  fc.assert(fc.property(
    fc.uniqueArray(block, { minLength: 1, maxLength: 3, selector: ([name]) => name }),
    (blocks) => {
      const file: STARFile = {
        name: "a.star",
        blocks: blocks.map(([name, kind, columns, rows]) => ({
          ...blockOfColumns(
            name,
            Object.fromEntries(columns.map((column, c) => [
              `c${column}`,
              kind === "pairs" ? [rows[0]?.[c] ?? "x"] : rows.map((row) => row[c]),
            ])),
          ),
          kind: kind as "loop" | "pairs",
        })),
      };
      const text = formatSTAR(file), again = parseSTAR(text, "b.star");
      assert.deepEqual(contents(again), contents(file));
      assert.equal(formatSTAR(again), text);
    },
  ));
});

Deno.test("formatSTAR() writes RELION 3.1 and quotes only what needs it", () => {
  const file = {
    name: "a.star",
    blocks: [
      blockOfColumns("optics", { rlnOpticsGroupName: ["my optics"], rlnOpticsGroup: ["1"] }),
      {
        ...blockOfColumns("x", { rlnA: ["[0,1]"], rlnB: [""] }),
        kind: "pairs",
        comment: "version 50001",
      } as const,
    ],
  };
  assert.equal(
    formatSTAR(file),
    `
# version 30001

data_optics

loop_ 
_rlnOpticsGroupName #1 
_rlnOpticsGroup #2 
"my optics" 1 


# version 50001

data_x

_rlnA [0,1]
_rlnB ""

`,
  );
});

Deno.test("a value that no quotes can hold is refused", () => {
  for (const value of ["a\nb", `'a' "b" c`]) {
    const blocks = [blockOfColumns("p", { rlnA: ["x", value] })];
    assert.throws(() => formatSTAR({ name: "a.star", blocks }), {
      name: "RangeError",
      message: `Cannot write a.star: row 2 of data_p has rlnA ${JSON.stringify(value)}, ` +
        "wanted one line without both kinds of quotes",
    });
  }
});

Deno.test("writeSTAR() writes all of it or nothing", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.star`;
  // Longer than the pieces that are gathered, with letters of two and four bytes.
  const long = {
    name: "x",
    blocks: [blockOfColumns("p", { rlnA: Array(60_000).fill("ü😀 0123456789abcdef") })],
  };
  await writeSTAR(path, long);
  assert.equal(await Deno.readTextFile(path), formatSTAR(long));
  const bad = { name: "x", blocks: [...long.blocks, blockOfColumns("q", { rlnA: ["\n"] })] };
  await assert.rejects(
    writeSTAR(path, bad),
    /^RangeError: Cannot write .*a\.star: row 1 of data_q/,
  );
  assert.equal(await Deno.readTextFile(path), formatSTAR(long));
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["a.star"]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("withColumns() replaces in place, adds at the end, and keeps the rest", () => {
  const block = blockOfColumns("p", { a: ["1", "2"], b: ["3", "4"], c: ["5", "6"] });
  const changed = withColumns(block, { set: { d: ["7", "8"], b: ["x", "y"] }, drop: ["a", "z"] });
  assert.deepEqual(contents({ name: "", blocks: [changed] }), [{
    name: "p",
    kind: "loop",
    columns: ["b", "c", "d"],
    rows: [["x", "5", "7"], ["y", "6", "8"]],
  }]);
  assert.throws(() => blockOfColumns("p", { a: ["1"], b: [] }), RangeError);
});

Deno.test("decodeNumber() is parseNumber() of the text, to the bit", () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const decimal = fc.tuple(
    fc.constantFrom("", "-", "+"),
    fc.stringMatching(/^\d{0,18}$/),
    fc.constantFrom("", "."),
    fc.stringMatching(/^\d{0,18}$/),
    fc.constantFrom("", "", "", "e3", "E-07", "e+300", "e"),
  ).map((parts) => parts.join(""));
  const word = fc.oneof(
    decimal,
    fc.double().map(String),
    fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((x) => x.toFixed(6)),
    fc.constantFrom("nan", "inf", "0x10", "1_0", "-", ".", "+.5", "5.", "1.2.3", "\u00e91"),
  );
  fc.assert(
    fc.property(word, fc.constantFrom("", " 7", "\n"), (text, after) => {
      const found = decodeNumber(bytesOf(`x ${text}${after}`), 2);
      assert.ok(Object.is(found, parseNumber(text)), `${text}: ${found}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("decodeWord() is the text of UTF-8 bytes, long or short", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(1), (text, repeat) => {
    const whole = text.repeat(1 + 200 * repeat), bytes = new TextEncoder().encode(`--${whole}--`);
    assert.equal(decodeWord(bytes, 2, bytes.length - 2), whole);
  }));
});
