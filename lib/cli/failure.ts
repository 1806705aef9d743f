import { cannot } from "../formats/open_file.ts";

/** What goes to the user when something went wrong. */
export interface Failure {
  readonly text: string;
  /** Whether this is the program's own fault. */
  readonly isBug: boolean;
}

/** What the system says it was doing: "... (os error 2): open 'x'". */
const SYSTEM = /^.* \(os error \d+\)(?:: (\w+) '(.*)')?/s;
/** What Deno says of a permission it was not given. */
const PERMISSION = /^Requires (read|write) access to (.*?), run again/s;

/** The act that failed, where the error can tell. */
function actOf({ message }: Error): string | undefined {
  const [, access, path] = PERMISSION.exec(message) ?? [];
  if (access) return `${access} ${path.replaceAll('"', "")}`;
  const system = SYSTEM.exec(message);
  return system ? system[2] === undefined ? "go on" : `${system[1]} ${system[2]}` : undefined;
}

/**
 * One line for a failure the user can do something about: what the program itself says ("Cannot ..."),
 * a missing permission, the system's refusal, no memory left. The stack of anything else.
 */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { text: String(error), isBug: true };
  const line = (text: string) => ({ text: text.replaceAll(/\s*\n\s*/g, " "), isBug: false });
  if (error.message.startsWith("Cannot ")) return line(error.message);
  if (/allocation failed|Invalid typed array length/.test(error.message)) {
    return line("Cannot go on: out of memory, wanted a smaller box or fewer images at a time");
  }
  const act = actOf(error);
  if (act === undefined) return { text: error.stack ?? error.message, isBug: true };
  if (!(error instanceof Deno.errors.NotCapable)) return line(cannot(act, error).message);
  return line(`Cannot ${act}: not allowed, run with --allow-${act.split(" ")[0]}`);
}
