import assert from "node:assert/strict";
import { parseCIF, readCIF } from "../../lib/formats/cif.ts";
import { parsePDB, readPDB } from "../../lib/formats/pdb.ts";

const PDB = `HEADER    TEST
MODEL        1
ATOM      1  N   MET A   1      11.104   6.134  -6.504  1.00 20.50           N
ATOM      2  CA AMET A   1      11.639   6.071  -5.147  0.60 21.00           C
ATOM      3  CA BMET A   1      11.739   6.171  -5.247  0.40 22.00           C
HETATM    4 FE   HEM A 201       1.000   2.000   3.000  1.00 10.00          FE
HETATM    5 ZN    ZN A 202      -1.000  -2.000  -3.000
HETATM    6  O   HOH A 301       0.000   0.000   0.000  1.00 30.00           O
TER
ENDMDL
MODEL        2
ATOM      1  N   MET A   1      99.000  98.000  97.000  1.00 20.50           N
ENDMDL
END
`;

const CIF = `data_1ABC
#
_entry.id 1ABC
_struct.title
;A text of ; several lines
loop_ _not.this 'one'
;
_cell.name 'it's "quoted" # no comment'
loop_
_atom_site.group_PDB
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.B_iso_or_equiv
_atom_site.pdbx_PDB_model_num
ATOM   N  N     . MET 11.104 6.134 -6.504 1.00 20.50 1
ATOM   C  CA    A MET 11.639 6.071 -5.147 0.60 21.00 1 # a comment
ATOM   C  CA    B MET 11.739
 6.171 -5.247 0.40 22.00 1
HETATM FE FE    . HEM 1.000  2.000 3.000  1.00 10.00 1
HETATM ZN "ZN'" . ZN  -1.000(3) -2.0 -3.0 ?    .     1
HETATM O  O     . HOH 0 0 0 1.00 30.00 1
ATOM   N  N     . MET 99.000 98.000 97.000 1.00 20.50 2
#
loop_
_other.id
1 2 3
data_second
_atom_site.Cartn_x 1
`;

Deno.test("a PDB and an mmCIF file of the same atoms are read alike: first model, without water", () => {
  for (const { model, waters } of [parsePDB(PDB, "x.pdb"), parseCIF(CIF, "x.cif")]) {
    assert.equal(waters, 1);
    assert.deepEqual(model.elements, ["N", "C", "C", "Fe", "Zn"]);
    assert.deepEqual([...model.occupancies], [1, 0.6, 0.4, 1, 1]);
    assert.deepEqual([...model.bFactors], [20.5, 21, 22, 10, 0]);
    assert.deepEqual([...model.positions.subarray(3, 6)], [11.639, 6.071, -5.147]);
    assert.deepEqual([...model.positions.subarray(9)], [1, 2, 3, -1, -2, -3]);
    assert.equal(model.isTrace, false);
  }
});

Deno.test("another model is read when told, and refused when it is not there", () => {
  for (
    const { model } of [parsePDB(PDB, "x.pdb", { model: 2 }), parseCIF(CIF, "x.cif", { model: 2 })]
  ) {
    assert.deepEqual([...model.positions], [99, 98, 97]);
  }
  assert.throws(() => parsePDB(PDB, "x.pdb", { model: 3 }), {
    message: "Cannot read x.pdb: no atoms, wanted model 3, the last is 2",
  });
  assert.throws(() => parseCIF(CIF, "x.cif", { model: 3 }), {
    message: "Cannot read x.cif: no atoms, wanted model 3, the last is 2",
  });
});

Deno.test("without columns 77-78 the element is the name's; alpha carbons alone are a trace", () => {
  const names = { " CA ": "C", "CA  ": "Ca", "1HB ": "H", " OXT": "O", "FE  ": "Fe", "SE  ": "Se" };
  for (const [name, element] of Object.entries(names)) {
    const line = `ATOM      1 ${name} MET A   1      11.104   6.134  -6.504  1.00 20.50`;
    const { model } = parsePDB(line, "x.pdb");
    assert.deepEqual(model.elements, [element]);
    assert.equal(model.isTrace, name === " CA ");
  }
});

