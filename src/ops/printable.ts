/** JSON with all escaped that terminals obey: JSON itself escapes what is below U+0020 alone. */
export function printable(json: string): string {
  return json.replace(/[\u007f-\u009f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
