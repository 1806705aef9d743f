/**
 * What a GPU can do, and what the core makes of it: one command, markdown.
 *
 * `DENO_WEBGPU_BACKEND=vulkan deno run --allow-read --allow-env bench/gpu_bench.ts [RADIUS ...]`
 *
 * The variable keeps the platform from falling back on another driver without a word; "0" as the only radius
 * leaves the core out.
 *
 * @module
 */
import { requireAdapter } from "../gpu/adapter.ts";
import { type Device, openDevice } from "../gpu/device.ts";
import { formatBytes } from "../lib/cli/plan_text.ts";
import { type AdapterFigures, measureAdapter } from "./gpu/measure.ts";
import { tileOf } from "./gpu/product.ts";
import { type CoreFigures, coreTables, measureCore } from "./gpu_core.ts";

const tera = (perSecond: number) => `${(perSecond / 1e12).toPrecision(3)} TFLOP/s`;
const percent = (share: number) => `${Math.round(100 * share)} %`;
const micro = (seconds: number) => `${(1e6 * seconds).toPrecision(3)} us`;

/** The best of the plain products. */
export function bestProduct({ products }: AdapterFigures): AdapterFigures["products"][number] {
  return products.reduce((a, b) => b.flops > a.flops ? b : a);
}

/** What the adapter can do, as markdown. */
export function adapterTable(figures: AdapterFigures): string {
  const { fma, products, bandwidth, launch, submit, roundTrip } = figures;
  const rows = [
    ["f32 multiply-adds on registers", tera(fma)],
    ...products.map(({ shape, n, flops }) => [
      `plain product, ${n}^3, tile ${tileOf(shape)}, ${shape.edge} x ${shape.edge} a thread`,
      `${tera(flops)}, ${percent(flops / fma)}`,
    ]),
    ["memory, read and written once", `${(bandwidth / 1e9).toPrecision(3)} GB/s`],
    ["a kernel that waits for the one before", micro(launch)],
    ["a submit, on the host", micro(submit)],
    ["submit, kernel and read, early", micro(roundTrip.early)],
    ["submit, kernel and wait, awaited", micro(roundTrip.awaited)],
    ["timed by", figures.clock ? "the device's clock" : "the host's clock"],
  ];
  return ["| | |", "|---|---|", ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");
}

/** How much of that the core's products reach, as markdown. */
export function shareTable(core: readonly CoreFigures[], adapter: AdapterFigures): string {
  const best = bestProduct(adapter).flops;
  const rows = core.map(({ radius, posterior, seconds, kernels, flop }) => {
    const products = kernels.filter(([name]) => name.startsWith("multiply"));
    const all = kernels.reduce((sum, [, t]) => sum + t, 0);
    const inProducts = products.reduce((sum, [, t]) => sum + t, 0);
    const share = (rate: number) =>
      inProducts > 0 ? percent(2 * flop / inProducts / rate) : "no clock";
    const floor = 2 * flop / adapter.fma;
    return [
      radius,
      posterior,
      micro(floor),
      micro(seconds),
      kernels.length > 0 ? micro(all) : "no clock",
      share(adapter.fma),
      share(best),
    ].join(" | ");
  });
  return [
    "| r | posterior | floor of 100 images | as a run sees it | kernels | products, of the peak | of the best plain product |",
    "|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}

/** What was measured, in a paragraph. */
function heading({ description, limits, features }: Device): string {
  return `${description}: bindings to ${
    formatBytes(limits.maxStorageBufferBindingSize)
  }, buffers to ` +
    `${
      formatBytes(limits.maxBufferSize)
    }, workgroups of ${limits.maxComputeInvocationsPerWorkgroup} ` +
    `with ${formatBytes(limits.maxComputeWorkgroupStorageSize)}; ` +
    `features ${[...features].join(", ") || "none"}; Deno ${Deno.version.deno}`;
}

if (import.meta.main) {
  const radii = Deno.args.length > 0 ? Deno.args.map(Number) : [6.4, 10.24, 16];
  const adapter = await requireAdapter("measure a GPU");
  let figures: AdapterFigures;
  {
    await using device = await openDevice(adapter);
    console.log(`${heading(device)}\n`);
    figures = await measureAdapter(device);
    console.log(`${adapterTable(figures)}\n`);
  }
  if (radii[0] !== 0) {
    const core = await measureCore(radii);
    console.log(`${coreTables(core, "The core, N = 128, B = 100")}\n`);
    console.log(shareTable(core, figures));
  }
}
