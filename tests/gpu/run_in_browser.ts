import { createWebGPUBackend } from "../../gpu/backend.ts";
import { smallProblem } from "./small_problem.ts";

/** The small problem on the browser's adapter. */
export async function run() {
  await using backend = await createWebGPUBackend();
  return await smallProblem(backend);
}
