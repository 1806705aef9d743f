import { type Rotation, rotationFromQuaternion } from "./rotation.ts";

/** A seeded stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** 0 .. count-1 in random order. */
  permutation(count: number): Uint32Array;
  /** Uniform over SO(3). */
  rotation(): Rotation;
}

/** FNV-1a over the labels, then splitmix32: streams of different labels are unrelated. */
function words(seed: number, labels: readonly (string | number)[]): Uint32Array {
  let h = 0x811c9dc5;
  for (const c of JSON.stringify([seed, ...labels])) {
    h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
  }
  return Uint32Array.from({ length: 4 }, () => {
    h = (h + 0x9e3779b9) | 0;
    let z = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  });
}

/**
 * The random stream of a seed and a purpose: `createRandom(seed, "rotation", t)`.
 *
 * Generator: xoshiro128** (Blackman & Vigna 2018). Equal arguments give equal streams, whatever was
 * drawn elsewhere, so that a run can be resumed at any iteration.
 */
export function createRandom(seed: number, ...labels: (string | number)[]): Random {
  let [a, b, c, d] = words(seed, labels);
  const next = (): number => {
    let x = Math.imul(b, 5);
    x = Math.imul((x << 7) | (x >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return x >>> 0;
  };
  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  const integer = (below: number) => Math.floor(uniform() * below);
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return {
    uniform,
    normal,
    integer,
    permutation(count) {
      const order = Uint32Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
    rotation() {
      const q = [normal(), normal(), normal(), normal()];
      const length = Math.hypot(...q);
      return rotationFromQuaternion(q[0] / length, q[1] / length, q[2] / length, q[3] / length);
    },
  };
}
