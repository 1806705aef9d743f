import assert from "node:assert/strict";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import type { OptimizerState } from "../lib/optimizers/optimizer.ts";
import { fc } from "./property.ts";

const small: Checkpoint = {
  config: { images: 120, optimizer: "momentum", prior: { name: "sparse", lambdaPlus: 1e-4 } },
  iteration: 17,
  gradients: 1700,
  forwards: 300,
  seconds: 12.345678901234567,
  unit: 0.1 + 0.2,
  temperature: 7 / 3,
  voxels: Float32Array.of(0.1, -0, NaN, Infinity, 1e-45),
  state: { velocity: Float32Array.of(1 / 3), count: 5 },
};

const floats32 = fc.float32Array({ maxLength: 8 }), floats64 = fc.float64Array({ maxLength: 8 });
/** Arrays of arrays are of one kind; an empty list is of either. */
const states: fc.Arbitrary<OptimizerState> = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.oneof(
    fc.double(),
    floats32,
    floats64,
    fc.array(floats32, { maxLength: 3 }),
    fc.array(floats64, { maxLength: 3 }),
  ),
  { maxKeys: 5, noNullPrototype: true },
);

Deno.test("a checkpoint comes back to the bit: numbers, arrays, arrays of arrays", () => {
  fc.assert(fc.property(states, floats32, fc.double(), (state, voxels, seconds) => {
    fc.pre(Number.isFinite(seconds));
    const checkpoint = { ...small, state, voxels, seconds: seconds + 0 };
    const again = decodeCheckpoint(encodeCheckpoint(checkpoint), "run.ckpt");
    // deepEqual of node:assert/strict tells -0 from 0 and the kinds of arrays apart
    assert.deepEqual(again, checkpoint);
  }));
});

Deno.test("a view into a longer buffer is saved as what it shows", () => {
  const voxels = Float32Array.of(1, 2, 3, 4, 5).subarray(1, 4);
  const again = decodeCheckpoint(encodeCheckpoint({ ...small, voxels }), "run.ckpt");
  assert.deepEqual(again.voxels, Float32Array.of(2, 3, 4));
});

Deno.test("encoding is deterministic and leaves the checkpoint alone", () => {
  const before = structuredClone(small);
  assert.deepEqual(encodeCheckpoint(small), encodeCheckpoint(before));
  assert.deepEqual(small, before);
});

Deno.test("a checkpoint cut off anywhere is refused by name", () => {
  const bytes = encodeCheckpoint(small);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(
      () => decodeCheckpoint(bytes.slice(0, length), "run.ckpt"),
      /^SyntaxError: Cannot read run\.ckpt: .*wanted/,
    );
  }
});

Deno.test("a checkpoint with any one byte changed, or one too many, is refused", () => {
  const bytes = encodeCheckpoint(small);
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 0x1f]) {
      const damaged = bytes.slice();
      damaged[at] ^= flip;
      assert.throws(
        () => decodeCheckpoint(damaged, "run.ckpt"),
        /^SyntaxError: Cannot read run\.ckpt: /,
        `byte ${at} ^ ${flip}`,
      );
    }
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  assert.throws(() => decodeCheckpoint(longer, "run.ckpt"), /bytes of state, wanted/);
});

Deno.test("another file is told from a damaged one", () => {
  const text = new TextEncoder().encode("# version 30001\n\ndata_particles\n");
  assert.throws(
    () => decodeCheckpoint(text, "particles.star"),
    /^SyntaxError: Cannot read particles\.star: it does not begin with "vitreous checkpoint 1"/,
  );
  const damaged = encodeCheckpoint(small);
  damaged[damaged.length - 1] ^= 1;
  assert.throws(() => decodeCheckpoint(damaged, "run.ckpt"), /its checksum is wrong/);
});

Deno.test("the checksum is CRC-32 as everybody computes it", () => {
  const text = new TextDecoder().decode(encodeCheckpoint(small).slice(0, 60));
  const bytes = encodeCheckpoint(small), start = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1;
  // The polynomial division bit by bit, without the table or the reflection tricks.
  let crc = 0xffffffffn;
  for (const byte of bytes.subarray(start)) {
    for (let bit = 0; bit < 8; bit++) {
      const top = (crc & 1n) ^ (BigInt(byte) >> BigInt(bit) & 1n);
      crc = (crc >> 1n) ^ (top ? 0xedb88320n : 0n);
    }
  }
  assert.match(text, new RegExp(`^vitreous checkpoint 1\n\\d+ ${crc ^ 0xffffffffn}\n`));
});
