import assert from "node:assert/strict";
import { openOutputDirectory } from "../../lib/cli/output_directory.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a folder is made with its parents, and an empty one is taken as it is", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a/b`;
    const out = await openOutputDirectory(path);
    assert.ok((await Deno.stat(path)).isDirectory);
    assert.equal(out.file("x.mrc"), `${path}/x.mrc`);
    assert.equal((await openOutputDirectory(`${path}//`)).file("x.mrc"), `${path}/x.mrc`);
  }));

Deno.test("a folder that holds something is refused unless told otherwise, and nothing in it is lost", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/kept`, "");
    const refused = (options: Parameters<typeof openOutputDirectory>[1], wanted: string) =>
      assert.rejects(openOutputDirectory(folder, options), {
        message: `Cannot write to ${folder}: it holds 1 file, wanted an empty folder${wanted}`,
      });
    await refused({}, " or --overwrite");
    await refused({ resume: false }, ", --resume or --overwrite");
    await openOutputDirectory(folder, { overwrite: true });
    await openOutputDirectory(folder, { resume: true });
    assert.ok((await Deno.stat(`${folder}/kept`)).isFile);
  }));

Deno.test("a file in the way of a folder is named as one", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const path of [`${folder}/file`, `${folder}/file/below`]) {
      await assert.rejects(
        openOutputDirectory(path),
        /^Error: Cannot write to .*: .*file, wanted a folder$/,
      );
    }
  }));
