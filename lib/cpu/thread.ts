import type { Kernels } from "./kernels.ts";
import type { Layout, Level } from "./layout.ts";
import type { Team } from "./team.ts";

/** What a thread works with. */
export interface Thread {
  readonly index: number;
  readonly kernels: Kernels;
  readonly layout: Layout;
  /** See levelsOf(). */
  readonly levels: readonly Level[];
  readonly memory: WebAssembly.Memory;
  readonly team: Team;
  /** For each level how many kept points of the one before had room for those near them in the last image. */
  readonly roomFor: number[];
}
