/** The official JS client's messaging session, on Node's own WebSocket, and everything it has been told. */
import { createRequire } from 'node:module';
import type { ChimeSDKMessaging } from '@aws-sdk/client-chime-sdk-messaging';
import type * as Chime from 'amazon-chime-sdk-js';

const chime: typeof Chime = createRequire(import.meta.url)('amazon-chime-sdk-js');

export interface ParticipantWishes {
  readonly prefetch?: boolean;
  readonly sessionId?: string;
}

export class Participant implements Disposable, Chime.MessagingSessionObserver {
  readonly session: Chime.MessagingSession;
  readonly received: { readonly type: string; readonly payload: unknown }[] = [];
  /** The codes of the closes after which it gave up. */
  readonly stops: number[] = [];
  starts = 0;

  /** @param client says where to connect, and has the credentials */
  constructor(client: ChimeSDKMessaging, userArn: string, { prefetch, sessionId }: ParticipantWishes = {}) {
    const configuration = new chime.MessagingSessionConfiguration(userArn, sessionId ?? null, undefined, client);
    if (prefetch) configuration.prefetchOn = chime.PrefetchOn.Connect;
    // So that it comes back at once.
    configuration.reconnectShortBackoffMs = 1;
    configuration.reconnectLongBackoffMs = 1;
    this.session = new chime.DefaultMessagingSession(configuration, new chime.NoOpLogger());
    this.session.addObserver(this);
  }

  messagingSessionDidStart(): void {
    this.starts += 1;
  }

  messagingSessionDidStop({ code }: CloseEvent): void {
    this.stops.push(code);
  }

  messagingSessionDidReceiveMessage({ type, payload }: Chime.Message): void {
    this.received.push({ type, payload: payload === null ? null : JSON.parse(payload) });
  }

  get types(): string[] {
    return this.received.map(({ type }) => type);
  }

  [Symbol.dispose](): void {
    this.session.stop();
  }
}
