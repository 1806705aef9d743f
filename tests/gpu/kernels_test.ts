import assert from "node:assert/strict";
import { kernels } from "../../gpu/kernels.ts";
import { compileKernels, type Kernel } from "./compile_kernels.ts";
import { gpuTest } from "./on_gpu.ts";

const table: [string, Kernel & { workgroup: readonly number[]; workgroupBytes: number }][] = Object
  .entries(kernels);

gpuTest(
  "every kernel compiles without a message, with the bindings its table entry gives",
  async () => {
    const said = await compileKernels(kernels);
    assert.deepEqual(Object.keys(said), table.map(([name]) => name));
    for (const [name, messages] of Object.entries(said)) assert.deepEqual(messages, [], name);
  },
);

gpuTest("a kernel that is wrong, or has other bindings, is found out", async () => {
  const code = "@group(0) @binding(0) var<storage, read_write> a: array<f32>;\n" +
    "@compute @workgroup_size(1) fn main() { a[0] = 1.0; }";
  const said = await compileKernels({
    right: { code, bindings: ["write"] },
    readOnly: { code, bindings: ["read"] },
    missing: { code, bindings: [] },
    type: { code: code.replace("1.0", "1u"), bindings: ["write"] },
    entry: { code: code.replace("main", "start"), bindings: ["write"] },
  });
  assert.deepEqual(said.right, []);
  for (const name of ["readOnly", "missing", "type", "entry"]) assert.ok(said[name].length, name);
});

Deno.test("every .wgsl file is part of a kernel, and one file of each kernel has its entry point", () => {
  const folder = new URL("../../gpu/kernels/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert.ok(files.length > 0);
  for (const name of files) {
    const text = Deno.readTextFileSync(new URL(name, folder));
    assert.ok(table.some(([, { code }]) => code.includes(text)), `no kernel has ${name}`);
  }
  for (const [name, { code }] of table) {
    assert.equal(code.match(/^@compute/gm)?.length, 1, name);
  }
});

/** Bytes of WGSL's types in an array. */
const BYTES: Record<string, number> = { f32: 4, u32: 4, i32: 4, vec2f: 8, vec2u: 8, vec4f: 16 };

Deno.test("the table's workgroups and their memory are what the code declares", () => {
  for (const [name, { code, workgroup, workgroupBytes }] of table) {
    const constant = (text: string) =>
      code.match(new RegExp(`\\b(?:const|override)\\s+${text}\\b[^=;]*=\\s*(\\d+)`))?.[1];
    const factor = (text: string) => {
      const value = /^\d+u?$/.test(text) ? text : constant(text);
      assert.ok(value !== undefined, `${name}: what is ${text}?`);
      return parseInt(value);
    };
    const number = (text: string) =>
      text.split("*").reduce((product, part) => product * factor(part.trim()), 1);
    const bytesOf = (type: string): number => {
      if (type in BYTES) return BYTES[type];
      const fields = code.match(new RegExp(`struct ${type} \\{([^}]*)\\}`))?.[1];
      assert.ok(fields !== undefined, `${name}: how large is ${type}?`);
      // of scalars, so that there is no padding
      return [...fields.matchAll(/:\s*(f32|u32|i32)\b/g)].length * 4;
    };
    const size = code.match(/@workgroup_size\(([^)]*)\)/)![1].split(",").map((s) =>
      number(s.trim())
    );
    assert.deepEqual(size, [...workgroup], name);
    let bytes = 0;
    for (const [, declared] of code.matchAll(/var<workgroup>\s+\w+\s*:\s*([^;]+);/g)) {
      const type = declared.replace(/atomic<(\w+)>/, "$1");
      const [, element = type, count = "1"] = type.match(/^array<(\w+),([^>]+)>$/) ?? [];
      bytes += bytesOf(element) * number(count);
    }
    assert.equal(bytes, workgroupBytes, `${name}, bytes of workgroup memory`);
  }
});

Deno.test("every kernel fits into the limits that every WebGPU device has", () => {
  for (const [name, { bindings, workgroup, workgroupBytes }] of table) {
    assert.ok(workgroupBytes <= 16384, name);
    assert.ok(workgroup.reduce((product, n) => product * n) <= 256, name);
    assert.ok(bindings.filter((b) => b === "read" || b === "write").length <= 8, name);
  }
});
