/** How a plain product is cut up. */
export interface ProductShape {
  /** Threads of a workgroup along columns and along rows, the same. */
  readonly threads: number;
  /** Sums of a thread along rows and along columns, the same; a multiple of 4. */
  readonly edge: number;
  /** Terms at a time in workgroup memory. */
  readonly step: number;
}

/** Shapes worth trying. */
export const productShapes: readonly ProductShape[] = [
  { threads: 16, edge: 4, step: 16 },
  { threads: 8, edge: 8, step: 8 },
  { threads: 16, edge: 8, step: 8 },
];

/** Edge of the tile of a workgroup. */
export const tileOf = ({ threads, edge }: ProductShape) => threads * edge;

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/**
 * WGSL of C = A^T B for square matrices of edge n, a multiple of the tile and of the step: A [k, rows],
 * B [k, columns], C [rows, columns]. Sums have names, so that they stay in registers.
 */
export function productCode(shape: ProductShape): string {
  const { threads, edge, step } = shape;
  const fours = tileOf(shape) / 4, perThread = edge / 4, group = threads * threads;
  const loads = step * fours / group;
  const rows = range(edge), parts = range(perThread);
  const load = (name: string, from: string, at: string) =>
    range(loads).map((l) =>
      `    { let i = index + ${l * group}u; ` +
      `${name}[i] = ${from}[(k + i / ${fours}u) * pitch + ${at} * ${fours}u + i % ${fours}u]; }`
    );
  return [
    "override n: u32;",
    "@group(0) @binding(0) var<storage, read> a: array<vec4f>;",
    "@group(0) @binding(1) var<storage, read> b: array<vec4f>;",
    "@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;",
    `var<workgroup> left: array<vec4f, ${step * fours}>;`,
    `var<workgroup> right: array<vec4f, ${step * fours}>;`,
    `@compute @workgroup_size(${threads}, ${threads})`,
    "fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u,",
    "  @builtin(local_invocation_index) index: u32) {",
    "  let pitch = n / 4u;",
    ...rows.flatMap((r) => parts.map((p) => `  var s${r}_${p} = vec4f(0.0);`)),
    `  for (var k = 0u; k < n; k += ${step}u) {`,
    ...load("left", "a", "group.y"),
    ...load("right", "b", "group.x"),
    "    workgroupBarrier();",
    ...range(step).flatMap((k) => [
      "    {",
      // neighbours read neighbouring vectors
      ...parts.map((p) => `      let x${p} = left[${k * fours + p * threads}u + local.y];`),
      ...parts.map((p) => `      let y${p} = right[${k * fours + p * threads}u + local.x];`),
      ...rows.flatMap((r) =>
        parts.map((p) => `      s${r}_${p} = fma(vec4f(x${r >> 2}[${r & 3}]), y${p}, s${r}_${p});`)
      ),
      "    }",
    ]),
    "    workgroupBarrier();",
    "  }",
    ...rows.flatMap((r) => {
      const row = `4u * (group.y * ${fours}u + ${(r >> 2) * threads}u + local.y) + ${r & 3}u`;
      return parts.map((p) =>
        `  c[(${row}) * pitch + group.x * ${fours}u + ${p * threads}u + local.x] = s${r}_${p};`
      );
    }),
    "}",
  ].join("\n");
}
