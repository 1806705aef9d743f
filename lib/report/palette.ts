import { type Markup, markup } from "./markup.ts";

/** How a method is drawn wherever it appears. */
export interface Look {
  /** CSS variable of its colour. */
  readonly colour: string;
  /** stroke-dasharray, px; null is a solid line. */
  readonly dash: string | null;
  /** Path of its marker about (0, 0), about 8 px wide. */
  readonly marker: string;
}

/**
 * Colours told apart by all kinds of colour vision: Okabe & Ito, "Color Universal Design" (2008),
 * without the yellow, which white paper swallows, and with the two blues lighter on dark ground.
 * Black is the colour of text, and last: the truth is drawn in it.
 */
export const COLOURS: { readonly light: readonly string[]; readonly dark: readonly string[] } = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  dark: ["#3f97db", "#e8702a", "#1fb58a", "#d98fb8", "#e6a817", "#8ccdf5"],
};

const DASHES = [null, "7 3", "2 2.5", "9 3 2 3"];

/** Circle, square, triangle, diamond, triangle on its head, cross. */
const MARKERS = [
  "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
  "M-3.2-3.2h6.4v6.4h-6.4z",
  "M0-4.2L4 3H-4z",
  "M0-4.4L4.4 0L0 4.4L-4.4 0z",
  "M0 4.2L4-3H-4z",
  "M-4-1.4h2.6V-4h2.8v2.6H4v2.8H1.4V4h-2.8V1.4H-4z",
];

/**
 * The look of the i-th method: six colours; the next six have another dash and another marker. 24 looks
 * differ in colour or dash, 144 in some way.
 */
export function lookOf(i: number): Look {
  const round = Math.floor(i / COLOURS.light.length);
  return {
    colour: `var(--c${i % COLOURS.light.length})`,
    dash: DASHES[round % DASHES.length],
    marker: MARKERS[(round + i) % MARKERS.length],
  };
}

/** A short piece of line with its marker, for tables. */
export function lookKey({ colour, dash, marker }: Look): Markup {
  return markup`
    <svg class="key" width="34" height="12" viewBox="-17 -6 34 12" aria-hidden="true">
      <path d="M-16 0H16" fill="none" stroke="${colour}" stroke-width="2"
        stroke-dasharray="${dash ?? "none"}" />
      <path d="${marker}" fill="${colour}" />
    </svg>
  `;
}
