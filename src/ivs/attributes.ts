import { map, string } from '../aws/shape.ts';
import { invalid } from './errors.ts';

/** What an application attaches to a token or an event. */
export const Attributes = map(string(), string());

/**
 * @param maximumBytes of UTF-8 in keys and values together (spec/ivs-chat 3.3).
 * @throws ValidationException naming attributes.
 */
export function checkSize(attributes: Readonly<Record<string, string>>, maximumBytes: number): void {
  let bytes = 0;
  for (const key in attributes) bytes += Buffer.byteLength(key) + Buffer.byteLength(attributes[key] ?? '');
  if (bytes <= maximumBytes) return;
  throw invalid({ name: 'attributes', message: `keys and values must be at most ${maximumBytes} bytes together` });
}
