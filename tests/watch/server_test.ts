import assert from "node:assert/strict";
import { readWish } from "../../lib/cli/control.ts";
import { main } from "../../lib/cli/main.ts";
import { createToken, isSame } from "../../lib/cli/watch_guard.ts";
import { serveWatch } from "../../lib/cli/watch_server.ts";
import { createScreen } from "../cli/screen.ts";
import { watchMadeUp } from "./watched.ts";

/** Sends a request as it is written, which fetch() would not, and returns status and body. */
async function ask(port: number, lines: readonly string[], body = "") {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = `${lines.join("\r\n")}\r\nconnection: close\r\n\r\n${body}`;
  await socket.write(new TextEncoder().encode(text));
  const answer = await new Response(socket.readable).text();
  return { status: Number(answer.split(" ")[1]), answer };
}

Deno.test("tokens are never the same, and compared whole", () => {
  const tokens = Array.from({ length: 50 }, createToken);
  assert.equal(new Set(tokens).size, 50);
  for (const token of tokens) assert.match(token, /^[0-9a-f]{64}$/);
  const [token] = tokens;
  assert.ok(isSame(token, token));
  for (const other of ["", token.slice(1), `${token}0`, token.toUpperCase() + "é", tokens[1]]) {
    assert.ok(!isSame(token, other), other);
  }
});

Deno.test("only who knows the token gets in, by this machine's name and from no other page", async () => {
  await using run = await watchMadeUp();
  const { port, token } = run, host = `host: 127.0.0.1:${port}`;
  const statusOf = async (...lines: string[]) => (await ask(port, lines)).status;
  assert.equal(await statusOf(`GET /${token}/ HTTP/1.1`, host), 200);
  assert.equal(await statusOf(`GET /${token}/ HTTP/1.1`, `host: localhost:${port}`), 200);
  assert.equal(await statusOf(`GET /${token} HTTP/1.1`, host), 308);
  const wrong = token.replace(/.$/, (c) => c === "0" ? "1" : "0");
  for (
    const path of ["/", `/${wrong}/`, `/${token.slice(1)}/`, `//${token}/`, "/events", "/%00/"]
  ) {
    const { status, answer } = await ask(port, [`GET ${path} HTTP/1.1`, host]);
    assert.equal(status, 403, path);
    assert.ok(!answer.includes(token), path);
  }
  for (
    const foreign of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`]
  ) {
    assert.equal(await statusOf(`GET /${token}/ HTTP/1.1`, `host: ${foreign}`), 403, foreign);
  }
  for (
    const origin of ["http://evil.example", "null", `https://127.0.0.1:${port}`, "http://127.0.0.1"]
  ) {
    const lines = [`GET /${token}/events HTTP/1.1`, host, `origin: ${origin}`];
    assert.equal(await statusOf(...lines), 403, origin);
  }
  assert.equal(await statusOf(`GET /${token}/ HTTP/1.1`, host, "sec-fetch-site: cross-site"), 403);
  assert.equal(await statusOf(`DELETE /${token}/ HTTP/1.1`, host), 405);
  assert.equal(await statusOf(`GET /${token}/../map.mrc HTTP/1.1`, host), 403);
  assert.equal(await statusOf(`GET /${token}/map.mrc HTTP/1.1`, host), 404);
});

Deno.test("wishes reach the run; those of strangers, long ones and nonsense do not", async () => {
  await using run = await watchMadeUp();
  const { port, token, folder } = run;
  const host = `host: 127.0.0.1:${port}`, origin = `origin: http://127.0.0.1:${port}`;
  const post = async (body: string, ...lines: string[]) => {
    const head = [`POST /${token}/control HTTP/1.1`, host, ...lines];
    return (await ask(port, [...head, `content-length: ${body.length}`], body)).status;
  };
  assert.equal(await post('{"wish":"stop"}'), 403); // no page sends a POST without its origin
  assert.equal(await post('{"wish":"stop"}', "origin: http://evil.example"), 403);
  assert.equal(await post('{"wish":"constructor"}', origin), 400);
  assert.equal(await post("stop", origin), 400);
  assert.equal(await post(`{"wish":"stop"}${" ".repeat(300)}`, origin), 413);
  const chunk = " ".repeat(300).length.toString(16);
  const chunked = await ask(port, [
    `POST /${token}/control HTTP/1.1`,
    host,
    origin,
    "transfer-encoding: chunked",
  ], `${chunk}\r\n${" ".repeat(300)}\r\n0\r\n\r\n`);
  assert.equal(chunked.status, 413);
  assert.deepEqual(readWish(folder), {});
  assert.equal(await post('{"wish":"pause"}', origin), 200);
  assert.equal(readWish(folder).pause, true);
  assert.equal(await post('{"wish":"go on"}', origin), 200);
  assert.equal(await post('{"wish":"stop"}', origin), 200);
  assert.deepEqual(readWish(folder), { pause: false, stop: true });
});

