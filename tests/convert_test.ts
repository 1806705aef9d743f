import assert from "node:assert/strict";
import { main } from "../lib/cli/main.ts";
import { convertParticles } from "../lib/formats/convert.ts";
import { writeVolume } from "../lib/formats/mrc_write.ts";
import { readNpy } from "../lib/formats/npy.ts";
import { openCSParticles } from "../lib/formats/particle_cs.ts";
import { openStarParticles } from "../lib/formats/particle_star.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { createVolume } from "../lib/volume.ts";
import { angleBetween } from "../lib/rotation.ts";
import { createScreen } from "./cli/screen.ts";
import { csColumns, uids, writeCS, writeStack } from "./cs_set.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const star30 = `data_images
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
_rlnPhaseShift
_rlnCtfBfactor
_rlnCtfScalefactor
_rlnAngleRot
_rlnAngleTilt
_rlnAnglePsi
_rlnOriginX
_rlnOriginY
_rlnRandomSubset
_rlnClassNumber
_rlnMicrographName
_rlnCoordinateX
300 21000.5 20000 20 2.7 0.1 40000 6 2@b.mrcs 90 100 0.5 1 2 3 -1.5 2 1 1 m/1 100
200 21000.5 20000 -20 2.7 0.1 40000 6 1@b.mrcs 0 0 1 104 95 -176 0 0.25 2 3 m/1 200
300 21000.5 20000 20 2.7 0.1 40000 6 2@b.mrcs 0 0 1 -107 180 9 0 0 2 1 m/2 300
`;

async function write30(directory: string): Promise<string> {
  await writeStack(`${directory}/b.mrcs`, 2, 3);
  await Deno.writeTextFile(`${directory}/old.star`, star30);
  return `${directory}/old.star`;
}

/** The same images, CTFs (radians in float32 between: 2^-23 of 180 degrees) and poses. */
async function assertSame(path: string, other: string): Promise<void> {
  using a = await openParticles(path), b = await openParticles(other);
  assert.deepEqual([b.count, b.boxSize, b.pixelSize], [a.count, a.boxSize, a.pixelSize]);
  for (let i = 0; i < a.count; i++) {
    const [x, y] = [a.ctf(i), b.ctf(i)];
    for (const key of Object.keys(x) as (keyof typeof x)[]) {
      // six decimals in STAR, float32 in .cs
      const tolerance = 5e-7 + 2 ** -23 * Math.max(180, Math.abs(x[key]));
      assert.ok(Math.abs(x[key] - y[key]) <= tolerance, `${key} ${x[key]} ${y[key]}`);
    }
    // six decimals of three angles, float32 of a vector of length <= pi, acos(1 - e) of float64
    const angle = angleBetween(a.poses![i].rotation, b.poses![i].rotation);
    assert.ok(angle < 3e-8 + 2 ** -21 + 2 ** -24, `${angle}`);
    a.poses![i].shift.forEach((t, axis) =>
      assert.ok(Math.abs(t - b.poses![i].shift[axis]) <= 5e-7 + 2 ** -22)
    );
  }
  const all = Array.from({ length: a.count }, (_, i) => i);
  assert.deepEqual(await a.read(all), await b.read(all));
}

Deno.test("STAR 3.0 -> 3.1 -> .cs -> STAR keeps images, CTF, poses, half sets and classes", () =>
  inDirectory(async (directory) => {
    const old = await write30(directory);
    const file = (name: string) => `${directory}/${name}`;
    assert.deepEqual(await convertParticles(old, file("new.star")), { count: 3, notes: [] });
    await assertSame(old, file("new.star"));
    assert.deepEqual(await convertParticles(file("new.star"), file("p.cs")), {
      count: 3,
      notes: ["not carried over: rlnCoordinateX"],
    });
    await assertSame(old, file("p.cs"));
    assert.deepEqual(await convertParticles(file("p.cs"), file("back.star")), {
      count: 3,
      notes: [
        "not carried over: alignments3D/alpha, alignments3D/class_posterior, alignments3D/class_ess",
      ],
    });
    await assertSame(old, file("back.star"));
    using back = await openStarParticles(file("back.star"));
    for (const column of ["rlnRandomSubset", "rlnClassNumber", "rlnMicrographName"]) {
      using before = await openStarParticles(old);
      assert.deepEqual(
        back.particles.strings(column),
        before.particles.strings(column),
        column,
      );
    }
    using new31 = await openStarParticles(file("new.star"));
    assert.deepEqual(new31.star.blocks.map(({ name }) => name), ["optics", "particles"]);
    assert.deepEqual(new31.particles.strings("rlnOriginXAngst"), [
      "-2.250000",
      "0.000000",
      "0.000000",
    ]);
    assert.ok(!new31.particles.has("rlnOriginX") && new31.particles.has("rlnCoordinateX"));
    assert.deepEqual(new31.particles.strings("rlnAngleRot"), ["1", "104", "-107"]);
    // The same image twice: different uids, and the same ones every time.
    const found = readNpy(file("p.cs")).integers("uid");
    assert.equal(new Set(found).size, 3);
    await convertParticles(old, file("q.cs"));
    assert.deepEqual(readNpy(file("q.cs")).integers("uid"), found);
  }));

Deno.test(".cs -> STAR -> .cs keeps the uids; what has no place is said", () =>
  inDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/J1/imported`, { recursive: true });
    await writeStack(`${directory}/a.mrcs`, 1, 2);
    await writeStack(`${directory}/b.mrcs`, 2, 3);
    await Deno.rename(`${directory}/b.mrcs`, `${directory}/J1/imported/b.mrc`);
    await writeCS(`${directory}/p.cs`, csColumns().values());
    const { count, notes } = await convertParticles(`${directory}/p.cs`, `${directory}/p.star`);
    assert.equal(count, 5);
    assert.deepEqual(notes, [
      "not carried over: alignments3D/error",
      "blob/sign is -1 for 3 images, which STAR cannot say: RELION wants them with their sign " +
      "changed (relion_image_handler --multiply_constant -1)",
    ]);
    await convertParticles(`${directory}/p.star`, `${directory}/q.cs`);
    using before = await openCSParticles(`${directory}/p.cs`);
    using after = await openCSParticles(`${directory}/q.cs`);
    assert.deepEqual(after.table.integers("uid"), uids);
    assert.deepEqual(after.names, before.names);
    assert.deepEqual(after.table.numbers("ctf/df1_A"), before.table.numbers("ctf/df1_A"));
    await assert.rejects(
      Deno.readTextFile(`${directory}/p.star`).then(async (text) => {
        await Deno.writeTextFile(`${directory}/r.star`, text.replace(" 7 ", " 5 "));
        await convertParticles(`${directory}/r.star`, `${directory}/r.cs`);
      }),
      { message: /row 5 has ucsfUid 5, wanted numbers of 64 bits, all different$/ },
    );
  }));

