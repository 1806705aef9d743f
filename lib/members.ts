/**
 * Checks an object that the caller made, as plain JavaScript may have it: each member named has to be of
 * a kind, as typeof says it.
 *
 * @param act what it is wanted for: "use a prior"
 * @throws {TypeError} naming the first member that is not.
 */
export function requireMembers(
  act: string,
  object: object,
  wanted: Readonly<Record<string, "function" | "string" | "object">>,
): void {
  for (const [name, kind] of Object.entries(wanted)) {
    const member = (object as Record<string, unknown>)[name];
    if (typeof member === kind && member !== null) continue;
    const found = member === null ? "null" : typeof member;
    throw new TypeError(
      `Cannot ${act}: its ${name} is ${found}, wanted ${kind === "object" ? "an" : "a"} ${kind}`,
    );
  }
}
