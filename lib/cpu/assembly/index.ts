// The module's exports: every kernel the worker calls.
export { setScratch } from "./scratch";
export { product } from "./product";
export { markPoints, release } from "./mark";
export { scorePoints, weighPoints } from "./score";
export { addGathered, gatherPoints } from "./gather";
export { foldI, multiplyByI } from "./transform";
export { depthToKeep, selectPoints, selectScores } from "./select";
export { addCopies, depositPanel, slicePanel, unravelPanel, unslicePanel } from "./slice";
export { closePanel, multiply, powerPanel, sortPanel, unsortPanel } from "./symmetry";
export { shellPower, turnImage } from "./turn";
export {
  accumulateImages, findScore, multiplyPanel, scoreImage, transposeColumns, weighImage,
} from "./scores";
