/** A value that a Python literal stands for; tuples are lists. */
export type Literal =
  | string
  | number
  | boolean
  | null
  | readonly Literal[]
  | ReadonlyMap<string, Literal>;

/** Lists in lists at most. */
const DEEPEST = 16;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
const WORDS: Readonly<Record<string, Literal>> = { True: true, False: false, None: null };

/**
 * Reads a Python literal as numpy writes it in its headers: dictionaries with texts for keys, lists,
 * tuples, texts, whole numbers, True, False, None.
 *
 * @throws {SyntaxError} saying what stands at which character
 */
export function parseLiteral(text: string): Literal {
  let at = 0;
  const fail = (wanted: string): never => {
    const found = at < text.length ? `"${text[at]}"` : "the end";
    throw new SyntaxError(`${found} at character ${at + 1}, wanted ${wanted}`);
  };
  const space = () => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const string = (): string => {
    const quote = text[at++];
    let out = "";
    while (text[at] !== quote) {
      if (at >= text.length) fail("a quote");
      if (text[at] !== "\\") {
        out += text[at++];
        continue;
      }
      const [all, hex, letter] = /^\\(?:x([0-9a-fA-F]{2})|(.))/s.exec(text.slice(at, at + 4)) ??
        fail("an escape");
      out += hex ? String.fromCharCode(parseInt(hex, 16)) : ESCAPES[letter] ?? letter;
      at += all.length;
    }
    at++;
    return out;
  };
  /** What stands between brackets, with commas between; a last comma may follow. */
  const items = (close: string, item: () => void) => {
    at++;
    for (space(); text[at] !== close; space()) {
      item();
      space();
      if (text[at] === ",") at++;
      else if (text[at] !== close) fail(`, or ${close}`);
    }
    at++;
  };
  const value = (depth: number): Literal => {
    space();
    const first = text[at] ?? "";
    if (depth > DEEPEST) fail(`at most ${DEEPEST} brackets in each other`);
    if (first === "'" || first === '"') return string();
    if (first === "[" || first === "(") {
      const list: Literal[] = [];
      items(first === "[" ? "]" : ")", () => list.push(value(depth + 1)));
      return list;
    }
    if (first === "{") {
      const map = new Map<string, Literal>();
      items("}", () => {
        if (text[at] !== "'" && text[at] !== '"') fail("a key in quotes");
        const key = string();
        space();
        if (text[at] !== ":") fail(":");
        at++;
        map.set(key, value(depth + 1));
      });
      return map;
    }
    const [word] = /^(?:-?\d{1,20}L?|[A-Z][a-z]+)/.exec(text.slice(at, at + 24)) ?? [""];
    const known = Object.hasOwn(WORDS, word) ? WORDS[word] : parseInt(word);
    if (Number.isNaN(known)) fail("a text, a number, a bracket, True, False or None");
    at += word.length;
    return known;
  };
  const result = value(0);
  space();
  if (at < text.length) fail("the end");
  return result;
}
