/**
 * What we write opens in RELION: run where its programs are on the PATH.
 *
 * @module
 */
import assert from "node:assert/strict";
import { main } from "../lib/cli/main.ts";
import { requireRelion } from "../lib/cli/relion.ts";
import { evaluate } from "../lib/evaluate.ts";
import { readVolume } from "../lib/formats/mrc.ts";
import { readParticleTable } from "../lib/formats/particle_table.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { parseSTAR } from "../lib/formats/star.ts";
import { angleBetween } from "../lib/rotation.ts";
import { createScreen } from "./cli/screen.ts";

const ignore = !await requireRelion().then(() => true, () => false);

/** Runs one of RELION's programs in a folder: it resolves image names from there. */
async function relion(program: string, cwd: string, args: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(`relion_${program}`, {
    args: args.split(" "),
    cwd,
    stdin: "null",
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, `${program} ${args}\n${out}\n${errors}`);
  return out;
}

const BAND = 50; // A

Deno.test({
  name: "RELION reads the map, reconstructs it from the poses, of STAR and of .cs, and refines it",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir(), set = `${folder}/set`, screen = createScreen();
    const ours = async (line: string) =>
      assert.equal(await main(line.split(" "), screen), 0, screen.reported.join("\n"));
    try {
      await ours(
        `simulate --phantom enzyme --box 24 --pixel-size 10 --count 200 --snr 1 --out ${set}`,
      );
      await ours(`convert ${set}/particles.star ${set}/particles.cs`);
      await ours(
        `reconstruct ${set}/particles.cs --out ${folder}/run --max-resolution ${BAND} --epochs 8 ` +
          "--threads 2 --backend cpu",
      );
      const map = await readVolume(`${folder}/run/map.mrc`);
      const { voxels } = map, mean = voxels.reduce((a, b) => a + b, 0) / voxels.length;

      const stats = await relion("image_handler", set, "--stats --i ../run/map.mrc");
      assert.match(stats, /\(x,y,z,n\)= 24 x 24 x 24 x 1 /);
      assert.match(stats, /angpix = 10\s*$/);
      const average = Number(/avg= (\S+)/.exec(stats)?.[1]);
      // printed with six digits
      assert.ok(Math.abs(average - mean) < 1e-5 * Math.abs(mean) + 1e-6, stats);

      // A stack may be named .mrc, as cryoSPARC's are: RELION is told by ":mrcs" that it is one.
      await Deno.copyFile(`${set}/particles.mrcs`, `${set}/stack.mrc`);
      await ours(`convert ${folder}/run/poses.cs ${folder}/run/converted.star`);
      const text = await Deno.readTextFile(`${folder}/run/converted.star`);
      await Deno.writeTextFile(
        `${folder}/run/named.star`,
        text.replaceAll("@particles.mrcs", "@stack.mrc:mrcs"),
      );
      for (const poses of ["poses", "named"]) {
        await relion("reconstruct", set, `--i ../run/${poses}.star --o ../${poses}.mrc --ctf`);
        const theirs = await readVolume(`${folder}/${poses}.mrc`);
        const { resolutionHalf, alignment } = evaluate(theirs, map);
        assert.ok(resolutionHalf <= BAND, `${poses}: FSC 0.5 at ${resolutionHalf} A`);
        assert.ok(!alignment.mirrored);
      }
      await Deno.mkdir(`${folder}/refine`);
      await relion(
        "refine",
        set,
        "--i ../run/poses.star --o ../refine/run --ref ../run/map.mrc --iter 1 --ctf --ini_high 60 " +
          "--particle_diameter 200 --healpix_order 1 --oversampling 0 --offset_range 0 --offset_step 1",
      );
      using refined = await openParticles(`${folder}/refine/run_it001_data.star`, {
        projectDirectory: set,
      });
      assert.equal(refined.count, 200);
      assert.equal((await readVolume(`${folder}/refine/run_it001_class001.mrc`)).boxSize, 24);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const OLD = `data_images
loop_
_rlnVoltage
_rlnDefocusU
_rlnDefocusV
_rlnDefocusAngle
_rlnSphericalAberration
_rlnAmplitudeContrast
_rlnMagnification
_rlnDetectorPixelSize
_rlnImageName
_rlnMicrographName
_rlnAngleRot
_rlnAngleTilt
_rlnAnglePsi
_rlnOriginX
_rlnOriginY
300 21000.5 20000 20 2.7 0.1 37369.207 5 000002@b.mrcs m/1 1 2 3 -1.5 2
200 21000.5 20000 -20 2.7 0.1 37369.207 5 000001@b.mrcs m/2 104 95 -176 0 0.25
300 21000.5 20000 20 2.7 0.1 37369.207 5 000003@b.mrcs m/1 -107 180 9 0.125 0
`;

Deno.test({
  name: "convert makes of a STAR file of RELION 3.0 what relion_convert_star makes of it",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/old.star`, OLD);
      await relion("convert_star", folder, "--i old.star --o theirs.star --boxsize 8");
      const line = `convert ${folder}/old.star ${folder}/ours.star --box 8`;
      assert.equal(await main(line.split(" "), createScreen()), 0);
      const [theirs, ours] = await Promise.all(
        ["theirs", "ours"].map(async (name) =>
          readParticleTable(parseSTAR(await Deno.readFile(`${folder}/${name}.star`), name))
        ),
      );
      assert.deepEqual(ours.groupOf, theirs.groupOf);
      assert.deepEqual(ours.groups.map((g) => g.voltage), theirs.groups.map((g) => g.voltage));
      // RELION writes six decimals, or five: of A, over 1.338 A a pixel
      assert.ok(Math.abs(ours.pixelSize - theirs.pixelSize) < 1e-6);
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(ours.ctf(i), theirs.ctf(i));
        const [a, b] = [ours.poses![i], theirs.poses![i]];
        assert.ok(angleBetween(a.rotation, b.rotation) < 2 ** -24 + 3 * 5e-6 * Math.PI / 180);
        a.shift.forEach((t, axis) => assert.ok(Math.abs(t - b.shift[axis]) < 1e-5));
      }
      const names = (table: typeof ours) => table.particles.strings("rlnImageName");
      assert.deepEqual(names(ours), names(theirs));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
