/** Environment of a process that sees no GPU: no Vulkan driver, and no other way than Vulkan. */
export const NO_GPU = { VK_DRIVER_FILES: "/nonexistent", DENO_WEBGPU_BACKEND: "vulkan" };
