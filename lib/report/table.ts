import { type Markup, markup } from "./markup.ts";

/** A table whose first column names its rows; the others are numbers, or words. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly Markup[],
  { words = false } = {},
): Markup {
  return markup`
    <div class="wide">
      <table class="${words ? "words" : "numbers"}">
        <caption>${caption}</caption>
        <thead>
          <tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}
