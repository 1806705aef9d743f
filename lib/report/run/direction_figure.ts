import type { Pose } from "../../particles.ts";
import { type Markup, markup } from "../markup.ts";
import { linePath, type Point } from "../path.ts";
import { countDirections, fullestTenth, mollweide } from "./mollweide.ts";

/** Px: half the width of the sphere, its middle, and the legend. */
const HALF = 300, MIDDLE: Point = [316, 168], LEGEND = 690, WIDTH = 800, HEIGHT = 348;
/** Points along an edge of a cell. */
const EDGE = 6;
/** Steps of the legend. */
const STEPS = 6;
/** Of the ink a full cell has, so that an empty one can be told from paper by its outline only. */
const FULL = 0.92;

const place = (longitude: number, sine: number): Point => {
  const [x, y] = mollweide(longitude, sine);
  return [MIDDLE[0] + x * HALF / 2, MIDDLE[1] - y * HALF / 2];
};

/** The outline of a part of the sphere between two longitudes and two sines of the latitude. */
function outline(from: number, to: number, south: number, north: number, points = EDGE): string {
  // in equal steps of the latitude: at the poles the outline turns fastest
  const [low, high] = [Math.asin(south), Math.asin(north)];
  const up = Array.from(
    { length: points },
    (_, i) => Math.sin(low + (high - low) * i / (points - 1)),
  );
  return `${
    linePath([
      ...up.map((sine) => place(from, sine)),
      ...up.toReversed().map((sine) => place(to, sine)),
    ])
  }z`;
}

/**
 * Where the images were seen from, on the sphere in Mollweide's projection: cells and picture keep areas,
 * so that equal darkness is equal density. Rot runs to the right from -180, tilt down from 0 to 180 degrees.
 */
export function directionFigure(poses: readonly Pick<Pose, "rotation">[]): Markup {
  const directions = countDirections(poses), { around, bands, counts } = directions;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const mean = poses.length / counts.length;
  const ink = (count: number) => Number((FULL * Math.sqrt(count / most)).toFixed(3));
  const empty = counts.reduce((sum, c) => sum + (c === 0 ? 1 : 0), 0);
  const angle = (v: number) => `${Math.round(v)}°`;
  const cells = Array.from(counts, (count, i) => {
    const band = Math.floor(i / around), column = i % around;
    const lon = (c: number) => (2 * c / around - 1) * Math.PI,
      sine = (b: number) => 2 * b / bands - 1;
    const tilt = (b: number) => Math.acos(sine(b)) * 180 / Math.PI;
    return markup`
      <path fill-opacity="${ink(count)}"
        d="${outline(lon(column), lon(column + 1), sine(band), sine(band + 1), 4)}">
        <title>${count} images at rot ${angle(360 * column / around - 180)} to ${
      angle(360 * (column + 1) / around - 180)
    }, tilt ${angle(tilt(band + 1))} to ${angle(tilt(band))}</title>
      </path>
    `;
  });
  const steps = [
    ...new Set(
      Array.from({ length: STEPS }, (_, i) => Math.round(most * (i / (STEPS - 1)) ** 2)),
    ),
  ];
  const words = `The fullest tenth of the sphere holds ${
    Math.round(100 * fullestTenth(directions))
  } % of the images; ${empty} of ${counts.length} areas are empty. An area has ${
    Number(mean.toPrecision(2))
  } images on average, ${most} at most.`;
  return markup`
    <div class="scroll"><svg class="plot narrow" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
      aria-label="Histogram of the viewing directions. ${words}">
      <g class="cells">${cells}</g>
      <path class="frame" d="${outline(-Math.PI, Math.PI, -1, 1, 60)}" />
      <g class="axes over">${
    [-90, 0, 90].map((rot) =>
      markup`
        <path class="grid over" d="${
        linePath(Array.from({ length: 41 }, (_, i) => place(rot * Math.PI / 180, i / 20 - 1)))
      }" />
        <text x="${MIDDLE[0] + rot / 180 * HALF}" y="${MIDDLE[1] + 14}"
          text-anchor="middle">${rot === 0 ? "rot 0°" : angle(rot)}</text>
      `
    )
  }${
    [45, 90, 135].map((tilt) => {
      const sine = Math.cos(tilt * Math.PI / 180),
        [x, y] = place(Math.PI, sine),
        left = place(-Math.PI, sine);
      return markup`
        <path class="grid over" d="${linePath([left, [x, y]])}" />
        <text x="${(x + 6).toFixed(1)}" y="${(y + 4).toFixed(1)}">${
        tilt === 90 ? "tilt 90°" : angle(tilt)
      }</text>
      `;
    })
  }<text x="${MIDDLE[0]}" y="${MIDDLE[1] - HALF / 2 - 4}" text-anchor="middle">tilt 0°</text></g>
      <g class="legend"><text x="${LEGEND}" y="60">images an area</text>${
    steps.map((count, i) =>
      markup`
        <rect x="${LEGEND}" y="${72 + 24 * i}" width="22" height="18" fill-opacity="${
        ink(count)
      }" />
        <text x="${LEGEND + 30}" y="${86 + 24 * i}">${count}</text>
      `
    )
  }</g>
    </svg></div>
    <p>${words}</p>
  `;
}
