/** The library, imported by its URL: in a page it is a script like any other. */
export const library: typeof import("../../mod.ts") = await import(
  new URL("vitreous.js", import.meta.url).href
);
