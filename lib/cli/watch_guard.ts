import { timingSafeEqual } from "node:crypto";

/** Bytes of a request's body at most. */
export const LONGEST_BODY = 256;

/** A token that nobody guesses: 256 random bits. */
export function createToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

/** Whether two texts are the same, in a time that does not depend on where they differ. */
export function isSame(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => new TextEncoder().encode(text));
  return x.length === y.length && timingSafeEqual(x, y);
}

const refusal = (status: number, words: string) =>
  new Response(`${words}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });

/**
 * Why a request is refused, null if it is not: other users of the machine do not know the token; pages of
 * other sites do not have it either, and show by Origin, or by a name of their own for this machine in Host
 * (DNS rebinding), what they are.
 *
 * @param port the server's own
 */
export function refuse(
  request: Request,
  { token, port }: { token: string; port: number },
): Response | null {
  const { headers, method, url } = request, { pathname } = new URL(url);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.get("host") ?? "")) return refusal(403, "Refused: foreign Host");
  const origin = headers.get("origin"), own = hosts.map((host) => `http://${host}`);
  if (origin === null ? method === "POST" : !own.includes(origin)) {
    return refusal(403, "Refused: foreign Origin");
  }
  const site = headers.get("sec-fetch-site") ?? "none";
  if (!["none", "same-origin"].includes(site)) {
    return refusal(403, "Refused: asked by another site");
  }
  if (!isSame(pathname.split("/")[1], token)) {
    return refusal(403, "Refused: wanted the address that the run has printed, with its token");
  }
  if (method !== "GET" && method !== "POST") return refusal(405, "Refused: wanted GET or POST");
  if (Number(headers.get("content-length") ?? 0) > LONGEST_BODY) {
    return refusal(413, `Refused: wanted a body of at most ${LONGEST_BODY} bytes`);
  }
  return null;
}

/** A request's body; null if it is longer than it may be, whatever its headers say. */
export async function readBody(request: Request): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "", length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > LONGEST_BODY) return null;
    text += decoder.decode(part, { stream: true });
  }
  return text;
}
