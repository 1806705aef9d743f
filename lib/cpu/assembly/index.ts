// The module's exports: every kernel the worker calls.
export { setScratch } from "./scratch";
export { product } from "./product";
export { addGathered, gatherPoints, markPoints, release, scorePoints, unravelPanel, weighPoints } from "./refine";
export { foldI, multiplyByI } from "./transform";
export { selectPoints, selectScores } from "./select";
export { addCopies, slicePanel, unslicePanel } from "./slice";
export { closePanel, multiply, powerPanel, sortPanel, unsortPanel } from "./symmetry";
export { shellPower, turnImage } from "./turn";
export {
  accumulateImages, findScore, multiplyPanel, scoreImage, transposeColumns, weighImage,
} from "./scores";
