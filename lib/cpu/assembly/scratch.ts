// Each thread's own corner of the shared memory.
let base: usize = 0;

/** Tells this thread where its scratch memory lies. */
export function setScratch(pointer: usize): void {
  base = pointer;
}

// @ts-ignore: decorator
@inline
export function scratch(offset: usize = 0): usize {
  return base + offset;
}
