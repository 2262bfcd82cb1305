/** Writing XML 1.0; nothing here reads it. */
import type { Shape } from './shape.ts';

/** Writes a value as an element, in the way of the query protocol; nothing for undefined. */
export function writeElement(name: string, shape: Shape<unknown>, value: unknown): string {
  return value === undefined || value === null ? '' : `<${name}>${writeContent(shape, value)}</${name}>`;
}

/** Writes what is within the element of a value. */
export function writeContent({ members, member, type }: Shape<unknown>, value: unknown): string {
  if (members && isObject(value)) {
    return Object.entries(members)
      .map(([name, shape]) => writeElement(name, shape, value[name]))
      .join('');
  }
  if (member && Array.isArray(value)) return value.map((item) => writeElement('member', member, item)).join('');
  if (member && type === 'map' && isObject(value)) {
    return Object.entries(value)
      .map(([key, entry]) => `<entry><key>${escapeXml(key)}</key>${writeElement('value', member, entry)}</entry>`)
      .join('');
  }
  return escapeXml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A reader would make a line feed of it.
  '\r': '&#xD;',
};

/** Text as the content of an element or attribute. What XML has no way to say becomes U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that XML 1.0 forbids, escaped or not
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"'\r]/g, (char) => ENTITIES[char] ?? char)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
