import { describeFile } from "../formats/registry.ts";
import { defineCommand } from "./command.ts";
import { printDevices } from "./devices.ts";
import { flag, text } from "./option.ts";
import { particleOptions } from "./particle_options.ts";
import { requireRead } from "./permission.ts";

/** `info`: what a file holds, or what this machine computes with. */
export const info = defineCommand({
  description:
    "Say what is in a file: format, sizes, units, optics, and what is odd about it. With --devices " +
    "say instead what GPUs this machine has.",
  arguments: {
    path: text({ value: "FILE", summary: "particles, a stack or a map" }),
  },
  options: {
    devices: flag("list the GPU adapters, their limits and features"),
    ...particleOptions,
    projectDir: text({
      value: "DIR",
      summary: "folder that RELION was run in; image names are relative to it",
      default: ".",
    }),
    json: flag("print JSON"),
  },
  examples: [
    { does: "what is in a particle set", line: "set/particles.star" },
    { does: "the same of a map, for a program", line: "set/truth.mrc --json" },
    { does: "which GPU --backend webgpu would use", line: "--devices" },
  ],

  check({ path, devices }) {
    if (devices === (path === undefined)) return;
    throw new RangeError(
      `Cannot run info ${devices ? "on both FILE and" : "without FILE or"} --devices: ` +
        "wanted one of them",
    );
  },

  async run({ path, devices, dataDir, projectDir, passthrough, json }, io) {
    if (devices || path === undefined) return await printDevices(io, json);
    for (const file of [path, ...passthrough]) await requireRead(file);
    const description = await describeFile(path, {
      dataDirectory: dataDir,
      projectDirectory: projectDir,
      passthrough,
    });
    if (json) return io.print(JSON.stringify(description, null, 2));
    const { format, entries, warnings } = description;
    const width = Math.max(...entries.map(([label]) => label.length)) + 2;
    io.print(`${path}: ${format}`);
    for (const [label, value] of entries) io.print(`${label.padEnd(width)}${value}`);
    for (const warning of warnings) io.print(`Note: ${warning}`);
  },
});
