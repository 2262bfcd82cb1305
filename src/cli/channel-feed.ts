/** A channel as it is followed: by a member, whose connection receives what all its channels do. */
import { randomUUID } from 'node:crypto';
import type { ChannelConnection } from './chime.ts';
import { ApiError } from './client.ts';
import { CliError } from './errors.ts';
import type { Feed } from './follow.ts';

/** Closes with these codes are about the user, and come again (spec/chime-messaging 2.5). */
const FINAL = 4000;

export function channelFeed(connection: ChannelConnection): Feed {
  const { client, on } = connection;
  const url = connectUrl(client.endpoint, on.ChimeBearer);
  return {
    async connect() {
      await requireMembership(connection);
      return new WebSocket(url, { headers: { ...client.signHandshake(url, 'chime') } });
    },
    isGreeting: (frame) => headersOf(frame)['x-amz-chime-event-type'] === 'SESSION_ESTABLISHED',
    read: (frame) => (channelOf(frame) === on.ChannelArn ? { print: frame } : undefined),
    refusal: (code, reason) =>
      code < FINAL ? undefined : `The server ends the connection of ${on.ChimeBearer}: ${code} ${reason}.`,
  };
}

function connectUrl(endpoint: URL, userArn: string): URL {
  const url = new URL(endpoint.href.replace(/^http/, 'ws'));
  url.pathname = `${url.pathname.replace(/\/$/, '')}/connect`;
  url.search = `?sessionId=${randomUUID()}&userArn=${encodeURIComponent(userArn)}`;
  return url;
}

/** @throws CliError when the user would hear nothing */
async function requireMembership({ client, chime, on }: ChannelConnection): Promise<void> {
  try {
    await client.call(chime.DescribeChannelMembership, { ...on, MemberArn: on.ChimeBearer });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new CliError(`Only members receive what is sent: "parlor channel member add" makes ${on.ChimeBearer} one.`);
  }
}

function headersOf(frame: string): Readonly<Record<string, unknown>> {
  const { Headers }: { Headers?: Record<string, unknown> } = JSON.parse(frame);
  return Headers ?? {};
}

/** The ARN of the channel that an event is about: all have it but those of a prefetch (spec/chime-messaging 1.3). */
function channelOf(frame: string): unknown {
  const { Payload }: { Payload?: string } = JSON.parse(frame);
  return Payload ? JSON.parse(Payload).ChannelArn : undefined;
}
