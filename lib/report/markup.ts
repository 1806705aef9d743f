/** A piece of HTML or SVG, safe to be put into a page. */
export interface Markup {
  readonly text: string;
}

/** What markup`` takes: text is escaped; null and false are left out. */
export type Content = string | number | null | false | undefined | Markup | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text as it stands in an element or a quoted attribute. Control characters, which no page may hold, become
 * U+FFFD.
 */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    // deno-lint-ignore no-control-regex -- these are what is meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

function toMarkup(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (typeof content === "string") return escapeText(content);
  if (typeof content === "number") return String(content);
  if ("text" in content) return content.text;
  return content.map(toMarkup).join("");
}

/** The fixed parts of a template, by the array that it always hands over. */
const compacted = new WeakMap<TemplateStringsArray, readonly string[]>();

/** Ends of lines and what they are indented by: nothing beside a tag, else one space. */
function compact(parts: TemplateStringsArray): readonly string[] {
  let known = compacted.get(parts);
  if (!known) {
    known = parts.map((part) =>
      part.replace(/>\s*\n\s*/g, ">").replace(/\s*\n\s*</g, "<").replace(/\s*\n\s*/g, " ")
    );
    compacted.set(parts, known);
  }
  return known;
}

/**
 * HTML or SVG with every value escaped, unless it is markup itself: markup`<td>${name}</td>`. As in JSX,
 * ends of lines beside tags count for nothing.
 */
export function markup(parts: TemplateStringsArray, ...values: Content[]): Markup {
  const text = compact(parts).reduce((page, part, i) => page + toMarkup(values[i - 1]) + part);
  return { text };
}
