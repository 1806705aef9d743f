/** Limits the kernels look at, by the standard's names. */
export type LimitName =
  | "maxStorageBufferBindingSize"
  | "maxBufferSize"
  | "maxComputeWorkgroupStorageSize"
  | "maxComputeInvocationsPerWorkgroup"
  | "maxComputeWorkgroupSizeX"
  | "maxComputeWorkgroupSizeY"
  | "maxComputeWorkgroupSizeZ"
  | "maxComputeWorkgroupsPerDimension"
  | "maxStorageBuffersPerShaderStage";

/** Numbers for some or all of them. */
export type Limits = Readonly<Record<LimitName, number>>;

/**
 * As much as any kernel here can use. An adapter may report up to 2^64 - 1, more than a number holds
 * and more than may be asked for again, hence numbers of our own.
 */
export const usefulLimits: Limits = {
  maxStorageBufferBindingSize: 2 ** 32 - 4,
  maxBufferSize: 2 ** 36,
  maxComputeWorkgroupStorageSize: 64 * 1024,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupSizeX: 1024,
  maxComputeWorkgroupSizeY: 1024,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65535,
  maxStorageBuffersPerShaderStage: 16,
};

/** The limit names, as an array. */
export const limitNames = Object.keys(usefulLimits) as LimitName[];

/** What to ask an adapter for: min(offered, wanted), limit by limit. */
export function requestedLimits(
  offered: GPUSupportedLimits,
  wanted: Partial<Limits> = {},
): Limits {
  for (const name of Object.keys(wanted)) {
    // the platform ignores names it does not know
    if (!Object.hasOwn(usefulLimits, name)) {
      throw new RangeError(
        `Cannot open the device: limit ${name}, wanted one of ${limitNames.join(", ")}`,
      );
    }
  }
  return pickLimits((name) => Math.min(offered[name], wanted[name] ?? usefulLimits[name]));
}

/** A value for every limit. */
export function pickLimits(value: (name: LimitName) => number): Limits {
  return Object.fromEntries(limitNames.map((name) => [name, value(name)])) as unknown as Limits;
}
