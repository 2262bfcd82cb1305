/** A person's channels as events make them, one step at a time. Nothing in here talks to anybody. */
import type { ChannelMessage, ChannelSummary, Identity, OwnMembership, Timestamp } from './messaging-client.ts';
import type { ChannelDetails, MessagingEvent } from './messaging-session.ts';

export interface Message {
  readonly id: string;
  readonly sender: Identity;
  readonly content: string;
  readonly redacted: boolean;
  readonly sentAt: Date;
}

export interface Channel {
  readonly arn: string;
  readonly name: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Whether there are older messages than those above. */
  readonly hasMore: boolean;
  readonly members: readonly Identity[];
  /** Milliseconds since the epoch; 0: nobody has said anything. */
  readonly lastMessageAt: number;
  /** Milliseconds since the epoch; 0: the person has never read it. */
  readonly readAt: number;
}

export type Channels = ReadonlyMap<string, Channel>;

export const NO_CHANNELS: Channels = new Map();

export function isUnread({ lastMessageAt, readAt }: Channel): boolean {
  return lastMessageAt > readAt;
}

/** What is left or new when the server has said which channels the person is a member of. */
export function withMemberships(channels: Channels, memberships: readonly OwnMembership[]): Channels {
  let found = NO_CHANNELS;
  for (const { ChannelSummary: summary, AppInstanceUserMembershipSummary: own } of memberships) {
    const known = channels.get(summary.ChannelArn);
    if (known) found = new Map(found).set(known.arn, known);
    else found = withChannel(found, summary, []);
    found = withReadMarker(found, summary.ChannelArn, milliseconds(own.ReadMarkerTimestamp));
  }
  return found;
}

/** Puts a page of older messages before those that are there. @param page newest first */
export function withOlder(
  channels: Channels,
  arn: string,
  page: readonly ChannelMessage[],
  hasMore: boolean,
): Channels {
  return changed(channels, arn, (channel) => {
    const known = new Set(channel.messages.map(({ id }) => id));
    const older = page
      .filter(isShown)
      .map(messageOf)
      .toReversed()
      .filter(({ id }) => !known.has(id));
    return { messages: [...older, ...channel.messages], hasMore };
  });
}

/** With a channel that no details were sent of: what has been said in it is still to be loaded. */
export function withChannel(channels: Channels, summary: ChannelSummary, members: readonly Identity[]): Channels {
  const { ChannelArn: arn, Name: name } = summary;
  const lastMessageAt = milliseconds(summary.LastMessageTimestamp);
  const fresh = { messages: [], hasMore: true, lastMessageAt, readAt: 0 };
  return new Map(channels).set(arn, { ...fresh, ...channels.get(arn), arn, name, members });
}

/** @param readAt up to when the channel has been read, milliseconds since the epoch */
export function withReadMarker(channels: Channels, arn: string, readAt: number): Channels {
  return changed(channels, arn, (channel) => ({ readAt: Math.max(channel.readAt, readAt) }));
}

/** What is after the event. A channel that the person has just come into is not there yet: it has to be asked for. */
export function afterEvent(channels: Channels, event: MessagingEvent, self: string): Channels {
  switch (event.type) {
    case 'CHANNEL_DETAILS':
      return new Map(channels).set(event.payload.Channel.ChannelArn, channelOf(event.payload));
    case 'CREATE_CHANNEL_MESSAGE':
      return isShown(event.payload) ? withNewMessage(channels, event.payload) : channels;
    case 'UPDATE_CHANNEL_MESSAGE':
    case 'REDACT_CHANNEL_MESSAGE':
      return withMessages(channels, event.payload.ChannelArn, (messages) =>
        messages.map((message) => (message.id === event.payload.MessageId ? messageOf(event.payload) : message)),
      );
    case 'DELETE_CHANNEL_MESSAGE':
      return withMessages(channels, event.payload.ChannelArn, (messages) =>
        messages.filter(({ id }) => id !== event.payload.MessageId),
      );
    case 'UPDATE_CHANNEL':
      return changed(channels, event.payload.ChannelArn, () => ({ name: event.payload.Name }));
    case 'DELETE_CHANNEL':
      return without(channels, event.payload.ChannelArn);
    case 'CREATE_CHANNEL_MEMBERSHIP':
      return withMoreMembers(channels, event.payload.ChannelArn, [event.payload.Member]);
    case 'BATCH_CREATE_CHANNEL_MEMBERSHIP':
      return withMoreMembers(channels, event.payload.ChannelArn, event.payload.Members);
    case 'DELETE_CHANNEL_MEMBERSHIP': {
      const { ChannelArn, Member } = event.payload;
      if (Member.Arn === self) return without(channels, ChannelArn);
      return changed(channels, ChannelArn, ({ members }) => ({
        members: members.filter(({ Arn }) => Arn !== Member.Arn),
      }));
    }
    default:
      return channels;
  }
}

function channelOf(details: ChannelDetails): Channel {
  return {
    arn: details.Channel.ChannelArn,
    name: details.Channel.Name,
    messages: details.ChannelMessages.filter(isShown).map(messageOf).toReversed(),
    hasMore: details.ChannelMessagesHasMore,
    members: details.ChannelMemberships.map(({ Member }) => Member),
    lastMessageAt: milliseconds(details.Channel.LastMessageTimestamp),
    readAt: milliseconds(details.ReadMarkerTimestamp),
  };
}

function withNewMessage(channels: Channels, payload: ChannelMessage & { readonly ChannelArn: string }): Channels {
  return changed(channels, payload.ChannelArn, ({ messages, lastMessageAt }) => ({
    // Delivery is at least once.
    messages: [...messages.filter(({ id }) => id !== payload.MessageId), messageOf(payload)],
    lastMessageAt: Math.max(lastMessageAt, milliseconds(payload.CreatedTimestamp)),
  }));
}

function withMessages(
  channels: Channels,
  arn: string,
  change: (messages: readonly Message[]) => readonly Message[],
): Channels {
  return changed(channels, arn, ({ messages }) => ({ messages: change(messages) }));
}

function withMoreMembers(channels: Channels, arn: string, more: readonly Identity[]): Channels {
  return changed(channels, arn, ({ members }) => ({
    members: [...members.filter((member) => more.every(({ Arn }) => Arn !== member.Arn)), ...more],
  }));
}

function changed(channels: Channels, arn: string, change: (channel: Channel) => Partial<Channel>): Channels {
  const channel = channels.get(arn);
  return channel === undefined ? channels : new Map(channels).set(arn, { ...channel, ...change(channel) });
}

function without(channels: Channels, arn: string): Channels {
  const rest = new Map(channels);
  rest.delete(arn);
  return rest;
}

/** CONTROL messages are for programs. */
function isShown({ Type }: ChannelMessage): boolean {
  return Type === 'STANDARD';
}

function messageOf({ MessageId, Content = '', Sender, Redacted, CreatedTimestamp }: ChannelMessage): Message {
  return {
    id: MessageId,
    sender: Sender,
    content: Content,
    redacted: Redacted,
    sentAt: new Date(milliseconds(CreatedTimestamp)),
  };
}

/** 0 for none. */
function milliseconds(time: Timestamp | undefined): number {
  if (time === undefined) return 0;
  return typeof time === 'number' ? Math.round(time * 1000) : Date.parse(time);
}
