// The module's exports: every kernel the worker calls.
export { setScratch } from "./scratch";
export { product } from "./product";
export { foldI, multiplyByI } from "./transform";
export { addCopies, slicePanel, unslicePanel } from "./slice";
export { closePanel, multiply, powerPanel, sortPanel, unsortPanel } from "./parity";
export { clearColumns, halfPower, turnImage } from "./turn";
export {
  accumulateImage, findScore, multiplyPanel, scoreImage, transposeColumns, weighImage,
} from "./scores";
