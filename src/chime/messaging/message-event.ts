/** What is published about a message (spec/chime-messaging 1.2). */
import type { Scope } from '../../aws/arn.ts';
import type { Event } from '../../engine/ports.ts';
import type { ChannelFacts } from '../access.ts';
import { channelTopic, type EventType, eventFrame, subjectOf } from '../events.ts';
import { channelArn } from './membership.ts';
import { describeInEvent, type Message } from './message.ts';

/** The event for the members of the channel; about a targeted message for its sender and its target alone. */
export function messageEvent(
  type: EventType,
  scope: Scope,
  channel: Pick<ChannelFacts, 'pk' | 'appInstanceId' | 'id'>,
  message: Message,
): Event {
  const { sender, target } = message;
  return {
    topic: channelTopic(channel.pk),
    frame: eventFrame(type, message.type, describeInEvent(scope, channelArn(scope, channel), message)),
    ...(target && { audience: [...new Set([sender.pk, target.pk])].map(subjectOf) }),
  };
}
