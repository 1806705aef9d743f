/** A piece of HTML or SVG, safe to be put into a page. */
export interface Markup {
  readonly markup: string;
}

/** What html`` takes: text is escaped; null and false are left out. */
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
  if ("markup" in content) return content.markup;
  return content.map(toMarkup).join("");
}

/** HTML or SVG with every value escaped, unless it is markup itself: html`<td>${name}</td>`. */
export function html(parts: TemplateStringsArray, ...values: Content[]): Markup {
  return {
    markup: parts.reduce((page, part, i) => page + toMarkup(values[i - 1]) + part),
  };
}
