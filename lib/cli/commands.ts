import type { Command } from "./command.ts";

/** The commands by name, in the order of the help; a module is loaded when its command is chosen. */
export const commands: Readonly<
  Record<string, { readonly summary: string; load(): Promise<Command> }>
> = {
  demo: {
    summary: "the whole job on a density that is known",
    load: async () => (await import("./demo.ts")).demo,
  },
  reconstruct: {
    summary: "find the density behind particle images",
    load: async () => (await import("./reconstruct.ts")).reconstruct,
  },
  simulate: {
    summary: "make particle images of a known density",
    load: async () => (await import("./simulate.ts")).simulate,
  },
  evaluate: {
    summary: "compare a map with a known density",
    load: async () => (await import("./evaluate.ts")).evaluate,
  },
  fsc: {
    summary: "compare the maps of two halves of the images",
    load: async () => (await import("./fsc.ts")).fsc,
  },
  symmetrize: {
    summary: "find the axes of a point group in a map and average over it",
    load: async () => (await import("./symmetrize.ts")).symmetrize,
  },
  compare: {
    summary: "optimizers side by side on one problem, with a report",
    load: async () => (await import("./compare.ts")).compare,
  },
  tune: {
    summary: "find the rate of an optimizer",
    load: async () => (await import("./tune.ts")).tune,
  },
  export: {
    summary: "write the same problem for RELION, with its command lines",
    load: async () => (await import("./export.ts")).exportCommand,
  },
  convert: {
    summary: "particle tables between RELION and cryoSPARC",
    load: async () => (await import("./convert.ts")).convert,
  },
  report: {
    summary: "a run as a page to read: report.html",
    load: async () => (await import("./report.ts")).report,
  },
  check: {
    summary: "look at particles before any work is done with them",
    load: async () => (await import("./check.ts")).check,
  },
  watch: {
    summary: "a run as a page that changes while it goes on",
    load: async () => (await import("./watch.ts")).watch,
  },
  info: {
    summary: "say what is in a file",
    load: async () => (await import("./info.ts")).info,
  },
  schema: {
    summary: "print the JSON Schema of a command's configuration",
    load: async () => (await import("./schema.ts")).schema,
  },
  completions: {
    summary: "print completions for bash, zsh or fish",
    load: async () => (await import("./completions.ts")).completions,
  },
};
