/**
 * What runs in the page of messaging-session.test.ts: an application of Chime SDK messaging as it is written for AWS,
 * with the official clients. Only endpoint and keys are others.
 */
import { ChimeSDKMessagingClient, SendChannelMessageCommand } from '@aws-sdk/client-chime-sdk-messaging';
import {
  DefaultMessagingSession,
  type Message,
  type MessagingSession,
  MessagingSessionConfiguration,
  NoOpLogger,
  PrefetchOn,
} from 'amazon-chime-sdk-js';
import type { Keys, Outside, SessionWishes } from './messaging-browser.ts';

// What the test has put into the page.
const { keysOf, happened } = globalThis as unknown as Outside;

const people = new Map<string, { client: ChimeSDKMessagingClient; userArn: string; session: MessagingSession }>();

const page = {
  /** Resolves when the session has started, rejects as `start` does: with the code of the close. */
  async start({ name, endpoint, userArn, sessionId }: SessionWishes): Promise<void> {
    const client = new ChimeSDKMessagingClient({ endpoint, region: 'us-east-1', credentials: () => credentials(name) });
    const configuration = new MessagingSessionConfiguration(userArn, sessionId ?? null, undefined, client);
    configuration.prefetchOn = PrefetchOn.Connect;
    // So that a test need not wait for it to come back.
    configuration.reconnectShortBackoffMs = 100;
    configuration.reconnectLongBackoffMs = 100;
    const session = new DefaultMessagingSession(configuration, new NoOpLogger());
    session.addObserver({
      messagingSessionDidStart: () => happened(name, { what: 'started' }),
      messagingSessionDidStartConnecting: (again) => happened(name, { what: again ? 'reconnecting' : 'connecting' }),
      messagingSessionDidStop: ({ code }) => happened(name, { what: 'stopped', code }),
      messagingSessionDidReceiveMessage: ({ type, payload }: Message) =>
        happened(name, { what: type, payload: payload === null ? undefined : JSON.parse(payload) }),
    });
    people.set(name, { client, userArn, session });
    try {
      await session.start();
    } catch (error) {
      throw new Error(`closed with ${Object(error).code}`);
    }
  },

  async say(name: string, channelArn: string, content: string): Promise<void> {
    const person = people.get(name);
    await person?.client.send(
      new SendChannelMessageCommand({
        ChannelArn: channelArn,
        ChimeBearer: person.userArn,
        Content: content,
        Type: 'STANDARD',
        Persistence: 'PERSISTENT',
        ClientRequestToken: crypto.randomUUID(),
      }),
    );
  },

  stop(name: string): void {
    people.get(name)?.session.stop();
  },
};

async function credentials(name: string) {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration }: Keys = await keysOf(name);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: new Date(Expiration),
  };
}

export type MessagingApplication = typeof page;

Object.assign(globalThis, { page });
