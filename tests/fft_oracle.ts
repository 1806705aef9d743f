export { default as FFTOracle } from "npm:fft.js@4.0.4";
