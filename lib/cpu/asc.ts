/** The AssemblyScript compiler, for building the kernels; not loaded at run time. @module */
export { default } from "npm:assemblyscript@0.28.20/asc";
