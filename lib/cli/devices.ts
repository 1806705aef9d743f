import { chooseBackend } from "../backends.ts";
import type { IO } from "./io.ts";
import { formatBytes, formatCount } from "./plan_text.ts";

/** Features that computing can make use of; an adapter has many more for drawing. */
const FEATURES = ["timestamp-query", "shader-f16", "subgroups"];

function formatLimit(name: string, limit: number): string {
  // what a driver reports where it has no limit: 2^64 - 1
  if (limit >= 2 ** 53) return "none";
  return name.endsWith("Size") ? formatBytes(limit) : formatCount(limit);
}

/** Says which GPU adapters there are, with their limits and features, and which backend is auto. */
export async function printDevices(io: IO, json: boolean): Promise<void> {
  const { describeAdapter, listAdapters, missingAdapter } = await import("../../gpu/adapter.ts");
  const { limitNames, pickLimits } = await import("../../gpu/limits.ts");
  const adapters = await listAdapters();
  const auto = await chooseBackend();
  if (json) {
    const listed = adapters.map(({ gpu, description, software }) => ({
      description,
      software,
      limits: pickLimits((name) => gpu.limits[name]),
      features: [...gpu.features].sort(),
    }));
    return io.print(JSON.stringify({ adapters: listed, auto }, null, 2));
  }
  const width = Math.max(...limitNames.map((name) => name.length)) + 2;
  for (const adapter of adapters) {
    const { limits, features } = adapter.gpu;
    const has = FEATURES.filter((feature) => features.has(feature as GPUFeatureName));
    io.print(describeAdapter(adapter));
    for (const name of limitNames) {
      io.print(`  ${name.padEnd(width)}${formatLimit(name, limits[name])}`);
    }
    io.print(`  ${"features".padEnd(width)}${has.join(", ") || "none of " + FEATURES.join(", ")}`);
  }
  if (adapters.length === 0) io.print(missingAdapter);
  io.print(`--backend auto is ${auto.name}: ${auto.reason}`);
}
