/**
 * Makes sure that a path may be read, without asking at the terminal.
 *
 * @throws {Error} if it may not.
 */
export async function requireRead(path: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state === "granted") return;
  throw new Error(`Cannot read ${path}: not allowed, run with --allow-read`);
}

/**
 * Makes sure that a path may be written, without asking at the terminal.
 *
 * @throws {Error} if it may not.
 */
export async function requireWrite(path: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "write", path });
  if (state === "granted") return;
  throw new Error(`Cannot write ${path}: not allowed, run with --allow-write=${path}`);
}

/**
 * The same for a single file: files are written under another name beside their own first.
 *
 * @throws {Error} if its folder may not be written.
 */
export async function requireWriteBeside(path: string): Promise<void> {
  await requireWrite(path.replace(/[^/]*$/, "") || ".");
}
