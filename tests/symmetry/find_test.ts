import assert from "node:assert/strict";
import { createTarget } from "../../lib/align/target.ts";
import { createPhantom } from "../../lib/phantom.ts";
import { createRandom } from "../../lib/random.ts";
import { multiply, rotationFromVector } from "../../lib/rotation.ts";
import { createSpectrum } from "../../lib/spectrum.ts";
import { frameDistance, nearestSetting } from "../../lib/symmetry/frame.ts";
import { findSymmetry } from "../../lib/symmetry/find.ts";
import { requireFit } from "../../lib/symmetry/fit.ts";
import { pointGroup } from "../../lib/symmetry/groups.ts";
import { refineFrame } from "../../lib/symmetry/refine.ts";
import { createVolume, type Volume } from "../../lib/volume.ts";
import { IDENTITY, moved, noisy, rms, symmetric } from "./made_up.ts";

const DEGREE = Math.PI / 180;

/**
 * The least error of a frame's rotation (rad) and centre (px) that white noise of a deviation allows
 * (Cramer & Rao): sigma over the length of the change of the map per unit, all directions together.
 */
function bounds(map: Volume, sigma: number): { angle: number; distance: number } {
  const step = 0.05, still = new Float64Array(3);
  const change = (other: Volume) =>
    Math.sqrt(other.voxels.reduce((sum, v, i) => sum + (v - map.voxels[i]) ** 2, 0)) / step;
  const axes = [0, 1, 2].map((axis) => still.map((_, i) => i === axis ? step : 0));
  const angles = axes.map(([x, y, z]) =>
    sigma / change(moved(map, rotationFromVector(x, y, z), still))
  );
  const shifts = axes.map((shift) => sigma / change(moved(map, IDENTITY, shift)));
  return { angle: Math.hypot(...angles), distance: Math.hypot(...shifts) };
}

for (const name of ["C3", "D2", "I"]) {
  Deno.test(`the axes of ${name} are found in a map turned, shifted and made noisy`, () => {
    const n = 32, truth = symmetric(name, n, 3), group = pointGroup(name);
    const random = createRandom(7, "motion", name), rotation = random.rotation();
    const shift = Float64Array.from({ length: 3 }, () => 3 * random.uniform() - 1.5);
    // Sixty copies of eight blobs are nearly a ball, of which noise leaves too little to tell axes by.
    const sigma = (name === "I" ? 0.25 : 1) * rms(truth),
      map = noisy(moved(truth, rotation, shift), sigma, 1);
    const fit = findSymmetry(map, group);
    requireFit(fit);
    // The bound is for all information at its best weight. Three times that for what a normal variable
    // may do, and twice for what the mask, the last shell and eight pairs of rotations leave out.
    const least = bounds(truth, sigma);
    const angle = frameDistance(group, fit.frame.rotation, rotation);
    assert.ok(angle < 6 * least.angle, `${angle / DEGREE} of ${least.angle / DEGREE} degrees`);
    const off = fit.frame.centre.map((c, i) => c - shift[i]);
    if (name.startsWith("C")) { // along its axis the centre is free
      const axis = [2, 5, 8].map((i) => rotation[i]);
      const along = axis.reduce((sum, a, i) => sum + a * off[i], 0);
      axis.forEach((a, i) => off[i] -= a * along);
      const itself = axis.reduce((sum, a, i) => sum + a * fit.frame.centre[i], 0);
      assert.ok(Math.abs(itself) < 0.05, `moved by ${itself} px along the axis`);
    }
    assert.ok(Math.hypot(...off) < 6 * least.distance, `${off} of ${least.distance} px`);
    assert.equal(fit.classes.reduce((sum, { count }) => sum + count, 1), group.elements.length);
  });
}

Deno.test("without noise every rotation of the group gives the map again", () => {
  const truth = symmetric("D3", 32, 5), rotation = createRandom(3, "motion").rotation();
  const fit = findSymmetry(moved(truth, rotation, Float64Array.of(1, -2, 0.5)), pointGroup("D3"));
  for (const { correlations, chance } of fit.classes) {
    // The mask cuts the blobs' tails, and a window of 4 errs by 1e-3.
    for (const correlation of correlations) assert.ok(correlation > 0.99, `${correlation}`);
    assert.ok(chance.typical < 0.5 && chance.deviation > 0);
  }
  assert.ok(fit.weakest.excess > 5);
  // 15 shells of this grid: the frame is sharp to a hundredth of a voxel at the edge, 0.01 / 16 rad.
  assert.ok(frameDistance(fit.group, fit.frame.rotation, rotation) < 0.01 / 16);
});

