import type { Part } from "./part.ts";

/** A cluster of unlike domains around a cleft, with smaller helices on them; no symmetry at all. */
export const enzyme: readonly Part[] = [
  // The two lobes on a core, the cleft between them open to one side.
  {
    shape: "ellipsoid",
    centre: [0.03, 0.07, -0.03],
    size: [0.17, 0.09, 0.14],
    turn: [25, 40, 0],
    density: 0.7,
  },
  {
    shape: "ellipsoid",
    centre: [-0.12, 0.0, 0.06],
    size: [0.13, 0.1, 0.16],
    turn: [20, 25, 0],
    density: 0.8,
  },
  {
    shape: "ellipsoid",
    centre: [0.15, -0.05, 0.02],
    size: [0.09, 0.13, 0.1],
    turn: [-40, 35, 60],
    density: 0.9,
  },
  {
    shape: "ellipsoid",
    centre: [0.02, 0.03, -0.15],
    size: [0.15, 0.08, 0.07],
    turn: [70, 15, 0],
    density: 0.8,
  },
  // Domains that stand off.
  {
    shape: "ellipsoid",
    centre: [0.06, 0.17, 0.1],
    size: [0.07, 0.06, 0.09],
    turn: [0, 60, 30],
    density: 1,
  },
  { shape: "ellipsoid", centre: [-0.14, -0.12, -0.04], size: [0.06, 0.08, 0.05], density: 1.1 },
  {
    shape: "ellipsoid",
    centre: [0.18, 0.1, -0.1],
    size: [0.045, 0.1, 0.05],
    turn: [35, 0, 0],
    density: 1,
  },
  // Helices, two to three times as long as wide.
  {
    shape: "ellipsoid",
    centre: [-0.01, -0.13, 0.1],
    size: [0.028, 0.028, 0.11],
    turn: [110, 70, 0],
    density: 1.5,
  },
  {
    shape: "ellipsoid",
    centre: [-0.13, 0.12, -0.05],
    size: [0.026, 0.026, 0.09],
    turn: [-20, 45, 0],
    density: 1.6,
  },
  {
    shape: "ellipsoid",
    centre: [0.09, 0.01, 0.17],
    size: [0.026, 0.03, 0.1],
    turn: [160, 80, 0],
    density: 1.5,
  },
  {
    shape: "ellipsoid",
    centre: [-0.01, -0.06, -0.2],
    size: [0.03, 0.026, 0.09],
    turn: [45, 65, 0],
    density: 1.4,
  },
  // Small dense sites inside the lobes.
  { shape: "ellipsoid", centre: [-0.18, 0.05, 0.14], size: [0.04, 0.03, 0.035], density: 1 },
  { shape: "ellipsoid", centre: [0.16, -0.1, 0], size: [0.03, 0.045, 0.03], density: 1.1 },
  { shape: "ellipsoid", centre: [-0.06, 0.01, 0.03], size: [0.035, 0.03, 0.05], density: 0.9 },
];
