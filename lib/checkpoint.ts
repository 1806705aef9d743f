import { crc32 } from "./crc32.ts";
import type { Guard } from "./guard.ts";
import type { OptimizerState } from "./optimizers/optimizer.ts";
import type { Scales } from "./scales.ts";

/** What one of several starts came to. */
export interface Start {
  /** Of its spheres. */
  readonly seed: number;
  /** Mean -log p of the held-out images, nats an image. */
  readonly test: number;
  /** sigma^2 by shell. */
  readonly noise: readonly number[];
  /** V, [M, M, M]. */
  readonly voxels: Float32Array;
}

/** Everything a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** The run's configuration; a run is only resumed under the same. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Iterations done. */
  readonly iteration: number;
  /** Image-gradient evaluations done. */
  readonly gradients: number;
  /** Evaluations of the likelihood alone, in images. */
  readonly forwards: number;
  /** Seconds of iterations. */
  readonly seconds: number;
  /** 1/L. */
  readonly unit: number;
  /** T at the start, 1 without tempering. */
  readonly temperature: number;
  /** sigma^2 by shell, [N/2 + 1]. */
  readonly noise?: readonly number[];
  /** Of a guarded run: the best density it has had, and its brake. */
  readonly guard?: Guard;
  /** Stage of a march, from 0. */
  readonly stage?: number;
  /** Of a march that has decided itself where it looks for particles: how far off centre, px. */
  readonly shifts?: { readonly shiftExtent: number; readonly shiftSigma?: number };
  /** Of a march with several starts: those that are done. */
  readonly starts?: readonly Start[];
  /** Of a march whose images have scales of their own: those of the present stage. */
  readonly scales?: Scales;
  /** Whether its first stage was gone through again for that. */
  readonly again?: boolean;
  /** What was done before that stage. */
  readonly before?: Readonly<Record<"iteration" | "gradients" | "forwards" | "seconds", number>>;
  /** V, [M, M, M]. */
  readonly voxels: Float32Array;
  /** The optimizer's memory. */
  readonly state: OptimizerState;
}

/** Where two configurations differ, in words; empty if they agree. */
export function configDifference(a: Checkpoint["config"], b: Checkpoint["config"]): string {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => `${key} was ${JSON.stringify(a[key])}, is ${JSON.stringify(b[key])}`)
    .join("; ");
}

const MAGIC = "vitreous checkpoint 1\n";

const ARRAYS = { Float32Array, Float64Array };
type FloatArray = Float32Array | Float64Array;
interface ArrayPlace {
  readonly array: keyof typeof ARRAYS;
  readonly at: number;
  readonly length: number;
}

/**
 * A checkpoint as bytes: a line that names the format, a line with length and CRC-32 of what follows, a
 * line of JSON, then the arrays, little-endian, in the order the JSON refers to them.
 */
export function encodeCheckpoint(
  { voxels, state, starts, guard, scales, ...rest }: Checkpoint,
): Uint8Array {
  const arrays: FloatArray[] = [];
  let at = 0;
  const place = (array: FloatArray): ArrayPlace => {
    const from = at;
    arrays.push(array);
    at += array.byteLength;
    return {
      array: array instanceof Float32Array ? "Float32Array" : "Float64Array",
      at: from,
      length: array.length,
    };
  };
  const placed = Object.fromEntries(
    Object.entries(state).map(([key, value]) => [
      key,
      typeof value === "number"
        ? { number: place(Float64Array.of(value)) } // JSON would lose -0 and what is not finite
        : Array.isArray(value)
        ? value.map(place)
        : place(value),
    ]),
  );
  const header = {
    ...rest,
    voxels: place(voxels),
    state: placed,
    ...guard && { guard: { ...guard, voxels: place(guard.voxels) } },
    ...starts && { starts: starts.map((start) => ({ ...start, voxels: place(start.voxels) })) },
    ...scales && { scales: { ...scales, values: place(scales.values) } },
  };
  const json = new TextEncoder().encode(JSON.stringify(header) + "\n");
  const body = new Uint8Array(json.length + at);
  body.set(json);
  let to = json.length;
  for (const array of arrays) {
    body.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), to);
    to += array.byteLength;
  }
  const head = new TextEncoder().encode(`${MAGIC}${body.length} ${crc32(body)}\n`);
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

/**
 * Reads encodeCheckpoint()'s bytes.
 *
 * @param name what to call it in an error
 * @throws {SyntaxError} if it is not a checkpoint, or not a whole one.
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const lineEnd = bytes.indexOf(10, MAGIC.length);
  const head = new TextDecoder().decode(bytes.subarray(0, Math.max(0, lineEnd)));
  if (!head.startsWith(MAGIC)) {
    throw new SyntaxError(
      `Cannot read ${name}: it does not begin with "${MAGIC.trim()}", wanted a checkpoint`,
    );
  }
  const [length, crc] = head.slice(MAGIC.length).split(" ").map(Number);
  const body = bytes.slice(lineEnd + 1);
  if (body.length !== length) {
    throw new SyntaxError(`Cannot read ${name}: ${body.length} bytes of state, wanted ${length}`);
  }
  if (crc32(body) !== crc) {
    throw new SyntaxError(`Cannot read ${name}: its checksum is wrong, wanted an undamaged file`);
  }
  const jsonEnd = body.indexOf(10);
  const { voxels, state, starts, guard, scales, ...rest } = JSON.parse(
    new TextDecoder().decode(body.subarray(0, jsonEnd)),
  );
  const restore = ({ array, at, length }: ArrayPlace): FloatArray => {
    const from = jsonEnd + 1 + at, Type = ARRAYS[array];
    return new Type(body.slice(from, from + length * Type.BYTES_PER_ELEMENT).buffer);
  };
  const restored = Object.fromEntries(
    Object.entries(state as Record<string, { number: ArrayPlace } | ArrayPlace | ArrayPlace[]>).map(
      (
        [key, value],
      ) => [
        key,
        "number" in value
          ? restore(value.number)[0]
          : Array.isArray(value)
          ? value.map(restore)
          : restore(value),
      ],
    ),
  );
  return {
    ...rest,
    voxels: restore(voxels) as Float32Array,
    ...guard && { guard: { ...guard, voxels: restore(guard.voxels) as Float32Array } },
    ...starts && {
      starts: (starts as (Omit<Start, "voxels"> & { voxels: ArrayPlace })[])
        .map((start): Start => ({ ...start, voxels: restore(start.voxels) as Float32Array })),
    },
    ...scales && { scales: { ...scales, values: restore(scales.values) as Float32Array } },
    state: restored as OptimizerState,
  };
}
