import { computed, signal } from '@preact/signals';
import type { ConnectionState } from '../connection-state.ts';
import { type DemoPerson, fetchDemoCredentials, httpEndpoint, type LentCredentials, serverStatus } from '../server.ts';
import {
  afterEvent,
  type Channel,
  type Channels,
  isUnread,
  NO_CHANNELS,
  withChannel,
  withMemberships,
  withOlder,
  withReadMarker,
} from './channels.ts';
import { record } from './event-log.ts';
import { MessagingClient, OperationError } from './messaging-client.ts';
import { type MessagingEvent, MessagingSession } from './messaging-session.ts';
import type { Credentials } from './sigv4.ts';

/** An operation that was refused, as the pane shows it. */
export interface Refusal {
  readonly code: string | undefined;
  readonly message: string;
  readonly operation: string;
}

/** Somebody who is typing. */
interface Typist {
  readonly channelArn: string;
  readonly name: string;
  readonly timer: number;
}

/** As the chat demo of AWS has it. */
const TYPING = JSON.stringify({ Typing: 'Indicator' });
const TYPING_SENT_EVERY_MS = 3_000;
const TYPING_SHOWN_MS = 5_000;
/** Credentials are asked for anew this long before they end. */
const RENEWAL_MS = 60_000;

/** One of the three people: what they see, and what they can do. */
export class Messenger {
  readonly id: DemoPerson;
  readonly name: string;
  readonly arn: string;
  readonly connection = signal<{ readonly state: ConnectionState; readonly cause: string }>({
    state: 'closed',
    cause: '',
  });
  readonly channels = signal<Channels>(NO_CHANNELS);
  /** Whether it is known which channels there are. */
  readonly ready = signal(false);
  readonly openArn = signal<string | undefined>(undefined);
  /** The channel that is being read. */
  readonly open = computed(() => this.channels.value.get(this.openArn.value ?? ''));
  /** ARNs of the channels that the person is a moderator of. */
  readonly moderated = signal<ReadonlySet<string>>(new Set());
  readonly loading = signal(false);
  readonly notice = signal('');
  readonly refusal = signal<Refusal | undefined>(undefined);
  readonly #typists = signal<ReadonlyMap<string, Typist>>(new Map());
  readonly #client: MessagingClient;
  readonly #session: MessagingSession;
  /** Where the listing of a channel's older messages stands. */
  readonly #older = new Map<string, { readonly before: Date; readonly token: string | undefined }>();
  /** Channels that the person is about to leave. */
  readonly #leaving = new Set<string>();
  /** Channels that are being asked for. */
  readonly #entering = new Map<string, Promise<void>>();
  #credentials: Credentials;
  /** When the others were told last, as `performance.now()` has it. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #marking = false;

  constructor(id: DemoPerson, lent: LentCredentials) {
    this.id = id;
    this.name = lent.Name;
    this.arn = lent.AppInstanceUserArn;
    this.#credentials = lent.Credentials;
    this.#client = new MessagingClient({
      endpoint: httpEndpoint.value,
      region: serverStatus.value?.region ?? 'us-east-1',
      appInstanceArn: lent.AppInstanceArn,
      userArn: this.arn,
      credentials: () => this.#freshCredentials(),
    });
    this.#session = new MessagingSession({
      client: this.#client,
      onState: (state, cause) => {
        this.connection.value = { state, cause };
      },
      onEvent: (event) => this.#hear(event),
      onWire: (kind, text) => record(id, kind, text),
    });
  }

  connect(): void {
    this.#session.connect();
  }

  disconnect(): void {
    this.#session.disconnect();
  }

  /** Who is typing in the open channel, besides the person. */
  get typing(): readonly string[] {
    const here = [...this.#typists.value.values()].filter(({ channelArn }) => channelArn === this.openArn.value);
    return here.map(({ name }) => name);
  }

  moderates(channel: Channel): boolean {
    return this.moderated.value.has(channel.arn);
  }

  read(channelArn: string): void {
    this.notice.value = '';
    this.#show(channelArn);
  }

  async say(content: string): Promise<void> {
    const { value: channel } = this.open;
    if (channel === undefined) return;
    this.refusal.value = undefined;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    await this.#attempt(() => this.#client.send(channel.arn, content));
  }

  /** Tells the others, now and then while it lasts. */
  async tellTyping(): Promise<void> {
    const { value: channel } = this.open;
    if (channel === undefined || performance.now() - this.#toldAt < TYPING_SENT_EVERY_MS) return;
    this.#toldAt = performance.now();
    await this.#attempt(() => this.#client.signal(channel.arn, TYPING));
  }

  async redact(channel: Channel, messageId: string): Promise<void> {
    await this.#attempt(() => this.#client.redact(channel.arn, messageId));
  }

  async add(channel: Channel, memberArn: string): Promise<void> {
    await this.#attempt(() => this.#client.addMember(channel.arn, memberArn));
  }

  async remove(channel: Channel, memberArn: string): Promise<void> {
    if (memberArn === this.arn) this.#leaving.add(channel.arn);
    await this.#attempt(() => this.#client.removeMember(channel.arn, memberArn));
  }

  async create(name: string): Promise<void> {
    await this.#attempt(async () => {
      const arn = await this.#client.createChannel(name);
      await this.#enter(arn);
      this.read(arn);
    });
  }

