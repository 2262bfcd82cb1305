/** Messages as replies and events show them (spec/chime-messaging 1.3, appendix B). */
import { randomUUID } from 'node:crypto';
import type { Scope } from '../../aws/arn.ts';
import {
  boolean,
  enumeration,
  epochSeconds,
  list,
  map,
  optional,
  string,
  structure,
  type TypeOf,
} from '../../aws/shape.ts';
import { ChimeArn } from '../arns.ts';
import { describeIdentity, Identity, type IdentityFacts, identityArn } from '../identity.ts';
import { SubChannelId } from '../shapes.ts';
import { iso, millisecondsOf, type ShowTime } from '../times.ts';

export const MessageType = enumeration('STANDARD', 'CONTROL');
export const Persistence = enumeration('PERSISTENT', 'NON_PERSISTENT');
export const MessageId = string({ min: 1, max: 128, pattern: /[-_a-zA-Z0-9]*/ });
export const ContentType = string({ min: 0, max: 45 });
export const Target = list(structure({ MemberArn: ChimeArn }), { min: 1, max: 1 });
export const MessageAttributes = map(
  string({ min: 1, max: 64 }),
  structure({ StringValues: optional(list(string({ min: 1, max: 512 }))) }),
);

export const MessageStatus = structure({
  Value: enumeration('SENT', 'PENDING', 'FAILED', 'DENIED'),
  Detail: optional(string()),
});
/** Of every message, as long as no channel flows are built. */
export const SENT = { Value: 'SENT' } as const;

const summary = {
  MessageId,
  Content: optional(string()),
  Metadata: optional(string()),
  Type: MessageType,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
  LastEditedTimestamp: optional(epochSeconds()),
  Sender: Identity,
  Redacted: boolean(),
  Status: MessageStatus,
  MessageAttributes: optional(MessageAttributes),
  ContentType: optional(ContentType),
  Target: optional(Target),
};

/** Without the channel and the persistence, as lists and CHANNEL_DETAILS have it. */
export const ChannelMessageSummary = structure(summary);

export const ChannelMessage = structure({
  ChannelArn: string(),
  Persistence,
  ...summary,
  SubChannelId: optional(SubChannelId),
});

/** A message with whom it concerns. */
export interface Message {
  readonly id: string;
  /** Microseconds since the epoch: its place in the channel, and when it was sent. */
  readonly position: number;
  readonly sender: IdentityFacts;
  readonly target: IdentityFacts | undefined;
  readonly type: 'STANDARD' | 'CONTROL';
  readonly persistence: 'PERSISTENT' | 'NON_PERSISTENT';
  /** Undefined once it is redacted; then metadata and attributes are too. */
  readonly content: string | undefined;
  readonly metadata: string | undefined;
  readonly attributes: TypeOf<typeof MessageAttributes> | undefined;
  readonly contentType: string | undefined;
  /** Milliseconds since the epoch. */
  readonly editedAt: number | undefined;
  readonly updatedAt: number;
  readonly redacted: boolean;
}

/** An id of 64 hexadecimal digits, as the service's are. The position in front finds the row without an index of ids. */
export function createMessageId(position: number): string {
  // UUIDs come from a pool: they take an eighth of the time that random bytes do.
  const random = (randomUUID() + randomUUID()).replaceAll('-', '');
  return position.toString(16).padStart(14, '0') + random.slice(0, 50);
}

/** The position that an id of ours begins with; undefined for what cannot be one. */
export function positionOfId(id: string): number | undefined {
  return /^[0-9a-f]{64}$/.test(id) ? Number.parseInt(id.slice(0, 14), 16) : undefined;
}

/** The message without what its sender wrote. */
export function withoutText(message: Message): Message {
  return { ...message, content: undefined, metadata: undefined, attributes: undefined, contentType: undefined };
}

/** As HTTP replies show it. */
export function summariseMessage<T>(scope: Scope, message: Message, show: ShowTime<T>) {
  const { content, metadata, attributes, contentType, editedAt, target } = message;
  return {
    MessageId: message.id,
    ...(content !== undefined && { Content: content }),
    ...(metadata !== undefined && { Metadata: metadata }),
    Type: message.type,
    CreatedTimestamp: show(millisecondsOf(message.position)),
    LastUpdatedTimestamp: show(message.updatedAt),
    ...(editedAt !== undefined && { LastEditedTimestamp: show(editedAt) }),
    Sender: describeIdentity(scope, message.sender),
    Redacted: message.redacted,
    Status: SENT,
    ...(attributes !== undefined && { MessageAttributes: attributes }),
    ...(contentType !== undefined && { ContentType: contentType }),
    ...(target && { Target: [{ MemberArn: identityArn(scope, target) }] }),
  };
}

export function describeMessage<T>(scope: Scope, channelArn: string, message: Message, show: ShowTime<T>) {
  return { ChannelArn: channelArn, Persistence: message.persistence, ...summariseMessage(scope, message, show) };
}

/** As CHANNEL_DETAILS shows it: with content even when it is redacted, since clients decode it as text (1.3). */
export function summariseInEvent(scope: Scope, message: Message) {
  return { Content: '', ...summariseMessage(scope, message, iso) };
}

/** As events about the message show it; content as above. */
export function describeInEvent(scope: Scope, channelArn: string, message: Message) {
  return { Content: '', ...describeMessage(scope, channelArn, message, iso) };
}
