/** How the multiply-adds of a thread lie. */
export interface FMAShape {
  /** Vectors of four that a thread works on at the same time. */
  readonly chains: number;
  /** Steps written out in a turn of the loop, which costs a few operations itself. */
  readonly steps: number;
}

/** Shapes worth trying: short chains leave units idle, many overflow the registers. */
export const fmaShapes: readonly FMAShape[] = [
  { chains: 2, steps: 32 },
  { chains: 4, steps: 16 },
  { chains: 8, steps: 8 },
];

/** Threads of a workgroup. */
export const FMA_THREADS = 256;

/** Flop of a thread in a turn. */
export const flopOf = ({ chains, steps }: FMAShape) => 2 * 4 * chains * steps;

/** WGSL of x <- a x + b on registers and nothing else; sums have names, so that they stay there. */
export function fmaCode({ chains, steps }: FMAShape): string {
  const names = Array.from({ length: chains }, (_, i) => `x${i}`);
  return [
    "override turns: u32;",
    "@group(0) @binding(0) var<storage, read> factors: array<vec4f>;      // [2] a, b",
    "@group(0) @binding(1) var<storage, read_write> result: array<vec4f>; // [1]",
    `@compute @workgroup_size(${FMA_THREADS})`,
    "fn main(@builtin(global_invocation_id) id: vec3u) {",
    "  let a = factors[0];",
    "  let b = factors[1];",
    ...names.map((x, i) => `  var ${x} = vec4f(f32(id.x)) + vec4f(0.0, 0.1, 0.2, 0.3) + ${i}.0;`),
    "  for (var i = 0u; i < turns; i++) {",
    ...Array.from({ length: steps }, () => names.map((x) => `    ${x} = fma(a, ${x}, b);`)).flat(),
    "  }",
    `  let sum = ${names.join(" + ")};`,
    // never so, and no compiler can know
    "  if (dot(sum, sum) == -1.0) { result[0] = sum; }",
    "}",
  ].join("\n");
}
