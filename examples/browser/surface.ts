/// <reference no-default-lib="true" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/// <reference lib="deno.ns" />
import type { Rotation, Volume } from "../../mod.ts";
import { library } from "./library.ts";

/** Voxels an edge of a finer grid of the same band, so that the surface is smooth; of it the middle is drawn. */
const GRID = 48, MIDDLE = 36;
/** px an edge when it rests, and at least while it turns. */
const RESTING = 320, LEAST = 160;
/** ms that a picture may take while it turns: its size follows. */
const PATIENCE = 30;
/** Radians a ms of its own accord. */
const SPIN = 0.0004;
/** Radians a px of dragging. */
const DRAG = 0.01;

/** A density to be drawn on a canvas, as the surface that encloses a share of its box. */
interface Subject {
  readonly canvas: HTMLCanvasElement;
  /** Red, green, blue, 0 to 1. */
  readonly tint: readonly [number, number, number];
  volume?: Volume;
  level: number;
  /** Whether it has changed since it was drawn. */
  stale: boolean;
}

/** Several surfaces that turn together. */
export interface Turntable {
  /** Shows a density on the canvas of that number. */
  show(place: number, volume: Volume, share: number): void;
  /** Whether they turn of their own accord, until they are touched: not while the processor is needed. */
  spin(on: boolean): void;
}

/**
 * Rows are the picture's right, its down and the direction towards the eye, in the map's x, y, z: the
 * eye goes round the z axis by `turn` and up by `rise`.
 */
function viewFrom(turn: number, rise: number): Rotation {
  const c = Math.cos(turn), s = Math.sin(turn), up = Math.sin(rise), out = Math.cos(rise);
  return Float64Array.of(c, s, 0, s * up, -c * up, -out, s * out, -c * out, up);
}

/** The cube of MIDDLE voxels an edge about a map's middle. */
function middleOf({ boxSize: n, pixelSize, voxels }: Volume): Volume {
  const out = library.createVolume({ boxSize: MIDDLE, pixelSize }), from = (n - MIDDLE) / 2;
  for (let z = 0; z < MIDDLE; z++) {
    for (let y = 0; y < MIDDLE; y++) {
      const row = ((z + from) * n + y + from) * n + from;
      out.voxels.set(voxels.subarray(row, row + MIDDLE), (z * MIDDLE + y) * MIDDLE);
    }
  }
  return out;
}

/** Sets up canvases on which densities are seen from the same side, turned by dragging and arrow keys. */
export function createTurntable(
  places: readonly Pick<Subject, "canvas" | "tint">[],
): Turntable {
  const subjects: Subject[] = places.map((place) => ({ ...place, level: 0, stale: false }));
  let turn = 0.6, rise = 0.35, spinning = false;
  let touched = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let drawn = { turn: NaN, rise: NaN, time: 0 }, rested = false, waiting = false, moving = 200;

  const draw = ({ canvas, tint, volume, level }: Subject, size: number, rays: number) => {
    if (volume === undefined) return;
    const view = viewFrom(turn, rise);
    const { pixels } = library.drawIsosurface(volume, { level, view, size, rays });
    const picture = new ImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      for (let c = 0; c < 3; c++) picture.data[4 * i + c] = pixels[2 * i] * tint[c];
      picture.data[4 * i + 3] = pixels[2 * i + 1];
    }
    canvas.width = canvas.height = size;
    canvas.getContext("2d", { willReadFrequently: true })!.putImageData(picture, 0, 0);
  };

  const tick = () => {
    const time = performance.now();
    if (spinning && !touched) turn += SPIN * Math.min(200, time - drawn.time);
    const moved = turn !== drawn.turn || rise !== drawn.rise;
    const due = subjects.filter(({ stale }) => moved || stale || !rested);
    for (const subject of due) {
      draw(subject, moved ? moving : RESTING, moved || subject.stale ? 1 : 2);
    }
    rested = !moved && due.every(({ stale }) => !stale);
    for (const subject of due) subject.stale = false;
    if (moved) {
      const fit = moving * Math.sqrt(due.length * PATIENCE / (performance.now() - time));
      moving = Math.round(Math.max(LEAST, Math.min(RESTING, (moving + fit) / 2)));
    }
    drawn = { turn, rise, time };
    waiting = false;
    if (!rested || (spinning && !touched)) wake();
  };
  /** Draws soon: nothing is done while nothing changes. */
  const wake = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => requestAnimationFrame(tick), 40);
  };

  const turnBy = (right: number, down: number) => {
    touched = true;
    turn -= right;
    rise = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, rise + down));
    wake();
  };
  const KEYS: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-0.1, 0],
    ArrowRight: [0.1, 0],
    ArrowUp: [0, -0.1],
    ArrowDown: [0, 0.1],
  };
  for (const { canvas } of subjects) {
    canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));
    canvas.addEventListener("pointermove", ({ pointerId, movementX, movementY }) => {
      if (!canvas.hasPointerCapture(pointerId)) return;
      turnBy(DRAG * movementX, DRAG * movementY);
    });
    canvas.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      turnBy(...KEYS[event.key] as [number, number]);
    });
  }
  return {
    show(place, volume, share) {
      const fine = library.resample(volume, GRID);
      subjects[place].volume = middleOf(fine);
      subjects[place].level = library.levelEnclosing(fine, share);
      subjects[place].stale = true;
      wake();
    },
    spin(on) {
      spinning = on;
      wake();
    },
  };
}
