/** Shapes that operations of both services share (appendices B and C). */
import { enumeration, optional, string, structure } from '../aws/shape.ts';

/** What the models allow in names: no control characters but tab and line ends. */
const PRINTABLE = /[\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*/u;

export const NonEmptyResourceName = string({ min: 1, max: 256, pattern: PRINTABLE });
export const ResourceName = string({ min: 0, max: 256, pattern: PRINTABLE });

/** The model's pattern refuses line breaks; the service was not seen to (3.1). */
export const MetadataText = string({ min: 0, max: 1024 });
export const Metadata = optional(MetadataText);

/** Names a part of an elastic channel. */
export const SubChannelId = string({ min: 1, max: 128, pattern: /[-_a-zA-Z0-9]*/ });

export const PushNotification = structure({
  Title: optional(string({ min: 1, max: 50 })),
  Body: optional(string({ min: 1, max: 150 })),
  Type: optional(enumeration('DEFAULT', 'VOIP')),
});