Deno.test("the box comes from the table, an image or --box; another folder's names are told of", () =>
  inDirectory(async (directory) => {
    const old = await write30(directory);
    await Deno.mkdir(`${directory}/other`);
    assert.deepEqual((await convertParticles(old, `${directory}/other/new.star`)).notes, [
      `1 image files are not found from ${directory}/other/new.star, whose names are relative to ` +
      `another folder: ${directory}/b.mrcs`,
    ]);
    await assert.rejects(convertParticles(old, `${directory}/p.cs`, { boxSize: 6 }), {
      message: `Cannot convert ${old}: images of 4 px, wanted 6`,
    });
    await Deno.remove(`${directory}/b.mrcs`);
    await assert.rejects(convertParticles(old, `${directory}/p.cs`), {
      message: `Cannot convert ${old}: the box is not in it and no image is found, wanted --box PX`,
    });
    await convertParticles(old, `${directory}/p.cs`, { boxSize: 6 });
    assert.deepEqual([...readNpy(`${directory}/p.cs`).numbers("blob/shape")], [6, 6, 6, 6, 6, 6]);
  }));

Deno.test("the command says what it wrote, replaces nothing unasked, and refuses other names", () =>
  inDirectory(async (directory) => {
    const old = await write30(directory), out = `${directory}/p.cs`, screen = createScreen();
    assert.equal(await main(["convert", old, out], screen), 0);
    assert.deepEqual(screen.printed, [`${out}: 3 particles`]);
    assert.deepEqual(screen.reported, ["Note: not carried over: rlnCoordinateX."]);
    const refused = async (line: string[], message: RegExp) => {
      assert.notEqual(await main(["convert", ...line], screen), 0);
      assert.match(screen.reported.at(-1)!, message);
    };
    await refused(
      [old, out],
      /^Cannot write .*p\.cs: it is there, wanted another name or --overwrite$/,
    );
    await refused(
      [old, old, "--overwrite"],
      /^Cannot write .*: it is what is read, wanted another/,
    );
    await refused(
      [old, "p.txt"],
      /^Cannot convert p\.txt: wanted a name in \.star, \.cs$/,
    );
    await refused([old, out, "--passthrough", out], /^Cannot use --passthrough with .*old\.star/);
    screen.printed.length = 0;
    assert.equal(await main(["convert", old, out, "--overwrite", "--json"], screen), 0);
    assert.equal(JSON.parse(screen.printed.join("\n")).particles, 3);
    await writeVolume(
      `${directory}/m.mrc`,
      createVolume({ boxSize: 4, pixelSize: 1, voxels: new Float32Array(64).fill(1) }),
    );
    await assert.rejects(openParticles(`${directory}/m.mrc`), /MRC map or stack, wanted particles/);
  }));

Deno.test("reconstruct takes a .cs as it takes a STAR file: the same poses, in both forms", () =>
  inDirectory(async (directory) => {
    const screen = createScreen(), set = `${directory}/set`;
    const run = async (line: string) => {
      const status = await main(line.split(" "), screen);
      assert.equal(status, 0, screen.reported.join("\n"));
    };
    await run(`simulate --phantom enzyme --box 16 --pixel-size 15 --count 40 --snr 1 --out ${set}`);
    await run(`convert ${set}/particles.star ${set}/particles.cs`);
    const reconstruct = (kind: string, out: string) =>
      run(
        `reconstruct ${set}/particles.${kind} --out ${out} --setting paper --max-resolution 80 ` +
          "--epochs 1 --held-out 10 --batch-size 10 --threads 1 --backend cpu --contrast white " +
          "--overwrite",
      );
    const out = `${directory}/run`, options = { dataDirectory: set };
    await reconstruct("cs", out);
    using cs = await openParticles(`${out}/poses.cs`, options);
    using both = await openParticles(`${out}/poses.star`, options);
    await reconstruct("star", out);
    using star = await openParticles(`${out}/poses.star`, options);
    assert.ok(!(await exists(`${out}/poses.cs`)), "what the other run left is gone");
    star.poses!.forEach(({ rotation }, i) => {
      // CTFs differ by float32's rounding, angles in the files too
      assert.ok(angleBetween(rotation, cs.poses![i].rotation) < 1e-6, `${i}`);
      assert.ok(angleBetween(rotation, both.poses![i].rotation) < 1e-6, `${i}`);
    });
  }));

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
