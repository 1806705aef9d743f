import type { Part } from "./part.ts";

/**
 * A hollow cylinder with a few unlike attachments: the "strong cylindrical shape" of Punjani &
 * Brubaker's synthetic data. Without the attachments it has every rotation about z, and mirrors.
 */
export const cylinder: readonly Part[] = [
  { shape: "tube", centre: [0, 0, 0], size: [0.16, 0.08, 0.21], density: 1 },
  // An arm that leaves the wall near the top and points up and sideways.
  {
    shape: "ellipsoid",
    centre: [0.2, 0.04, 0.13],
    size: [0.05, 0.06, 0.12],
    turn: [15, 50, 0],
    density: 1.1,
  },
  // A ball low on the wall, a third of a turn on.
  { shape: "ellipsoid", centre: [-0.1, 0.18, -0.13], size: [0.085, 0.085, 0.08], density: 1.2 },
  // A ridge up the wall, slanted: it has a hand of its own.
  {
    shape: "ellipsoid",
    centre: [-0.1, -0.15, 0.03],
    size: [0.05, 0.045, 0.16],
    turn: [-35, 24, 0],
    density: 1.2,
  },
  // A plug that closes part of the channel at the bottom, and a lid's stump above.
  { shape: "ellipsoid", centre: [0.03, -0.02, -0.17], size: [0.09, 0.06, 0.06], density: 0.8 },
  { shape: "ellipsoid", centre: [-0.06, 0.05, 0.25], size: [0.1, 0.06, 0.06], density: 1 },
  // A small foot under the arm.
  { shape: "ellipsoid", centre: [0.12, -0.12, -0.22], size: [0.05, 0.06, 0.055], density: 1.1 },
];
