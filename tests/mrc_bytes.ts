/** An MRC file made by hand, field by field from the table of MRC2014. */
export interface MRCBytes {
  /** Columns, rows, sections as stored. */
  stored: readonly [number, number, number];
  mode: number;
  values: ArrayLike<number>;
  little?: boolean;
  stamp?: readonly number[];
  /** mapc, mapr, maps */
  map?: readonly [number, number, number];
  /** mx, my, mz and the cell's edges along x, y, z in A */
  intervals?: readonly [number, number, number];
  cell?: readonly [number, number, number];
  group?: number;
  extended?: Uint8Array;
  labels?: readonly string[];
}

export function mrcBytes({
  stored,
  mode,
  values,
  little = true,
  stamp = little ? [0x44, 0x44] : [0x11, 0x11],
  map = [1, 2, 3],
  intervals = stored,
  cell = [0, 0, 0],
  group = 0,
  extended = new Uint8Array(0),
  labels = [],
}: MRCBytes): Uint8Array<ArrayBuffer> {
  const width = { 0: 1, 1: 2, 2: 4, 6: 2, 12: 2 }[mode] ?? 4;
  const bytes = new Uint8Array(1024 + extended.length + values.length * width);
  const view = new DataView(bytes.buffer);
  stored.forEach((n, i) => view.setInt32(4 * i, n, little));
  view.setInt32(12, mode, little);
  intervals.forEach((m, i) => view.setInt32(28 + 4 * i, m, little));
  cell.forEach((edge, i) => view.setFloat32(40 + 4 * i, edge, little));
  map.forEach((axis, i) => view.setInt32(64 + 4 * i, axis, little));
  view.setInt32(88, group, little);
  view.setInt32(92, extended.length, little);
  bytes.set(new TextEncoder().encode("MAP "), 208);
  bytes.set(stamp, 212);
  view.setInt32(220, labels.length, little);
  labels.forEach((label, i) => bytes.set(new TextEncoder().encode(label.padEnd(80)), 224 + 80 * i));
  bytes.set(extended, 1024);
  for (let i = 0; i < values.length; i++) {
    const at = 1024 + extended.length + i * width;
    if (mode === 0) view.setInt8(at, values[i]);
    else if (mode === 1) view.setInt16(at, values[i], little);
    else if (mode === 6) view.setUint16(at, values[i], little);
    else if (mode === 12) view.setFloat16(at, values[i], little);
    else view.setFloat32(at, values[i], little);
  }
  return bytes;
}
