/** One server with one app instance, and the people in it. */
import assert from 'node:assert/strict';
import { ChimeSDKIdentity } from '@aws-sdk/client-chime-sdk-identity';
import { ChimeSDKMessaging, type CreateChannelCommandInput } from '@aws-sdk/client-chime-sdk-messaging';
import type { Credentials } from '../../../../src/aws/sigv4.ts';
import type { Given } from '../../../../src/config.ts';
import type { Clock } from '../../../../src/engine/ports.ts';
import { type ConnectParameters, connectUrl } from '../../support/app-instance.ts';
import { ROOT_KEY, startServer, type TestServer } from '../../support/server.ts';
import { Listener } from './listener.ts';

export interface ChimeVenue extends AsyncDisposable {
  readonly server: TestServer;
  readonly identity: ChimeSDKIdentity;
  readonly messaging: ChimeSDKMessaging;
  readonly appInstanceArn: string;
  /** Creates a user. @returns the ARN */
  user(id: string, name?: string): Promise<string>;
  /** Creates a channel with the bearer as its member and moderator. @returns the ARN */
  channel(bearer: string, wishes?: Partial<CreateChannelCommandInput>): Promise<string>;
  /** Sends a standard, persistent message. @returns the id */
  say(channelArn: string, bearer: string, content: string): Promise<string>;
  /** A socket of the user, established. */
  connect(userArn: string, parameters?: ConnectParameters, credentials?: Credentials): Promise<Listener>;
  /** A socket that asks to be the user's; what becomes of it is still open. */
  dial(userArn: string, parameters?: ConnectParameters, credentials?: Credentials): Listener;
}

/** The AWS SDK's own clients, pointed at a server; without retries, so that a test sees the first answer. */
export function chimeClients(url: string, credentials = ROOT_KEY) {
  const configuration = { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 };
  return { identity: new ChimeSDKIdentity(configuration), messaging: new ChimeSDKMessaging(configuration) };
}

/** Makes an app instance with users, and gives what names them. For servers that another support opens. */
export async function populate(url: string, userIds: readonly string[]): Promise<(userId: string) => string> {
  const { identity, messaging } = chimeClients(url);
  const token = () => ({ ClientRequestToken: crypto.randomUUID() });
  const { AppInstanceArn = '' } = await identity.createAppInstance({ Name: 'venue', ...token() });
  for (const id of userIds) {
    await identity.createAppInstanceUser({ AppInstanceArn, AppInstanceUserId: id, Name: id, ...token() });
  }
  identity.destroy();
  messaging.destroy();
  return (userId) => `${AppInstanceArn}/user/${userId}`;
}

let sessions = 0;

/** @param flags of `parlor serve`, by long name; unless they say otherwise, no rate holds */
export async function openChimeVenue(flags: Record<string, Given> = {}, clock?: Clock): Promise<ChimeVenue> {
  await using resources = new AsyncDisposableStack();
  const server = resources.use(await startServer({ limits: 'off', ...flags }, clock));
  const { identity, messaging } = chimeClients(server.url);
  resources.defer(() => identity.destroy());
  resources.defer(() => messaging.destroy());
  const people = resources.use(new DisposableStack());
  const { AppInstanceArn: appInstanceArn = '' } = await identity.createAppInstance({
    Name: 'venue',
    ClientRequestToken: crypto.randomUUID(),
  });
  const running = resources.move();
  const dial = (userArn: string, parameters: ConnectParameters = {}, credentials: Credentials = ROOT_KEY) => {
    const sessionId = String(++sessions);
    return people.use(new Listener(connectUrl(server.url, credentials, { userArn, sessionId, ...parameters })));
  };
  return {
    server,
    identity,
    messaging,
    appInstanceArn,
    async user(id, name = id) {
      const { AppInstanceUserArn = '' } = await identity.createAppInstanceUser({
        AppInstanceArn: appInstanceArn,
        AppInstanceUserId: id,
        Name: name,
        ClientRequestToken: crypto.randomUUID(),
      });
      return AppInstanceUserArn;
    },
    async channel(bearer, wishes = {}) {
      const { ChannelArn = '' } = await messaging.createChannel({
        AppInstanceArn: appInstanceArn,
        ChimeBearer: bearer,
        Name: 'channel',
        ClientRequestToken: crypto.randomUUID(),
        ...wishes,
      });
      return ChannelArn;
    },
    async say(ChannelArn, ChimeBearer, Content) {
      const { MessageId = '' } = await messaging.sendChannelMessage({
        ChannelArn,
        ChimeBearer,
        Content,
        Type: 'STANDARD',
        Persistence: 'PERSISTENT',
        ClientRequestToken: crypto.randomUUID(),
      });
      return MessageId;
    },
    async connect(...wishes) {
      const listener = dial(...wishes);
      await listener.hear('SESSION_ESTABLISHED');
      return listener;
    },
    dial,
    async [Symbol.asyncDispose]() {
      await running.disposeAsync();
      assert.doesNotMatch(server.log.join(''), /internal failure/);
    },
  };
}
