import { createWebGPUBackend } from "../../gpu/backend.ts";
import { smallProblem } from "./small_problem.ts";

/** The small problem on the browser's adapter, and the same from coarse to fine. */
export async function run() {
  await using backend = await createWebGPUBackend();
  return [await smallProblem(backend), await smallProblem(backend, [2.2, 2.7, 3.2])];
}
