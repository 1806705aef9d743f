/** An .npy file made by hand, header and rows, as NEP 1 has them. */
export function npyBytes(
  { descr, count, rows, version = 1, order = "False", shape = `(${count},)` }: {
    /** Text of the list of columns. */
    descr: string;
    count: number;
    rows: Uint8Array;
    version?: number;
    order?: string;
    shape?: string;
  },
): Uint8Array<ArrayBuffer> {
  const text = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const header = new TextEncoder().encode(text), at = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(at + header.length + rows.length), view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(header, at);
  bytes.set(rows, at + header.length);
  return bytes;
}
