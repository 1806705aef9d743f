import type { Prior } from "./prior.ts";

/** No preference: maximum likelihood. */
export function flat(): Prior {
  return {
    name: "flat",
    formula: "1",
    accumulate: () => 0,
    toJSON: () => ({ name: "flat" }),
  };
}