Deno.test("of settings that are as good the one that turns the map least is taken", () => {
  const random = createRandom(1, "setting");
  for (const name of ["C3", "D2", "D3", "T", "O"]) {
    const group = pointGroup(name), rotation = random.rotation();
    const near = rotationFromVector(0.1, -0.2, 0.15);
    const away = multiply(near, group.settings.at(-1)!);
    const nearest = nearestSetting(group, { rotation: away, centre: new Float64Array(3) }).rotation;
    assert.ok(frameDistance(group, nearest, near) < 1e-7);
    if (name !== "C3") nearest.forEach((v, i) => assert.ok(Math.abs(v - near[i]) < 1e-9));
    else assert.ok(nearest[8] > 0.9);
    const any = nearestSetting(group, { rotation, centre: new Float64Array(3) }).rotation;
    assert.ok(frameDistance(group, any, rotation) < 1e-7, name);
  }
});

Deno.test("refineFrame() climbs back to the axes from 5 degrees and a voxel away", () => {
  const truth = symmetric("T", 32, 2), { elements } = pointGroup("T");
  const spectrum = createSpectrum(truth), target = createTarget(truth, 8);
  const some = [elements[1], elements[5]];
  const away = {
    rotation: rotationFromVector(0.05, -0.06, 0.04),
    centre: Float64Array.of(0.6, -0.5, 0.6),
  };
  const { frame, curve } = refineFrame(spectrum, target, some, away, 8);
  assert.ok(Math.hypot(...frame.centre) < 0.01, `${frame.centre}`);
  frame.rotation.forEach((v, i) => assert.ok(Math.abs(v - IDENTITY[i]) < 1e-3));
  for (const c of curve) assert.ok(c > 0.999);
});

Deno.test("a group that a map does not have is refused, with what was measured", () => {
  const enzyme = createPhantom("enzyme", { boxSize: 32, pixelSize: 5 });
  const refused = (map: Volume, name: string, message: RegExp) =>
    assert.throws(() => requireFit(findSymmetry(map, pointGroup(name))), {
      name: "RangeError",
      message,
    });
  const random = (name: string, degrees: string) =>
    new RegExp(
      `^Cannot symmetrize as ${name}: turned by ${degrees} degrees about \\(.*\\) the map ` +
        "correlates -?0\\.\\d{3} with itself, about axes at random 0\\.\\d{3} \\+- 0\\.\\d{3}, " +
        "wanted 0\\.\\d{3}, [57] deviations above that$",
    );
  refused(enzyme, "C2", random("C2", "180"));
  refused(enzyme, "D2", random("D2", "180"));
  const turned = moved(
    symmetric("D2", 32, 4),
    createRandom(2, "motion").rotation(),
    new Float64Array(3),
  );
  refused(turned, "D4", /^Cannot symmetrize as D4: turned by (90|180) degrees about/);
  refused(turned, "T", /^Cannot symmetrize as T: turned by 120 degrees about/);
  requireFit(findSymmetry(turned, pointGroup("C2")));
  const n = 32;
  const ball = createVolume({
    boxSize: n,
    pixelSize: 5,
    voxels: Float32Array.from({ length: n ** 3 }, (_, i) => {
      const p = [i % n, Math.floor(i / n) % n, Math.floor(i / n ** 2)];
      return Math.exp(-p.reduce((sum, c) => sum + (c - n / 2) ** 2, 0) / 50);
    }),
  });
  refused(
    ball,
    "C3",
    /^Cannot symmetrize as C3: .* about axes at random 0.9\d\d \+- 0.00\d, wanted 1.0/,
  );
});

Deno.test("maps and options that cannot be used are refused before the search", () => {
  const map = symmetric("C2", 32, 1), group = pointGroup("C2");
  const refused = (message: RegExp, given: Volume, options = {}) =>
    assert.throws(() => findSymmetry(given, group, options), { name: "RangeError", message });
  refused(/a box of 14 voxels, wanted 16 or more/, createVolume({ boxSize: 14, pixelSize: 1 }));
  refused(/constant or not finite/, createVolume({ boxSize: 16, pixelSize: 1 }));
  refused(/mask radius 81 A, wanted above 0, at most 80/, map, { maskRadius: 81 });
  refused(/mask radius 0 A/, map, { maskRadius: 0 });
  refused(/resolution 10 A, wanted 10.67 to 40/, map, { resolution: 10 });
  assert.equal(findSymmetry(map, group, { resolution: 30 }).refined, 5);
});
