/** Reading the XML that services of the query protocol answer: elements and text, no DTD, no CDATA. */

export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  /** Its own text, entities resolved. */
  readonly text: string;
}

const TOKEN = /<\?[^>]*\?>|<(\/?)([\w:.-]+)[^<>]*?(\/?)>|[^<]+/gy;
const MAXIMUM_DEPTH = 100;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface Open {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

/** The document's element; undefined when the text is no XML of this kind. */
export function readXml(document: string): Element | undefined {
  const top: Open = { name: '', children: [], text: '' };
  const open: Open[] = [top];
  let end = 0;
  for (const [token, closing, name, empty] of document.matchAll(TOKEN)) {
    end += token.length;
    const current = open.at(-1) ?? top;
    if (name === undefined) {
      if (!token.startsWith('<')) current.text += resolve(token);
    } else if (closing) {
      if (open.length === 1 || current.name !== name) return undefined;
      open.pop();
    } else {
      const element: Open = { name, children: [], text: '' };
      current.children.push(element);
      if (!empty) open.push(element);
      if (open.length > MAXIMUM_DEPTH) return undefined;
    }
  }
  return end === document.length && open.length === 1 && top.children.length === 1 ? top.children[0] : undefined;
}

function resolve(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
