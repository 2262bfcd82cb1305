/** How much a message may hold, in bytes of UTF-8 (spec/chime-messaging 3.4, 10). */
import type { TypeOf } from '../../aws/shape.ts';
import { BadRequest } from '../errors.ts';
import type { MessageAttributes } from './message.ts';

const MAXIMUM_BYTES = {
  STANDARD: { content: 4096, metadata: 1024 },
  CONTROL: { content: 30, metadata: 0 },
} as const;
/** Names and values together. */
const ATTRIBUTES_BYTES = 1024;

export interface Sized {
  readonly type: 'STANDARD' | 'CONTROL';
  readonly content?: string | undefined;
  readonly metadata?: string | undefined;
  readonly attributes?: TypeOf<typeof MessageAttributes> | undefined;
}

/** @throws BadRequestException for what is too large for a message of its type */
export function requireSizes({ type, content = '', metadata = '', attributes = {} }: Sized): void {
  const maximum = MAXIMUM_BYTES[type];
  if (Buffer.byteLength(content) > maximum.content || Buffer.byteLength(metadata) > maximum.metadata) {
    throw BadRequest('Channel Messages size limit exceeded');
  }
  const texts = Object.entries(attributes).flatMap(([name, { StringValues = [] }]) => [name, ...StringValues]);
  if (texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0) > ATTRIBUTES_BYTES) {
    throw BadRequest(`MessageAttributes: names and values must not exceed ${ATTRIBUTES_BYTES} bytes.`);
  }
}
