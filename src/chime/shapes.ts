/** Shapes that operations of both services share (appendices B and C). */
import { optional, string } from '../aws/shape.ts';

/** What the models allow in names: no control characters but tab and line ends. */
const PRINTABLE = /[\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*/u;

export const NonEmptyResourceName = string({ min: 1, max: 256, pattern: PRINTABLE });
export const ResourceName = string({ min: 0, max: 256, pattern: PRINTABLE });

/** The model's pattern refuses line breaks; the service was not seen to (3.1). */
export const Metadata = optional(string({ min: 0, max: 1024 }));
