/** The two ways of a new message: kept on disk, or given to those who are connected and forgotten (spec/chime-messaging 3.4). */
import type { Scope } from '../../aws/arn.ts';
import type { TypeOf } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { type Access, type OnChannel, requireAccess, seesHidden } from '../access.ts';
import { invalidArn, ThrottledClient } from '../errors.ts';
import { channelTopic } from '../events.ts';
import type { IdentityFacts } from '../identity.ts';
import type { ChimeContext } from '../operation.ts';
import { firstOrRecord, firstResult, type TokenRequest } from '../requests.ts';
import { millisecondsOf, nextPosition } from '../times.ts';
import { findMembership } from './membership.ts';
import { createMessageId, type Message, type MessageAttributes, type Target } from './message.ts';
import { messageEvent } from './message-event.ts';
import { insertMessage } from './message-writes.ts';

/** The input of SendChannelMessage. */
export interface Sending extends OnChannel {
  readonly Content: string;
  readonly Type: 'STANDARD' | 'CONTROL';
  readonly Persistence: 'PERSISTENT' | 'NON_PERSISTENT';
  readonly Metadata?: string | undefined;
  readonly ClientRequestToken?: string | undefined;
  readonly MessageAttributes?: TypeOf<typeof MessageAttributes> | undefined;
  readonly ContentType?: string | undefined;
  readonly Target?: TypeOf<typeof Target> | undefined;
}

type Context = Pick<ChimeContext, 'clock' | 'congested' | 'publish' | 'read' | 'unkept' | 'write'> & {
  readonly scope: Scope;
};

/** Keeps the message, then publishes it. @returns its id @throws ConflictException for a token with other parameters */
export function sendKept(input: Sending, { scope, write, clock, publish, unkept }: Context): Promise<string> {
  return write(async ({ query, onDurable }) => {
    const access = await requireAccess(query, scope, 'SendChannelMessage', input);
    const { channel } = access;
    const now = clock.now();
    const request = requestOf(input, access);
    unkept.firstId(request, now);
    const position = nextPosition(unkept.lastPosition(channel), now);
    const id = createMessageId(position);
    const first = await firstOrRecord(query, request, now, id);
    if (first !== undefined) return first;
    const target = await findTarget(query, scope, input, access);
    const message = messageOf(input, access, target, position, id);
    await insertMessage(query, channel, message);
    const event = messageEvent('CREATE_CHANNEL_MESSAGE', scope, channel, message);
    onDurable(() => publish(event));
    return id;
  });
}

/**
 * Publishes the message. No commit paces those who send, so they are refused what the members could not be given.
 * @returns its id
 * @throws as `sendKept`, and ThrottledClientException
 */
export async function sendUnkept(input: Sending, context: Context): Promise<string> {
  const { scope, read, clock, congested, publish, unkept } = context;
  const { access, request, target } = await read(async (_, query) => {
    const access = await requireAccess(query, scope, 'SendChannelMessage', input);
    const request = requestOf(input, access);
    await firstResult(query, request, clock.now());
    return { access, request, target: await findTarget(query, scope, input, access) };
  });
  // Nothing is awaited from here on: of two requests with one token only the first is sent, and positions are in the
  // order of the events.
  const now = clock.now();
  const first = unkept.firstId(request, now);
  if (first !== undefined) return first;
  const { channel } = access;
  if (congested(channelTopic(channel.pk))) {
    throw ThrottledClient('The messages of the channel come faster than they can be given to its members.');
  }
  const position = nextPosition(unkept.lastPosition(channel), now);
  const message = messageOf(input, access, target, position, createMessageId(position));
  unkept.add(channel.pk, position, message.id, request, now);
  publish(messageEvent('CREATE_CHANNEL_MESSAGE', scope, channel, message));
  return message.id;
}

function requestOf(input: Sending, { bearer, channel }: Access): TokenRequest {
  const { ClientRequestToken: token, ...parameters } = input;
  return { scope: `SendChannelMessage/${channel.pk}/${bearer.pk}`, token, parameters };
}

/** Whom the message is for alone. @throws ForbiddenException when that is no member of whom the sender may know */
async function findTarget(
  query: Query,
  scope: Scope,
  { Target: targets }: Sending,
  access: Access,
): Promise<IdentityFacts | undefined> {
  const [target] = targets ?? [];
  if (!target) return undefined;
  const membership = await findMembership(query, scope, access.channel, target.MemberArn ?? '');
  if (!membership || (membership.type === 'HIDDEN' && !seesHidden(access))) throw invalidArn('channel member');
  return membership.member;
}

function messageOf(
  input: Sending,
  { bearer }: Access,
  target: IdentityFacts | undefined,
  position: number,
  id: string,
): Message {
  return {
    id,
    position,
    sender: bearer,
    target,
    type: input.Type,
    persistence: input.Persistence,
    content: input.Content,
    metadata: input.Metadata,
    attributes: input.MessageAttributes,
    contentType: input.ContentType,
    editedAt: undefined,
    updatedAt: millisecondsOf(position),
    redacted: false,
  };
}