Deno.test("a page that may only watch changes nothing", async () => {
  await using run = await watchMadeUp({ able: false });
  const body = '{"wish":"stop"}', { port, token } = run;
  const { status } = await ask(port, [
    `POST /${token}/control HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `origin: http://127.0.0.1:${port}`,
    `content-length: ${body.length}`,
  ], body);
  assert.equal(status, 403);
  assert.deepEqual(readWish(run.folder), {});
});

/** Events of a stream, as they come. */
async function* eventsOf(url: string, signal: AbortSignal) {
  const { body } = await fetch(`${url}events`, { signal });
  let text = "";
  for await (const part of body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const event = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      if (event) yield { event, data: data.join("\n") };
    }
  }
}

Deno.test("a listener is sent all sections, then those that change, and that the run is done", async () => {
  await using run = await watchMadeUp();
  const abort = new AbortController(), sections = new Map<string, number>(), states: string[] = [];
  let volumes = 0;
  for await (const { event, data } of eventsOf(run.url, abort.signal)) {
    if (event === "volume") volumes++;
    if (event === "section") {
      const { id } = JSON.parse(data);
      sections.set(id, (sections.get(id) ?? 0) + 1);
    }
    if (event !== "status") continue;
    const { state, words, share, able } = JSON.parse(data);
    if (states.at(-1) !== state) states.push(state);
    assert.equal(able, true);
    if (/iteration 11 of 90/.test(words)) await run.goTo(40);
    else if (/iteration 40 of 90/.test(words) && (sections.get("convergence") ?? 0) > 1) {
      await run.finish();
    } else if (state === "finished") {
      assert.equal(share, 1);
      break;
    }
  }
  abort.abort();
  assert.deepEqual(states, ["running", "finished"]);
  assert.ok(volumes > 1);
  assert.equal(sections.get("plan"), 1); // it has not changed
  assert.ok(sections.get("convergence")! > 1);
});

Deno.test("without permission for the port, or with one that is taken, there is one line", async () => {
  await using run = await watchMadeUp();
  const { port, folder, token } = run;
  await assert.rejects(
    () => serveWatch({ folder, port, token, able: true, places: {} }),
    new RegExp(`^Error: Cannot watch at 127.0.0.1:${port}: it is in use, wanted another --port$`),
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-lock", "--allow-read"]
      .concat([new URL("../../cli.ts", import.meta.url).href, "watch", folder]),
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.deepEqual([code, said], [
    1,
    "Cannot watch at 127.0.0.1:8788: not allowed, run with --allow-net=127.0.0.1\n",
  ]);
  const screen = createScreen();
  assert.equal(await main(["watch", `${folder}/nowhere`, "--port", "0"], screen), 1);
  assert.match(screen.reported[0], /^Cannot read .*nowhere: no such folder/);
});

Deno.test("reconstruct --watch shows its run until it is done, and writes what it would without", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const screen = createScreen(), set = `${folder}/set`;
    const common = [
      "--held-out",
      "20",
      "--batch-size",
      "20",
      "--max-resolution",
      "45",
      "--epochs",
      "2",
    ];
    const reconstruct = (out: string, ...more: string[]) =>
      main([
        "reconstruct",
        `${set}/particles.star`,
        "--out",
        out,
        "--backend",
        "cpu",
        ...common,
        ...more,
      ], screen);
    const simulate = ["simulate", "--phantom", "enzyme", "--box", "24", "--pixel-size", "12"];
    await main([...simulate, "--count", "120", "--snr", "0.3", "--out", set], screen);
    assert.equal(await reconstruct(`${folder}/plain`), 0, screen.reported.join("\n"));
    let listened: Promise<string[]> | undefined;
    const report = (line: string) => {
      screen.reported.push(line);
      const [, url] = /^watch +(http\S+)$/.exec(line) ?? [];
      if (!url) return;
      listened = (async () => {
        const events: string[] = [];
        for await (const { event, data } of eventsOf(url, new AbortController().signal)) {
          events.push(event === "end" ? data : event);
        }
        return events;
      })();
    };
    const args = ["reconstruct", `${set}/particles.star`, "--out", `${folder}/watched`]
      .concat(["--backend", "cpu", ...common, "--watch", "--port", "0"]);
    assert.equal(await main(args, { ...screen, report }), 0, screen.reported.join("\n"));
    const events = await listened!;
    assert.match(events.at(-1)!, /^The run is done; this page is kept in .*report\.html\.$/);
    assert.ok(events.includes("section") && events.includes("volume"));
    for (const name of ["map.mrc", "poses.star"]) {
      const [one, other] = ["plain", "watched"].map((run) =>
        Deno.readFileSync(`${folder}/${run}/${name}`)
      );
      assert.deepEqual(other, one, name);
    }
    const names = [...Deno.readDirSync(`${folder}/watched`)].map(({ name }) => name);
    assert.ok(!names.includes("running") && !names.includes("control"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
