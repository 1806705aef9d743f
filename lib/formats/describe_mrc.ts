import { type FileDescription, sixDigits } from "./description.ts";
import { isGzip } from "./gzip.ts";
import { bytesOf } from "./open_file.ts";
import { scanSections } from "./mrc.ts";
import { expectedBytes, modes, type MRCHeader, type MRCStatistics } from "./mrc_header.ts";
import { accumulateStatistics } from "./mrc_statistics.ts";

const titles = ["minimum", "maximum", "mean", "rms"] as const;

/** Statistics that the header claims and the pixels do not bear out, to 1e-3 of the rms. */
function disagreements(claimed: MRCStatistics, found: MRCStatistics): string[] {
  return titles.filter((title) => !(Math.abs(claimed[title] - found[title]) <= 1e-3 * found.rms))
    .map((title) => `${title} ${sixDigits(claimed[title])}`);
}

function headerEntries(header: MRCHeader, bytes: number): [string, string][] {
  const { size, pixelSizes, mode, byteOrder, axes, extendedBytes, labels } = header;
  const [a, b, c] = pixelSizes;
  const cubic = Math.abs(b - a) <= 1e-3 * a && (header.isStack || Math.abs(c - a) <= 1e-3 * a);
  return [
    header.isStack ? ["images", String(size[2])] : ["box", `${size.join(" x ")} voxels`],
    ...header.isStack ? [["box", `${size[0]} x ${size[1]} px`] as [string, string]] : [],
    [
      "pixel size",
      Number.isNaN(a) ? "not given" : cubic ? `${a} A` : `${a} x ${b} x ${c} A`,
    ],
    ["mode", `${mode}, ${modes[mode].name}, ${byteOrder} endian`],
    ...axes.join() === "0,1,2"
      ? []
      : [["axes", axes.map((axis) => "xyz"[axis]).join(" ")] as [string, string]],
    ...extendedBytes ? [["extended header", `${extendedBytes} bytes`] as [string, string]] : [],
    ["size", `${bytes} bytes`],
    ...labels.map((label): [string, string] => ["label", label]),
  ];
}

/**
 * Describes a map, reading all of it for its statistics, or a stack, from its header.
 *
 * @throws {Error} as openMRC
 */
export async function describeMRC(path: string): Promise<FileDescription> {
  const bytes = bytesOf(path);
  const warnings: string[] = [];
  const unusable = new Error("not finite");
  const statistics = accumulateStatistics((position, value) => {
    const { size, axes } = header!;
    const [columns, rows] = axes.map((axis) => size[axis]);
    const at = [
      position % columns,
      Math.floor(position / columns) % rows,
      Math.floor(position / (columns * rows)),
    ];
    const [x, y, z] = [0, 1, 2].map((axis) => at[axes.indexOf(axis)]);
    warnings.push(`voxel (${x}, ${y}, ${z}) is ${value}: the map will be refused`);
    return unusable;
  });
  let header: MRCHeader | undefined;
  try {
    for await (const { header: found, pixels } of scanSections(path)) {
      header = found;
      if (found.isStack) break;
      statistics.add(pixels);
    }
  } catch (error) {
    if (error !== unusable) throw error;
  }
  const { isStack, size: [nx, ny, nz] } = header!;
  const entries = headerEntries(header!, bytes);
  const values = (list: MRCStatistics) =>
    titles.map((title) => `${title} ${sixDigits(list[title])}`).join(", ");
  if (isStack) {
    entries.push(["header statistics", values(header!.statistics)]);
    if (isGzip(path)) warnings.push("compressed: images cannot be read by range until unpacked");
  } else if (warnings.length === 0) {
    const found = statistics.statistics();
    entries.push(["statistics", values(found)]);
    const wrong = disagreements(header!.statistics, found);
    if (wrong.length) warnings.push(`the header claims ${wrong.join(", ")}`);
    if (found.minimum === found.maximum) warnings.push("all voxels are equal");
  }
  if (nx !== ny || nx % 2 || (!isStack && nz !== nx)) {
    warnings.push(
      isStack
        ? `images of ${nx} x ${ny} px will be refused: wanted square ones with an even edge`
        : `${nx} x ${ny} x ${nz} voxels will be refused: wanted a cube with an even edge`,
    );
  }
  if (!isStack && Number.isNaN(header!.pixelSize)) {
    warnings.push("no pixel size in the header: the map will be refused");
  }
  const extra = bytes - expectedBytes(header!);
  if (!isGzip(path) && extra > 0) {
    warnings.push(`${extra} bytes after the last section are ignored`);
  }
  return { path, format: isStack ? "MRC stack" : "MRC map", entries, warnings };
}
