/// <reference no-default-lib="true" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/// <reference lib="deno.ns" />
import type { Volume } from "../../mod.ts";

/** Draws square images [N, N] as greys, the lowest 0.5 % black and the highest white. */
export function drawGrey(canvas: HTMLCanvasElement, image: Float32Array): void {
  const size = Math.round(Math.sqrt(image.length)), sorted = image.toSorted();
  const low = sorted[Math.floor(0.005 * sorted.length)];
  const range = sorted[Math.floor(0.995 * sorted.length)] - low || 1;
  canvas.width = canvas.height = size;
  const picture = new ImageData(size, size);
  image.forEach((value, i) => {
    picture.data.fill(255 * Math.min(1, Math.max(0, (value - low) / range)), 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  });
  canvas.getContext("2d", { willReadFrequently: true })!.putImageData(picture, 0, 0);
}

/** A row of canvases with words below them, in place of what was there. */
export function createStrip(strip: HTMLElement, words: readonly string[]): HTMLCanvasElement[] {
  const figures = words.map((text) => {
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    figure.append(canvas);
    if (text) {
      const caption = document.createElement("figcaption");
      caption.textContent = text;
      figure.append(caption);
    }
    return { figure, canvas };
  });
  strip.replaceChildren(...figures.map(({ figure }) => figure));
  return figures.map(({ canvas }) => canvas);
}

/** The slice of a volume through the middle across an axis (0: z, 1: y, 2: x), and its sum along it. */
export function cut(
  { boxSize: n, voxels }: Volume,
  axis: 0 | 1 | 2,
): { slice: Float32Array; sum: Float32Array } {
  const stride = [n * n, n, 1], along = stride[axis];
  const [down, right] = stride.filter((_, i) => i !== axis);
  const slice = new Float32Array(n * n), sum = new Float32Array(n * n);
  for (let i = 0; i < n * n; i++) {
    const first = Math.floor(i / n) * down + i % n * right;
    for (let k = 0; k < n; k++) sum[i] += voxels[first + k * along];
    slice[i] = voxels[first + n / 2 * along];
  }
  return { slice, sum };
}

/** A measurement of a run: iteration, and nats an image above the truth. */
export interface Point {
  readonly t: number;
  readonly above: number;
}

/** Heights, from 0 up, between which a curve is told apart: square roots, so that its end is seen. */
const heightOf = (above: number) => Math.sign(above) * Math.sqrt(Math.abs(above));

/**
 * Draws measurements over all iterations of a run on a square-root scale; a faint line where a finer
 * stage begins.
 */
export function drawCurve(
  canvas: HTMLCanvasElement,
  points: readonly Point[],
  { iterations, stages }: { iterations: number; stages: readonly number[] },
): void {
  const scale = devicePixelRatio, { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale, canvas.height = height * scale;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!,
    style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name);
  pen.scale(scale, scale);
  pen.font = "12px system-ui, sans-serif";
  const left = 34, right = width - 8, top = 10, bottom = height - 22;
  const most = Math.max(1, ...points.map(({ above }) => above));
  const least = Math.min(0, ...points.map(({ above }) => above));
  const [low, high] = [heightOf(least), heightOf(most)];
  const x = (t: number) => left + (right - left) * t / iterations;
  const y = (above: number) => bottom - (bottom - top) * (heightOf(above) - low) / (high - low);
  const line = (
    colour: string,
    path: readonly (readonly [number, number])[],
    dash: number[] = [],
  ) => {
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.beginPath();
    path.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y));
    pen.stroke();
  };
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const ticks = [0, 1, 5, 20, 50, 100, 200, 500, 1000].filter((tick) => tick <= most);
  for (const tick of ticks) {
    line(colour("--line"), [[left, y(tick)], [right, y(tick)]]);
    pen.fillStyle = colour("--dim");
    pen.fillText(String(tick), left - 6, y(tick));
  }
  for (const t of stages) line(colour("--dim"), [[x(t), top], [x(t), bottom]], [2, 4]);
  pen.textAlign = "center";
  pen.textBaseline = "bottom";
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const t = Math.round(share * iterations);
    pen.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    pen.fillText(String(t), x(t), height - 2);
  }
  pen.lineWidth = 2;
  line(colour("--found"), points.map(({ t, above }) => [x(t), y(above)]));
  const last = points.at(-1);
  if (last === undefined) return;
  pen.fillStyle = colour("--found");
  pen.beginPath();
  pen.arc(x(last.t), y(last.above), 3.5, 0, 2 * Math.PI);
  pen.fill();
}
