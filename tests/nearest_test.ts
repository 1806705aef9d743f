import assert from "node:assert/strict";
import { editDistance, nearestName, wantedNames } from "../lib/nearest.ts";
import { fc } from "./property.ts";

Deno.test("editDistance() counts letters put in, left out, replaced and exchanged", () => {
  const known: [string, string, number][] = [
    ["", "", 0],
    ["abc", "", 3],
    ["sgd", "sgd", 0],
    ["SGD", "sgd", 0],
    ["momentun", "momentum", 1],
    ["momentm", "momentum", 1],
    ["nseterov", "nesterov", 1],
    ["adm", "adam", 1],
    ["kitten", "sitting", 3],
  ];
  for (const [a, b, distance] of known) assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});

Deno.test("editDistance() is symmetric, 0 only for equal words, at most the longer's length", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abc"), maxLength: 7 });
  fc.assert(fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b);
    assert.equal(distance, editDistance(b, a));
    assert.equal(distance === 0, a === b);
    assert.ok(distance <= Math.max(a.length, b.length));
    assert.ok(distance >= Math.abs(a.length - b.length));
  }));
});

Deno.test("the nearest name is proposed, and none where nothing is near", () => {
  const names = ["sgd", "momentum", "scheduleFree"];
  assert.equal(nearestName("momentun", names), "momentum");
  assert.equal(nearestName("schedulefree", names), "scheduleFree");
  assert.equal(nearestName("photograph", names), undefined);
  assert.equal(nearestName("x", []), undefined);
  assert.equal(wantedNames("sgb", ["sgd"]), "did you mean sgd? wanted one of sgd");
  assert.equal(wantedNames("photograph", names), "wanted one of sgd, momentum, scheduleFree");
});
