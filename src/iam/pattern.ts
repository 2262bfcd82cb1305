/**
 * Patterns with the wildcards `*` (any characters, none included) and `?` (one character) and with policy variables,
 * compiled when a policy is read. Matching looks for the pieces between two `*` from left to right and never goes
 * back, so it costs at most the length of the pattern times that of the text.
 */
import { type Context, readVariable, resolveVariable, type Variable } from './policy-variables.ts';

export interface PatternOptions {
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards?: boolean;
  /** Whether `${…}` is a variable; in documents of version 2008-10-17 it is literal text. */
  readonly variables?: boolean;
  readonly ignoreCase?: boolean;
}

/** What stands between two `*`: chunks of literal text, each parted from the next by one `?`. */
type Piece = readonly string[];

/** A pattern whose variables have their values. */
interface Pieces {
  readonly first: Piece;
  readonly middle: readonly Piece[];
  /** Undefined: there is no `*`. */
  readonly last: Piece | undefined;
}

/** The pieces and their chunks, as rows of text and variables. */
type Template = readonly (readonly (readonly (string | Variable)[])[])[];

export interface Pattern {
  readonly template: Template;
  readonly ignoreCase: boolean;
  /** Undefined: it has variables. */
  readonly pieces: Pieces | undefined;
  readonly variables: readonly Variable[];
}

/** @throws SyntaxError for a `${` that starts no variable */
export function compilePattern(text: string, options: PatternOptions = {}): Pattern {
  const { wildcards = false, variables = false, ignoreCase = false } = options;
  let chunk: (string | Variable)[] = [];
  let piece = [chunk];
  const template = [piece];
  const found: Variable[] = [];
  let start = 0;
  const endLiteral = (end: number) => {
    const literal = text.slice(start, end);
    if (literal !== '') chunk.push(ignoreCase ? literal.toLowerCase() : literal);
  };
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (variables && text.startsWith('${', at)) {
      const { value, end } = readVariable(text, at);
      endLiteral(at);
      chunk.push(value);
      if (typeof value !== 'string') found.push(value);
      start = end;
      at = end;
    } else if (wildcards && (character === '*' || character === '?')) {
      endLiteral(at);
      chunk = [];
      if (character === '*') {
        piece = [];
        template.push(piece);
      }
      piece.push(chunk);
      at += 1;
      start = at;
    } else {
      at += 1;
    }
  }
  endLiteral(text.length);
  const pieces = found.length === 0 ? expand(template, ignoreCase, NOTHING) : undefined;
  return { template, ignoreCase, pieces, variables: found };
}

const NOTHING: Context = new Map();

/**
 * Whether all of `text` matches. Values of variables are literal: a `*` in one is no wildcard. A pattern with a
 * variable that has no value matches nothing.
 */
export function matches(pattern: Pattern, text: string, context: Context): boolean {
  const pieces = pattern.pieces ?? expand(pattern.template, pattern.ignoreCase, context);
  return pieces !== undefined && matchesPieces(pieces, pattern.ignoreCase ? text.toLowerCase() : text);
}

/** Whether one of the patterns matches. */
export function anyMatches(patterns: readonly Pattern[], text: string, context: Context): boolean {
  for (const pattern of patterns) if (matches(pattern, text, context)) return true;
  return false;
}

/** Puts the values in place of variables. Undefined: one has none. */
function expand(template: Template, ignoreCase: boolean, context: Context): Pieces | undefined {
  const pieces: Piece[] = [];
  for (const chunks of template) {
    const piece: string[] = [];
    for (const parts of chunks) {
      let chunk = '';
      for (const part of parts) {
        const value = typeof part === 'string' ? part : resolveVariable(part, context);
        if (value === undefined) return undefined;
        chunk += value;
      }
      piece.push(ignoreCase ? chunk.toLowerCase() : chunk);
    }
    pieces.push(piece);
  }
  const [first = [''], ...middle] = pieces;
  return { first, last: middle.pop(), middle };
}

function matchesPieces({ first, middle, last }: Pieces, text: string): boolean {
  if (last === undefined && first.length === 1) return text === first[0];
  let at = endOf(first, text, 0);
  if (last === undefined) return at === text.length;
  for (const piece of middle) {
    if (at < 0) return false;
    at = find(piece, text, at);
  }
  const start = text.length - lengthOf(last);
  return at >= 0 && start >= at && endOf(last, text, start) === text.length;
}

function lengthOf(piece: Piece): number {
  let length = piece.length - 1;
  for (const chunk of piece) length += chunk.length;
  return length;
}

/** Where the piece that starts at `at` ends; -1: it does not start there. */
function endOf(piece: Piece, text: string, at: number): number {
  let next = at;
  for (const chunk of piece) {
    if (!text.startsWith(chunk, next)) return -1;
    next += chunk.length + 1;
  }
  return next - 1 <= text.length ? next - 1 : -1;
}

/** Where the first such piece at or after `at` ends; -1: there is none. */
function find(piece: Piece, text: string, at: number): number {
  const [chunk = ''] = piece;
  if (piece.length === 1) {
    const found = text.indexOf(chunk, at);
    return found < 0 ? -1 : found + chunk.length;
  }
  const latest = text.length - lengthOf(piece);
  for (let start = at; start <= latest; start += 1) {
    const end = endOf(piece, text, start);
    if (end >= 0) return end;
  }
  return -1;
}
