/** The operations on messages (spec/chime-messaging 3.4). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, integer, list, optional, path, query, string, structure, timestamp } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import {
  type Access,
  bearerAndChannel,
  ChimeBearer,
  mayDo,
  notPermitted,
  type OnChannel,
  readAccess,
  requireAccess,
} from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { BadRequest, Conflict, NotFound } from '../errors.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken } from '../requests.ts';
import type { ChannelOperation } from '../roles.ts';
import { Metadata, PushNotification, SubChannelId } from '../shapes.ts';
import { epoch, millisecondsOf } from '../times.ts';
import {
  ChannelMessage,
  ChannelMessageSummary,
  ContentType,
  describeMessage,
  type Message,
  MessageAttributes,
  MessageId,
  MessageStatus,
  MessageType,
  Persistence,
  SENT,
  summariseMessage,
  Target,
  withoutText,
} from './message.ts';
import { messageEvent } from './message-event.ts';
import { findMessage, isVisible, oldestShown, readRange } from './message-reads.ts';
import { requireSizes } from './message-sizes.ts';
import { deleteMessage, redactMessage, updateMessage } from './message-writes.ts';
import { sendKept, sendUnkept } from './sending.ts';

const ChannelArn = path('channelArn', ChimeArn);
const onMessage = { ChimeBearer, ChannelArn, MessageId: path('messageId', MessageId) };
const inSubChannel = { SubChannelId: optional(SubChannelId) };
const ofSubChannel = { SubChannelId: optional(query('sub-channel-id', SubChannelId)) };
const SortOrder = enumeration('ASCENDING', 'DESCENDING');
const Changed = structure({ ChannelArn: string(), MessageId, Status: MessageStatus, ...inSubChannel });

export const messages = {
  SendChannelMessage: operation({
    http: 'POST /channels/{channelArn}/messages 201',
    action: 'chime:SendChannelMessage',
    resource: bearerAndChannel,
    input: structure({
      ChimeBearer,
      ChannelArn,
      Content: string({ min: 1 }),
      Type: MessageType,
      Persistence,
      Metadata,
      ClientRequestToken,
      PushNotification: optional(PushNotification),
      MessageAttributes: optional(MessageAttributes),
      ...inSubChannel,
      ContentType: optional(ContentType),
      Target: optional(Target),
    }),
    output: Changed,
    errors: [Conflict],
    async handle({ input, ...context }) {
      requireNoSubChannel(input);
      const { Type: type, Content: content, Metadata: metadata, MessageAttributes: attributes } = input;
      requireSizes({ type, content, metadata, attributes });
      const send = input.Persistence === 'PERSISTENT' ? sendKept : sendUnkept;
      return { ChannelArn: input.ChannelArn, MessageId: await send(input, context), Status: SENT };
    },
  }),

  GetChannelMessage: operation({
    http: 'GET /channels/{channelArn}/messages/{messageId} 200',
    action: 'chime:GetChannelMessage',
    resource: bearerAndChannel,
    input: structure({ ...onMessage, ...ofSubChannel }),
    output: structure({ ChannelMessage }),
    errors: [NotFound],
    async handle({ input, scope, read, clock }) {
      requireNoSubChannel(input);
      const { message } = await read((_, query) => seek(query, scope, 'GetChannelMessage', input, clock.now()));
      if (!message) throw NotFound('The channel has no such message.');
      return { ChannelMessage: describeMessage(scope, input.ChannelArn, message, epoch) };
    },
  }),

  GetChannelMessageStatus: operation({
    http: 'GET /channels/{channelArn}/messages/{messageId}?scope=message-status 200',
    action: 'chime:GetChannelMessageStatus',
    resource: bearerAndChannel,
    input: structure({ ...onMessage, ...ofSubChannel }),
    output: structure({ Status: MessageStatus }),
    errors: [],
    async handle({ input, scope, read, clock }) {
      requireNoSubChannel(input);
      await read((_, query) => requireMessage(query, scope, 'GetChannelMessageStatus', input, clock.now()));
      return { Status: SENT };
    },
  }),

  ListChannelMessages: operation({
    http: 'GET /channels/{channelArn}/messages 200',
    action: 'chime:ListChannelMessages',
    resource: bearerAndChannel,
    input: structure({
      ChimeBearer,
      ChannelArn,
      SortOrder: optional(query('sort-order', SortOrder)),
      NotBefore: optional(query('not-before', timestamp())),
      NotAfter: optional(query('not-after', timestamp())),
      ...paging,
      ...ofSubChannel,
    }),
    output: structure({
      ChannelArn: string(),
      NextToken,
      ChannelMessages: list(ChannelMessageSummary),
      ...inSubChannel,
    }),
    errors: [],
    /** A page takes its number of messages first and leaves out then what the bearer may not see: it may be short. */
    async handle({ input, scope, read, clock, pages }) {
      requireNoSubChannel(input);
      const { SortOrder: order = 'DESCENDING', NotBefore, NotAfter } = input;
      const listing = { operation: 'ListChannelMessages', filters: [input.ChannelArn, order, NotBefore, NotAfter] };
      return read(async (_, query) => {
        const { bearer, channel } = await requireAccess(query, scope, 'ListChannelMessages', input);
        const oldest = oldestShown(channel.retentionDays, clock.now());
        const { from, to } = rangeOf(NotBefore, NotAfter, oldest);
        const { items, ...next } = await readPage(
          pages,
          listing,
          input,
          integer(),
          (after, limit) => {
            if (after === undefined) return readRange(query, channel, order, { from, to }, limit);
            const rest = order === 'ASCENDING' ? { from: Math.max(from, after + 1), to } : { from, to: after - 1 };
            return readRange(query, channel, order, rest, limit);
          },
          ({ position }) => position,
        );
        const visible = items.filter((message) => isVisible(message, bearer.pk));
        return {
          ChannelArn: input.ChannelArn,
          ChannelMessages: visible.map((message) => summariseMessage(scope, message, epoch)),
          ...next,
        };
      });
    },
  }),

  UpdateChannelMessage: operation({
    http: 'PUT /channels/{channelArn}/messages/{messageId} 200',
    action: 'chime:UpdateChannelMessage',
    resource: bearerAndChannel,
    input: structure({
      ...onMessage,
      Content: string({ min: 1 }),
      Metadata,
      ...inSubChannel,
      ContentType: optional(ContentType),
    }),
    output: Changed,
    errors: [Conflict],
    /** Metadata and content type stay as they are where the request has none. */
    async handle({ input, scope, write, clock, publish }) {
      requireNoSubChannel(input);
      await write(async ({ query, onDurable }) => {
        const now = clock.now();
        const { access, message } = await requireMessage(query, scope, 'UpdateChannelMessage', input, now);
        if (message.redacted) throw Conflict('The message is redacted.');
        const updatedAt = laterThan(message, now);
        const edited: Message = {
          ...message,
          content: input.Content,
          metadata: input.Metadata ?? message.metadata,
          contentType: input.ContentType ?? message.contentType,
          editedAt: updatedAt,
          updatedAt,
        };
        requireSizes(edited);
        await updateMessage(query, access.channel, edited);
        const event = messageEvent('UPDATE_CHANNEL_MESSAGE', scope, access.channel, edited);
        onDurable(() => publish(event));
      });
      return { ChannelArn: input.ChannelArn, MessageId: input.MessageId, Status: SENT };
    },
  }),

  RedactChannelMessage: operation({
    http: 'POST /channels/{channelArn}/messages/{messageId}?operation=redact 200',
    action: 'chime:RedactChannelMessage',
    resource: bearerAndChannel,
    input: structure({ ...onMessage, ...inSubChannel }),
    output: structure({ ChannelArn: string(), MessageId, ...inSubChannel }),
    errors: [Conflict],
    async handle({ input, scope, write, clock, publish }) {
      requireNoSubChannel(input);
      await write(async (unit) => {
        const now = clock.now();
        const { access, message } = await requireMessage(unit.query, scope, 'RedactChannelMessage', input, now);
        if (message.redacted) return;
        const redacted = { ...withoutText(message), updatedAt: laterThan(message, now), redacted: true };
        await redactMessage(unit, access.channel, redacted);
        const event = messageEvent('REDACT_CHANNEL_MESSAGE', scope, access.channel, redacted);
        unit.onDurable(() => publish(event));
      });
      return { ChannelArn: input.ChannelArn, MessageId: input.MessageId };
    },
  }),

  DeleteChannelMessage: operation({
    http: 'DELETE /channels/{channelArn}/messages/{messageId} 204',
    action: 'chime:DeleteChannelMessage',
    resource: bearerAndChannel,
    input: structure({ ...onMessage, ...ofSubChannel }),
    errors: [],
    /**
     * Whoever may do it may delete messages unseen: those that are targeted at others, and those past retention. The
     * event tells nobody what was written.
     */
    async handle({ input, scope, write, publish }) {
      requireNoSubChannel(input);
      await write(async (unit) => {
        const { channel } = await requireAccess(unit.query, scope, 'DeleteChannelMessage', input);
        const message = await findMessage(unit.query, channel, input.MessageId);
        if (!message) return;
        await deleteMessage(unit, channel, message);
        const event = messageEvent('DELETE_CHANNEL_MESSAGE', scope, channel, withoutText(message));
        unit.onDurable(() => publish(event));
      });
    },
  }),
};

