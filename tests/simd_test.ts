import assert from "node:assert/strict";
import asc from "../lib/cpu/asc.ts";

/** Kernels that do nothing but take exp() and sin() of a list. */
const PROBE = `
  import { exp, sin } from "./simd";
  export function exps(at: usize, count: i32): void {
    for (let end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, exp(v128.load(at)));
  }
  export function sines(at: usize, count: i32): void {
    for (let end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, sin(v128.load(at)));
  }
`;

interface Probe {
  exps(at: number, count: number): void;
  sines(at: number, count: number): void;
}

async function compileProbe(
  features: string[],
): Promise<(name: keyof Probe, x: Float32Array) => Float32Array> {
  const folder = new URL("../lib/cpu/assembly/", import.meta.url);
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const enabled = ["simd", ...features].flatMap((feature) => ["--enable", feature]);
  const { error, stderr } = await asc.main(
    ["probe.ts", "--outFile", "probe.wasm", "-O3", "--runtime", "stub", ...enabled],
    {
      readFile: (name: string) => {
        if (name === "probe.ts") return PROBE;
        try {
          return Deno.readTextFileSync(new URL(name, folder));
        } catch {
          return null;
        }
      },
      writeFile: (_: string, contents: Uint8Array | string) => {
        if (typeof contents !== "string") binary = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`${error}: ${stderr.toString()}`);
  const { instance } = await WebAssembly.instantiate(binary, { env: { abort() {} } });
  const { memory, ...probe } = instance.exports as unknown as Probe & {
    memory: WebAssembly.Memory;
  };
  return (name, x) => {
    const at = 65536, bytes = at + 4 * x.length - memory.buffer.byteLength;
    if (bytes > 0) memory.grow(Math.ceil(bytes / 65536));
    const list = new Float32Array(memory.buffer, at, x.length);
    list.set(x);
    probe[name](at, x.length);
    return list.slice();
  };
}

/** Numbers from a to b, `count` of them, count a multiple of 4. */
const between = (a: number, b: number, count: number) =>
  Float32Array.from({ length: count }, (_, i) => a + (b - a) * i / (count - 1));

for (const [name, features] of [["relaxed", ["relaxed-simd"]], ["plain", []]] as const) {
  Deno.test(`${name} SIMD: exp() and sin() are as good as their comments say`, async () => {
    const evaluate = await compileProbe([...features]);

    const x = between(-87, 88, 400000);
    let worst = 0;
    evaluate("exps", x).forEach((v, i) =>
      worst = Math.max(worst, Math.abs(v / Math.exp(x[i]) - 1))
    );
    assert.ok(worst < 2e-7);
    const low = evaluate("exps", Float32Array.of(-88, -1e30, -Infinity, -87));
    assert.ok(low.every((v) => v === low[3] && v > 0)); // never 0
    assert.ok(evaluate("exps", Float32Array.of(NaN, NaN, NaN, NaN)).every(Number.isNaN));
    assert.ok(evaluate("exps", new Float32Array(4)).every((v) => v === 1));

    for (const reach of [1.7, 10, 100, 1000]) {
      const x = between(-reach, reach, 400000);
      let worst = 0;
      evaluate("sines", x).forEach((v, i) => {
        worst = Math.max(worst, Math.abs(v - Math.sin(x[i])) / (3e-7 * (1 + Math.abs(x[i]) / 10)));
      });
      assert.ok(worst < 1);
    }
    assert.ok(evaluate("sines", new Float32Array(4)).every((v) => v === 0));
  });
}
