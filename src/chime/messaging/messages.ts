/** The operations on messages (spec/chime-messaging 3.4). */
import { optional, path, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { type Access, bearerAndChannel, ChimeBearer, requireAccess } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { BadRequest, Conflict } from '../errors.ts';
import { channelTopic, eventFrame } from '../events.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { Metadata } from '../shapes.ts';
import { iso, millisecondsOf, nextPosition } from '../times.ts';
import { channelArn } from './membership.ts';
import {
  ContentType,
  createMessageId,
  describeMessage,
  type Message,
  MessageId,
  MessageStatus,
  MessageType,
  Persistence,
} from './message.ts';

export const messages = {
  SendChannelMessage: operation({
    http: 'POST /channels/{channelArn}/messages 201',
    action: 'chime:SendChannelMessage',
    resource: bearerAndChannel,
    input: structure({
      ChimeBearer,
      ChannelArn: path('channelArn', ChimeArn),
      Content: string({ min: 1 }),
      Type: MessageType,
      Persistence,
      Metadata,
      ClientRequestToken,
      ContentType: optional(ContentType),
    }),
    output: structure({ ChannelArn: string(), MessageId, Status: MessageStatus }),
    errors: [Conflict],
    async handle({ input, scope, write, clock, publish }) {
      const { ClientRequestToken: token, ...parameters } = input;
      if (Buffer.byteLength(input.Content) > 4096) throw BadRequest('Channel Messages size limit exceeded');
      const id = await write(async ({ query, onDurable }) => {
        const access = await requireAccess(query, scope, 'SendChannelMessage', input);
        const { bearer, channel } = access;
        const now = clock.now();
        const request = { scope: `SendChannelMessage/${channel.pk}/${bearer.pk}`, token, parameters };
        return once(query, request, now, async () => {
          const position = nextPosition(channel.position, now);
          const message: Message = {
            id: createMessageId(position),
            position,
            sender: bearer,
            target: undefined,
            type: input.Type,
            persistence: input.Persistence,
            content: input.Content,
            metadata: input.Metadata,
            attributes: undefined,
            contentType: input.ContentType,
            editedAt: undefined,
            updatedAt: millisecondsOf(position),
            redacted: false,
          };
          await insertMessage(query, access, message);
          const payload = describeMessage(scope, channelArn(scope, channel), message, iso);
          const frame = eventFrame('CREATE_CHANNEL_MESSAGE', message.type, payload);
          onDurable(() => publish({ topic: channelTopic(channel.pk), frame }));
          return message.id;
        });
      });
      return { ChannelArn: input.ChannelArn, MessageId: id, Status: { Value: 'SENT' as const } };
    },
  }),
};

async function insertMessage(query: Query, { channel }: Access, message: Message): Promise<void> {
  await query(
    'UPDATE chime_channel SET position = ?, last_message_at = ? WHERE pk = ?',
    message.position,
    millisecondsOf(message.position),
    channel.pk,
  );
  await query(
    `INSERT INTO chime_message (channel_pk, position, id, sender_pk, target_pk, type, content, metadata, attributes, content_type, updated_at, redacted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    channel.pk,
    message.position,
    message.id,
    message.sender.pk,
    message.target?.pk ?? null,
    message.type,
    message.content ?? null,
    message.metadata ?? null,
    message.attributes === undefined ? null : JSON.stringify(message.attributes),
    message.contentType ?? null,
    message.updatedAt,
  );
}
