import assert from "node:assert/strict";
import { stateBytes } from "../lib/optimizers/state_bytes.ts";

Deno.test("bytes of a state are those of its arrays, and 8 a number", () => {
  assert.equal(stateBytes({}), 0);
  assert.equal(stateBytes({ a: 1, b: 2 }), 16);
  assert.equal(stateBytes({ a: new Float32Array(5), b: new Float64Array(3) }), 44);
  assert.equal(stateBytes({ rows: [new Float32Array(2), new Float32Array()], t: 0 }), 16);
  assert.equal(stateBytes({ rows: [] }), 0);
});
