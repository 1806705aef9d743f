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
import { openParticles } from "../lib/formats/registry.ts";
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
