import { crc32 } from "../crc32.ts";

/** An 8-bit picture. */
export interface Picture {
  /** px */
  readonly width: number;
  /** px */
  readonly height: number;
  /** 1: grey; 2: grey and opacity. */
  readonly channels: 1 | 2;
  /** [height, width, channels] */
  readonly pixels: Uint8Array;
}

/** The bytes as zlib has them. */
export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12), view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}

/**
 * A picture as PNG (ISO/IEC 15948). Every line has filter 2: differences from the line above, which
 * compress well where a picture is smooth.
 */
export async function encodePNG({ width, height, channels, pixels }: Picture): Promise<Uint8Array> {
  const row = width * channels;
  if (pixels.length !== row * height) {
    throw new RangeError(
      `Cannot encode a picture: ${pixels.length} bytes, wanted ${width} x ${height} x ${channels}`,
    );
  }
  const lines = new Uint8Array((row + 1) * height);
  for (let y = 0; y < height; y++) {
    lines[y * (row + 1)] = 2;
    for (let x = 0; x < row; x++) {
      const above = y > 0 ? pixels[(y - 1) * row + x] : 0;
      lines[y * (row + 1) + 1 + x] = pixels[y * row + x] - above;
    }
  }
  const header = new Uint8Array(13), view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 4], 8);
  return Uint8Array.from([
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk("IHDR", header),
    ...chunk("IDAT", await deflate(lines)),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

/** A picture as the source of an <img>. */
export async function pictureURL(picture: Picture): Promise<string> {
  const bytes = await encodePNG(picture);
  return `data:image/png;base64,${bytes.toBase64()}`;
}