Deno.test("one atom may be given by single items; tags are in any case", () => {
  const { model } = parseCIF(
    "data_a\r\n_ATOM_SITE.CARTN_X 1\r\n_atom_site.cartn_y 2\n_atom_site.Cartn_z 3\n" +
      "_atom_site.type_symbol Mg\n",
    "x.cif",
  );
  assert.deepEqual([model.count, model.elements[0], ...model.positions], [1, "Mg", 1, 2, 3]);
});

const line = "ATOM      1  N   MET A   1      11.104   6.134  -6.504  1.00 20.50           N";
const loop = "data_a\nloop_\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n" +
  "_atom_site.type_symbol\n";

Deno.test("damaged files are refused with one line that says where", () => {
  const pdb: [text: string, message: string][] = [
    ["", "no atoms, wanted ATOM or HETATM records"],
    ["<html>\n", "no atoms, wanted ATOM or HETATM records"],
    [line.slice(0, 50), "line 1 has 50 columns, wanted 54 or more"],
    [`\n${line.replace("11.104", "11.1x4")}`, 'line 2 has x "11.1x4", wanted a finite number'],
    [line.replace("6.134", "     "), 'line 1 has y "", wanted a finite number'],
    [
      line.replace("1.00", "-1.0"),
      'line 1 has occupancy "-1.0", wanted a finite number, 0 or more',
    ],
    [
      line.replace("20.50", "  nan"),
      'line 1 has B factor "nan", wanted a finite number, 0 or more',
    ],
    [line.slice(0, 77) + "Q", 'line 1 has element "Q", wanted one from H to Rn'],
    [line.replace("1.00", "0.00"), "no atoms, wanted ATOM or HETATM records"],
    [line.replace("MET", "HOH"), "no atoms, wanted ATOM or HETATM records"],
  ];
  for (const [text, message] of pdb) {
    assert.throws(() => parsePDB(text, "x.pdb"), {
      name: "SyntaxError",
      message: `Cannot read x.pdb: ${message}`,
    });
  }
  assert.throws(() => parsePDB(CIF, "x.pdb"), /^SyntaxError: Cannot read x.pdb: line \d+ has /);
  const cif: [text: string, message: string][] = [
    ["", "no atoms, wanted an _atom_site table"],
    [PDB, 'line 1 has "HEADER" without a name, wanted an item, loop_ or data_'],
    ["data_a\n_x 'open\n", "line 2 has an open quote, wanted it closed"],
    ["data_a\n_x\n;open\n", "line 3 starts a text of several lines, wanted it closed"],
    ["data_a\n_x\n", "line 2 leaves _x without a value, wanted one"],
    ["data_a\nloop_\n1 2\n", "line 3 has a value in a loop without items, wanted _names first"],
    [
      "data_a\nloop_\n_atom_site.id\n1\n",
      "line 2 begins _atom_site without cartn_x, cartn_y, cartn_z, type_symbol, wanted coordinates " +
      "and elements",
    ],
    [`${loop}1 2 3 C 4 5\n`, "line 7 ends a row of 2 values, wanted 4, one for each item"],
    [`${loop}1 2 ? C\n`, 'line 7 has z "", wanted a finite number'],
    [`${loop}1 2 3 ?\n`, 'line 7 has element "", wanted one from H to Rn'],
  ];
  for (const [text, message] of cif) {
    assert.throws(() => parseCIF(text, "x.cif"), {
      name: "SyntaxError",
      message: `Cannot read x.cif: ${message}`,
    });
  }
});

Deno.test("compressed files are read; damaged ones and other compressions are refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const pack = async (text: string) =>
      new Uint8Array(
        await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")))
          .arrayBuffer(),
      );
    const packed = await pack(PDB);
    await Deno.writeFile(`${folder}/x.pdb.gz`, packed);
    await Deno.writeFile(`${folder}/x.cif.gz`, await pack(CIF));
    await Deno.writeFile(`${folder}/cut.pdb.gz`, packed.subarray(0, 100));
    assert.deepEqual(await readPDB(`${folder}/x.pdb.gz`), parsePDB(PDB, ""));
    assert.deepEqual(await readCIF(`${folder}/x.cif.gz`), parseCIF(CIF, ""));
    await assert.rejects(() => readPDB(`${folder}/cut.pdb.gz`), /^SyntaxError: Cannot read .*gzip/);
    await assert.rejects(() => readPDB(`${folder}/x.pdb.xz`), /wanted what "unxz/);
    await assert.rejects(
      () => readCIF(`${folder}/none.cif`),
      /^NotFound: Cannot read .*no such file/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
