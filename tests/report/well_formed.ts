/**
 * Reads a page as strictly as XML: every element closed in order, every attribute quoted and given once,
 * no bare < or &, no control character.
 *
 * @returns the elements by name with their attributes, and the text outside of styles and scripts
 * @throws {SyntaxError} where it is not so.
 */
export function readPage(page: string) {
  const elements: { name: string; attributes: Map<string, string>; text: string }[] = [];
  const open: (typeof elements)[number][] = [];
  const fail = (what: string, at: number) => {
    throw new SyntaxError(`${what}: ...${page.slice(Math.max(0, at - 60), at + 60)}...`);
  };
  const decode = (text: string, at: number) => {
    const plain = text.replace(
      /&(amp|lt|gt|quot|#39);/g,
      (_, name: string) => ({ amp: "\u0001", lt: "<", gt: ">", quot: '"', "#39": "'" })[name]!,
    );
    // deno-lint-ignore no-control-regex -- \u0001 stands for an ampersand that was escaped
    if (/[&\u0000\u0002-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(plain)) {
      fail("Bare ampersand or control character", at);
    }
    return plain.replaceAll("\u0001", "&");
  };
  if (!page.startsWith("<!DOCTYPE html>")) fail("No document type", 0);
  let at = "<!DOCTYPE html>".length;
  while (at < page.length) {
    if (page[at] !== "<") {
      const next = page.indexOf("<", at), end = next < 0 ? page.length : next;
      const text = decode(page.slice(at, end), at);
      for (const element of open) element.text += text;
      at = end;
      continue;
    }
    const close = /^<\/([A-Za-z][\w-]*)>/.exec(page.slice(at, at + 40));
    if (close) {
      if (open.pop()?.name !== close[1]) fail(`Unexpected </${close[1]}>`, at);
      at += close[0].length;
      continue;
    }
    const name = /^<([A-Za-z][\w-]*)/.exec(page.slice(at, at + 40))?.[1];
    if (name === undefined) fail("Bare <", at);
    const element = { name: name!, attributes: new Map<string, string>(), text: "" };
    at += name!.length + 1;
    const attribute = /\s+([A-Za-z][\w:-]*)="([^"<]*)"/y;
    for (;;) {
      attribute.lastIndex = at;
      const found = attribute.exec(page);
      if (!found) break;
      if (element.attributes.has(found[1])) fail(`${found[1]} twice`, at);
      element.attributes.set(found[1], decode(found[2], at));
      at += found[0].length;
    }
    const end = /\s*(\/?)>/y;
    end.lastIndex = at;
    const found = end.exec(page);
    if (!found) fail(`<${name} does not end`, at);
    at += found![0].length;
    elements.push(element);
    if (name === "style" || name === "script") {
      const close = page.indexOf(`</${name}>`, at);
      if (close < 0) fail(`<${name}> is not closed`, at);
      element.text = page.slice(at, close);
      at = close + name.length + 3;
    } else if (found![1] === "") open.push(element);
  }
  if (open.length > 0) fail(`<${open.at(-1)!.name}> is not closed`, page.length);
  return elements;
}
