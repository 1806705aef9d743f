import assert from "node:assert/strict";
import { describeAdapter, findAdapter, listAdapters } from "../../gpu/adapter.ts";
import { NO_GPU } from "../no_gpu.ts";
import { gpuTest } from "./on_gpu.ts";

gpuTest("an adapter is software or hardware, and found as what it is", async () => {
  const fastest = await findAdapter();
  assert.ok(fastest);
  const { software } = fastest;
  assert.equal((await findAdapter({ software }))?.description, fastest.description);
  // where the fastest is software there is no hardware
  if (software) assert.equal(await findAdapter({ software: false }), undefined);
  const softwareOne = await findAdapter({ software: true });
  assert.ok(softwareOne === undefined || softwareOne.software);
});

gpuTest("the list has every adapter once, the fastest first", async () => {
  const list = (await listAdapters()).map(describeAdapter);
  assert.equal(new Set(list).size, list.length);
  assert.equal(list[0], describeAdapter((await findAdapter())!));
});

Deno.test("without a driver there is no adapter, and the error says what to install", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { findAdapter, listAdapters, requireAdapter } from "${new URL(
        "../../gpu/adapter.ts",
        import.meta.url,
      )}";
      const found = await Promise.all([{}, { software: true }, { software: false }].map(findAdapter));
      console.log(found.every((adapter) => adapter === undefined), (await listAdapters()).length);
      await requireAdapter("compute").catch((error) => console.log(String(error)));`,
    ],
    env: NO_GPU,
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(
    text,
    /^true 0\nError: Cannot compute: no GPU adapter found, wanted one; install .*libvulkan1.*mesa-vulkan-drivers.*\n$/,
    text + new TextDecoder().decode(stderr),
  );
});