  /** Puts a page of older messages before those of the open channel. */
  async loadOlder(): Promise<void> {
    const { value: channel } = this.open;
    if (!channel?.hasMore || this.loading.value) return;
    this.loading.value = true;
    const start = { before: channel.messages[0]?.sentAt ?? new Date(), token: undefined };
    const { before, token } = this.#older.get(channel.arn) ?? start;
    await this.#attempt(async () => {
      const page = await this.#client.listMessages(channel.arn, before, token);
      this.#older.set(channel.arn, { before, token: page.NextToken });
      const hasMore = page.NextToken !== undefined;
      this.channels.value = withOlder(this.channels.value, channel.arn, page.ChannelMessages, hasMore);
    });
    this.loading.value = false;
  }

  async #freshCredentials(): Promise<Credentials> {
    if (Date.parse(this.#credentials.Expiration) - Date.now() < RENEWAL_MS) {
      this.#credentials = (await fetchDemoCredentials(this.id)).Credentials;
    }
    return this.#credentials;
  }

  #hear(event: MessagingEvent): void {
    if (event.type === 'SESSION_ESTABLISHED') void this.#attempt(() => this.#sync());
    if (event.type === 'CREATE_CHANNEL_MESSAGE') this.#hearTyping(event.payload);
    if (event.type === 'CHANNEL_DETAILS') this.#older.delete(event.payload.Channel.ChannelArn);
    const before = this.channels.value;
    this.channels.value = afterEvent(before, event, this.arn);
    const added = addedBy(event);
    if (added?.members.includes(this.arn) && !before.has(added.channelArn)) {
      void this.#attempt(() => this.#enter(added.channelArn));
    }
    if (event.type === 'DELETE_CHANNEL_MEMBERSHIP' && event.payload.Member.Arn === this.arn) {
      const name = before.get(event.payload.ChannelArn)?.name;
      if (!this.#leaving.delete(event.payload.ChannelArn)) this.notice.value = `You were removed from ${name}.`;
    }
    this.#readSomething();
    void this.#markRead();
  }

  /** What happened while there was no connection is in no event. */
  async #sync(): Promise<void> {
    const [memberships, moderated] = await Promise.all([
      this.#client.listOwnMemberships(),
      this.#client.listModeratedChannels(),
    ]);
    this.channels.value = withMemberships(this.channels.value, memberships);
    this.moderated.value = new Set(moderated);
    this.ready.value = true;
    this.#readSomething();
    await this.#markRead();
  }

  /** The event of a new member does not say what the channel is. */
  #enter(channelArn: string): Promise<void> {
    const entering = this.#entering.get(channelArn) ?? this.#ask(channelArn);
    this.#entering.set(channelArn, entering);
    return entering.finally(() => this.#entering.delete(channelArn));
  }

  async #ask(channelArn: string): Promise<void> {
    this.#older.delete(channelArn);
    const [summary, members, moderated] = await Promise.all([
      this.#client.describeChannel(channelArn),
      this.#client.listMembers(channelArn),
      this.#client.listModeratedChannels(),
    ]);
    this.channels.value = withChannel(this.channels.value, summary, members);
    this.moderated.value = new Set(moderated);
    this.#readSomething();
  }

  /** If the channel that was open is no more, another one. */
  #readSomething(): void {
    if (!this.ready.value || this.open.value !== undefined) return;
    const [first] = this.channels.value.keys();
    if (first !== undefined) this.#show(first);
  }

  #show(channelArn: string): void {
    this.openArn.value = channelArn;
    void this.#markRead();
    if (this.open.value?.messages.length === 0) void this.loadOlder();
  }

  /** As long as there is something new in the open channel; one request at a time. */
  async #markRead(): Promise<void> {
    if (this.#marking) return;
    this.#marking = true;
    await this.#attempt(async () => {
      for (let { value: channel } = this.open; channel && isUnread(channel); channel = this.open.value) {
        const { arn, lastMessageAt } = channel;
        await this.#client.updateReadMarker(arn).catch((error: unknown) => {
          // Whoever has just been removed need not mark anything.
          if (this.channels.value.has(arn)) throw error;
        });
        this.channels.value = withReadMarker(this.channels.value, arn, lastMessageAt);
      }
    });
    this.#marking = false;
  }

  #hearTyping({
    ChannelArn: channelArn,
    Sender,
    Type,
    Content,
  }: Extract<MessagingEvent, { type: 'CREATE_CHANNEL_MESSAGE' }>['payload']): void {
    if (Sender.Arn === this.arn) return;
    const typists = new Map(this.#typists.value);
    clearTimeout(typists.get(Sender.Arn)?.timer);
    typists.delete(Sender.Arn);
    if (Type === 'CONTROL' && Content === TYPING) {
      const timer = window.setTimeout(() => {
        const others = new Map(this.#typists.value);
        others.delete(Sender.Arn);
        this.#typists.value = others;
      }, TYPING_SHOWN_MS);
      typists.set(Sender.Arn, { channelArn, name: Sender.Name, timer });
    }
    this.#typists.value = typists;
  }

  /** Does it, and shows the refusal if there is one. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      const told = error instanceof OperationError ? error : { code: undefined, operation: '' };
      this.refusal.value = { code: told.code, message, operation: told.operation };
    }
  }
}

/** Who has come into which channel with the event. */
function addedBy(event: MessagingEvent): { channelArn: string; members: readonly string[] } | undefined {
  if (event.type === 'CREATE_CHANNEL_MEMBERSHIP') {
    return { channelArn: event.payload.ChannelArn, members: [event.payload.Member.Arn] };
  }
  if (event.type === 'BATCH_CREATE_CHANNEL_MEMBERSHIP') {
    return { channelArn: event.payload.ChannelArn, members: event.payload.Members.map(({ Arn }) => Arn) };
  }
  return undefined;
}
