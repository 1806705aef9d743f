import assert from "node:assert/strict";
import { potentialOfAtoms } from "../lib/atoms/potential.ts";
import { readVolume } from "../lib/formats/mrc.ts";
import { parsePDB } from "../lib/formats/pdb.ts";
import { correlationCoefficient } from "../lib/evaluate.ts";
import { createRandom } from "../lib/random.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;
const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function run(line: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", `--allow-write=${folder}`, "--frozen", CLI].concat(
      line.split(" "),
    ),
    cwd: folder,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

const random = createRandom(1, "model");
const pdb = Array.from({ length: 40 }, (_, i) => {
  const at = [0, 1, 2].map(() => (24 * random.uniform() + 50).toFixed(3).padStart(8)).join("");
  const element = "CNOS"[i % 4], number = String(i + 1).padStart(5);
  return `ATOM  ${number}  ${element}   GLY A   1    ${at}  1.00 30.00           ${element}\n`;
}).join("");
await Deno.writeTextFile(`${folder}/x.pdb`, pdb);
const packed = new Blob([pdb]).stream().pipeThrough(new CompressionStream("gzip"));
await Deno.writeFile(`${folder}/x.pdb.gz`, packed);
const water = pdb.split("\n")[0].replace("GLY", "HOH") + "\n";
await Deno.writeTextFile(`${folder}/w.pdb`, pdb + water);

const SET = "--box 24 --pixel-size 2 --count 3 --snr 1 --seed 2";

Deno.test("simulate --pdb makes images of the model's potential, and writes it as truth.mrc", async () => {
  const { code, out, error } = await run(`simulate --pdb x.pdb --resolution 6 ${SET} --out set`);
  assert.deepEqual([code, error.includes("Note")], [0, false]);
  assert.match(out, /^set\/particles.star: 3 images, 24 x 24 px of 2 A, SNR 1\n$/);
  const truth = await readVolume(`${folder}/set/truth.mrc`);
  const { model } = parsePDB(pdb, "x");
  const wanted = potentialOfAtoms(model, { boxSize: 24, pixelSize: 2, resolution: 6 });
  // The scale is that of the images; float32.
  assert.ok(correlationCoefficient(truth.voxels, wanted.voxels) > 1 - 1e-9);
  assert.deepEqual([truth.boxSize, truth.pixelSize], [24, 2]);

  assert.equal((await run(`simulate --pdb x.pdb.gz --resolution 6 ${SET} --out packed`)).code, 0);
  const again = await readVolume(`${folder}/packed/truth.mrc`);
  assert.deepEqual(again.voxels, truth.voxels);
  const wet = await run(`simulate --pdb w.pdb --resolution 6 ${SET} --out wet`);
  assert.match(wet.error, /^Note: water is left out, 1 of the atoms.\n/);
  assert.deepEqual((await readVolume(`${folder}/wet/truth.mrc`)).voxels, truth.voxels);
});

Deno.test("info says what is in a model", async () => {
  const { code, out } = await run("info w.pdb");
  assert.equal(code, 0);
  assert.match(
    out,
    /^w.pdb: PDB atomic model\natoms +40: 10 C, 10 N, 10 O, 10 S\nwater +1 atoms, /,
  );
  const { entries } = JSON.parse((await run("info x.pdb.gz --json")).out);
  assert.deepEqual(entries.slice(3), [["B factor", "30 A^2"], ["occupancy", "1"]]);
});

Deno.test("simulate says in one line what is wrong with a model or its options", async () => {
  const small = "--count 3 --snr 1 --out none";
  for (
    const [status, line, message] of [
      [1, `--cif x.pdb ${SET} --out none`, /^Cannot read x.pdb: line 1 has "ATOM" without a name/],
      [1, `--pdb no.pdb ${SET} --out none`, /^Cannot read no.pdb: no such file or directory\n$/],
      [
        1,
        `--pdb x.pdb --model 2 ${SET} --out none`,
        /^Cannot read x.pdb: no atoms, wanted model 2/,
      ],
      [1, `--pdb x.pdb --box 8 --pixel-size 2 ${small}`, /^Cannot place atoms: they reach/],
      [1, `--pdb x.pdb --resolution 1 ${SET} --out none`, /^Cannot place atoms: resolution 1 A/],
      [2, `--pdb x.pdb --pixel-size 2 ${small}`, /^Cannot run without --box PX: an atomic model/],
      [2, `--pdb x.pdb --cif x.cif ${SET} --out none`, /^Cannot run with both of --pdb and --cif:/],
      [2, `--map x.mrc --resolution 3 ${small}`, /^Cannot use --resolution with --map: wanted/],
    ] as const
  ) {
    const { code, out, error } = await run(`simulate ${line} --overwrite`);
    assert.deepEqual([code, out], [status, ""], error);
    assert.match(error, message);
    assert.equal(error.trimEnd().split("\n").length, 1);
  }
});
