/**
 * The JSON of policies. Unlike `JSON.parse` it says where text stops being JSON, refuses a member that comes twice
 * (of which a reader and the evaluator might each believe another one), keeps numbers as they are written and bounds
 * the nesting.
 */

/** A number, as it is written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json> & { readonly span: Span };

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where something stands in the text: from its first character to the one after its last. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/** A policy's condition values stand on the sixth level. */
const MAXIMUM_DEPTH = 16;

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** How much of a document a message repeats, in characters. */
const MAXIMUM_SHOWN = 200;

/** Text of a document, short enough for a message. */
export function abbreviate(text: string): string {
  return text.length > MAXIMUM_SHOWN ? `${text.slice(0, MAXIMUM_SHOWN)}…` : text;
}

/** Text of a document in double quotes, short enough for a message. */
export function quote(text: string): string {
  return JSON.stringify(abbreviate(text));
}

/** Gives the function that finds the line and column of a character, asked for from the first to the last. */
function createPositions(text: string): (at: number) => Position {
  let line = 1;
  let lineStart = 0;
  let lineEnd = text.indexOf('\n');
  return (at) => {
    while (lineEnd >= 0 && lineEnd < at) {
      line += 1;
      lineStart = lineEnd + 1;
      lineEnd = text.indexOf('\n', lineStart);
    }
    return { line, column: at - lineStart + 1 };
  };
}

/** @throws SyntaxError that says the line and column */
export function parseJson(text: string): Json {
  let at = 0;
  const positionOf = createPositions(text);

  function fail(problem: string, position = at): never {
    const before = text.slice(0, position).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new SyntaxError(`cannot be read as JSON from line ${before.length}, column ${column}: ${problem}`);
  }

  function take(token: RegExp): string | undefined {
    token.lastIndex = at;
    const [taken] = token.exec(text) ?? [];
    at += taken?.length ?? 0;
    return taken;
  }

  /** Takes a punctuation mark with the space before it. */
  function ends(mark: string): boolean {
    take(SPACE);
    if (text.charAt(at) !== mark) return false;
    at += 1;
    return true;
  }

  /** Takes a punctuation mark with the space around it. */
  function skip(mark: string): boolean {
    if (!ends(mark)) return false;
    take(SPACE);
    return true;
  }

  function string(): string | undefined {
    const start = at;
    const literal = take(STRING);
    if (literal === undefined) return undefined;
    try {
      return String(JSON.parse(literal));
    } catch {
      return fail('the string holds a character or an escape that JSON has not', start);
    }
  }

  function object(start: Position, depth: number): JsonObject {
    const found = members(depth);
    const end = positionOf(at);
    take(SPACE);
    return Object.assign(found, { span: { start, end } });
  }

  function members(depth: number): Map<string, Json> {
    const found = new Map<string, Json>();
    if (ends('}')) return found;
    do {
      const start = at;
      const name = string() ?? fail('expected a member name in double quotes');
      if (found.has(name)) fail(`the member ${quote(name)} comes twice`, start);
      if (!skip(':')) fail('expected ":"');
      found.set(name, value(depth));
    } while (skip(','));
    if (!ends('}')) fail('expected "," or "}"');
    return found;
  }

  function elements(depth: number): Json[] {
    const array: Json[] = [];
    if (skip(']')) return array;
    do array.push(value(depth));
    while (skip(','));
    if (!skip(']')) fail('expected "," or "]"');
    return array;
  }

  function value(depth: number): Json {
    if (depth > MAXIMUM_DEPTH) fail(`more than ${MAXIMUM_DEPTH} levels of nesting`);
    take(SPACE);
    const start = positionOf(at);
    if (skip('{')) return object(start, depth + 1);
    if (skip('[')) return elements(depth + 1);
    const characters = string();
    if (characters !== undefined) return characters;
    const number = take(NUMBER);
    if (number !== undefined) return new JsonNumber(number);
    const word = take(WORD) ?? fail('expected a JSON value');
    return word === 'null' ? null : word === 'true';
  }

  const result = value(1);
  take(SPACE);
  if (at < text.length) fail('expected the end of the document');
  return result;
}