interface OnMessage extends OnChannel {
  readonly MessageId: string;
}

/**
 * What the bearer may do, and the message if it may see it.
 * @param nowMs milliseconds since the epoch
 * @throws ForbiddenException when the matrix denies the operation
 */
async function seek(
  query: Query,
  scope: Scope,
  operation: ChannelOperation,
  input: OnMessage,
  nowMs: number,
): Promise<{ readonly access: Access; readonly message: Message | undefined }> {
  const access = await readAccess(query, scope, input);
  const { bearer, channel } = access;
  const found = await findMessage(query, channel, input.MessageId);
  const seen = found && isVisible(found, bearer.pk) && found.position >= oldestShown(channel.retentionDays, nowMs);
  const message = seen ? found : undefined;
  if (!mayDo(operation, access, message?.sender.pk === bearer.pk)) throw notPermitted();
  return { access, message };
}

/** As `seek`. @throws ForbiddenException also when there is no message that the bearer may see */
async function requireMessage(...on: Parameters<typeof seek>): Promise<{ access: Access; message: Message }> {
  const { access, message } = await seek(...on);
  if (!message) throw notPermitted();
  return { access, message };
}

/** @throws BadRequestException: there are no elastic channels, so that no channel has parts */
function requireNoSubChannel(input: { readonly SubChannelId?: string | undefined }): void {
  if (input.SubChannelId !== undefined) throw BadRequest('SubChannelId: the channel is not elastic.');
}

/** When a change happens, which is not before what happened to the message until now. */
function laterThan({ position, updatedAt }: Message, nowMs: number): number {
  return Math.max(nowMs, updatedAt, millisecondsOf(position));
}

/** The positions of the times, both included. @param oldest position that may be shown */
function rangeOf(notBefore: string | undefined, notAfter: string | undefined, oldest: number) {
  return {
    from: notBefore === undefined ? oldest : Math.max(oldest, Date.parse(notBefore) * 1000),
    to:
      notAfter === undefined
        ? Number.MAX_SAFE_INTEGER
        : Math.min(Number.MAX_SAFE_INTEGER, Date.parse(notAfter) * 1000 + 999),
  };
}
