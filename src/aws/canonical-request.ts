/** The canonical form of a request, which Signature Version 4 signs (spec/ivs-chat 3.1). */
import { parseQuery } from './router.ts';

/** Header values by lower-case name, trimmed, inner spaces collapsed, repeated headers joined with a comma. */
export type CanonicalHeaders = ReadonlyMap<string, string>;

/** Which headers are signed: their names in lower case, in the order they are signed in. */
export interface SignedHeaders {
  readonly names: readonly string[];
  /** Joined with `;`. */
  readonly text: string;
}

export function signedHeadersOf(text: string): SignedHeaders {
  return { names: text.split(';'), text };
}

/** @param rawHeaders name, value, name, value … as received. */
export function canonicalHeaders(rawHeaders: readonly string[]): CanonicalHeaders {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    const value = collapse(rawHeaders[i + 1] ?? '');
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return headers;
}

/**
 * @param target the raw request target: its path is encoded once more, as all services but S3 have it.
 * @param bodyHash SHA-256 of the body in hexadecimal.
 * @param query the canonical query; by default that of the target
 */
export function canonicalRequest(
  method: string,
  target: string,
  headers: CanonicalHeaders,
  signedHeaders: SignedHeaders,
  bodyHash: string,
  query = queryOf(target),
): string {
  let text = `${method}\n${canonicalPath(pathOf(target))}\n${query}\n`;
  for (const name of signedHeaders.names) text += `${name}:${headers.get(name) ?? ''}\n`;
  return `${text}\n${signedHeaders.text}\n${bodyHash}`;
}

function collapse(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('  ') || trimmed.includes('\t') ? trimmed.replace(/\s+/g, ' ') : trimmed;
}

/** Segments that stay as they are, as those of most paths do. */
const CANONICAL_PATH = /^(?:\/[A-Za-z0-9_~-]+)+$/;

function canonicalPath(path: string): string {
  if (CANONICAL_PATH.test(path)) return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}

function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : canonicalQuery(target.slice(mark + 1));
}

/** The parameters encoded anew, as RFC 3986 has it. */
export function canonicalQuery(raw: string): string {
  return inCanonicalOrder(parseQuery(raw).map(([name, value]) => [encode(name), encode(value)] as const));
}

/** @param pairs names and values, encoded */
export function inCanonicalOrder(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs
    .toSorted(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
