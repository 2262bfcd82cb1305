/** The operations of the HTTP API that the demo uses, as one AppInstanceUser (spec/chime-messaging 3). */
import { type Credentials, type Signer, signRequest } from './sigv4.ts';

export interface Identity {
  readonly Arn: string;
  readonly Name: string;
}

/** Times are seconds since the epoch here, and ISO text on the socket (0.3). */
export type Timestamp = number | string;

export interface ChannelSummary {
  readonly ChannelArn: string;
  readonly Name: string;
  readonly LastMessageTimestamp?: Timestamp;
}

export interface ChannelMessage {
  readonly MessageId: string;
  readonly Content?: string;
  readonly Type: 'STANDARD' | 'CONTROL';
  readonly Persistence?: 'PERSISTENT' | 'NON_PERSISTENT';
  readonly CreatedTimestamp: Timestamp;
  readonly Sender: Identity;
  readonly Redacted: boolean;
}

export interface OwnMembership {
  readonly ChannelSummary: ChannelSummary;
  readonly AppInstanceUserMembershipSummary: { readonly ReadMarkerTimestamp?: Timestamp };
}

export interface Membership {
  readonly Member: Identity;
}

interface MessagePage {
  readonly ChannelMessages: readonly ChannelMessage[];
  readonly NextToken?: string;
}

/** An operation that the server refused, or (without a code) that got no answer. */
export class OperationError extends Error {
  override name = 'OperationError';
  readonly operation: string;
  readonly code: string | undefined;

  constructor(operation: string, message: string, code?: string) {
    super(message);
    this.operation = operation;
    this.code = code;
  }
}

export interface MessagingClientOptions {
  /** What paths are put behind: `https://`, host, and possibly a prefix. */
  readonly endpoint: string;
  readonly region: string;
  readonly appInstanceArn: string;
  /** The user that all requests are made as. */
  readonly userArn: string;
  /** Called for every request. */
  readonly credentials: () => Promise<Credentials>;
}

interface Request {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Each segment is encoded: an ARN is one. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

const TIMEOUT_MS = 10_000;
const SERVICE = 'chime';

export class MessagingClient {
  readonly #options: MessagingClientOptions;

  constructor(options: MessagingClientOptions) {
    this.#options = options;
  }

  get userArn(): string {
    return this.#options.userArn;
  }

  async signer(): Promise<Signer> {
    const { region, credentials } = this.#options;
    return { region, service: SERVICE, credentials: await credentials() };
  }

  /** @returns the host to open WebSockets at */
  async getMessagingSessionEndpoint(): Promise<string> {
    const { Endpoint } = await this.#call<{ Endpoint: { Url: string } }>({
      operation: 'GetMessagingSessionEndpoint',
      method: 'GET',
      path: ['endpoints', 'messaging-session'],
    });
    return Endpoint.Url;
  }

  /** All channels that the user is a member of. */
  async listOwnMemberships(): Promise<readonly OwnMembership[]> {
    const found: OwnMembership[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page: { ChannelMemberships: OwnMembership[]; NextToken?: string } = await this.#call({
        operation: 'ListChannelMembershipsForAppInstanceUser',
        method: 'GET',
        path: ['channels'],
        query: { scope: 'app-instance-user-memberships', 'max-results': '50', ...pageAt(token) },
      });
      found.push(...page.ChannelMemberships);
      token = page.NextToken;
    }
    return found;
  }

  /** ARNs of all channels that the user is a moderator of. */
  async listModeratedChannels(): Promise<readonly string[]> {
    const found: string[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page: { Channels: { ChannelSummary: ChannelSummary }[]; NextToken?: string } = await this.#call({
        operation: 'ListChannelsModeratedByAppInstanceUser',
        method: 'GET',
        path: ['channels'],
        query: { scope: 'app-instance-user-moderated-channels', 'max-results': '50', ...pageAt(token) },
      });
      found.push(...page.Channels.map(({ ChannelSummary }) => ChannelSummary.ChannelArn));
      token = page.NextToken;
    }
    return found;
  }

  /** Creates a channel whose moderator is the user. @returns its ARN */
  async createChannel(name: string): Promise<string> {
    const { ChannelArn } = await this.#call<{ ChannelArn: string }>({
      operation: 'CreateChannel',
      method: 'POST',
      path: ['channels'],
      body: {
        AppInstanceArn: this.#options.appInstanceArn,
        Name: name,
        Mode: 'RESTRICTED',
        Privacy: 'PRIVATE',
        ClientRequestToken: crypto.randomUUID(),
      },
    });
    return ChannelArn;
  }

  async describeChannel(channelArn: string): Promise<ChannelSummary> {
    const { Channel } = await this.#call<{ Channel: ChannelSummary }>({
      operation: 'DescribeChannel',
      method: 'GET',
      path: ['channels', channelArn],
    });
    return Channel;
  }

  /** The first members; the demo has three people. */
  async listMembers(channelArn: string): Promise<readonly Identity[]> {
    const { ChannelMemberships } = await this.#call<{ ChannelMemberships: Membership[] }>({
      operation: 'ListChannelMemberships',
      method: 'GET',
      path: ['channels', channelArn, 'memberships'],
    });
    return ChannelMemberships.map(({ Member }) => Member);
  }

  async addMember(channelArn: string, memberArn: string): Promise<void> {
    await this.#call({
      operation: 'CreateChannelMembership',
      method: 'POST',
      path: ['channels', channelArn, 'memberships'],
      body: { MemberArn: memberArn, Type: 'DEFAULT' },
    });
  }

  async removeMember(channelArn: string, memberArn: string): Promise<void> {
    await this.#call({
      operation: 'DeleteChannelMembership',
      method: 'DELETE',
      path: ['channels', channelArn, 'memberships', memberArn],
    });
  }

  /** Sends what is kept, and what marks the channel as unread for others. */
  async send(channelArn: string, content: string): Promise<void> {
    await this.#send(channelArn, { Content: content, Type: 'STANDARD', Persistence: 'PERSISTENT' });
  }

  /** Sends what only those hear who are connected: that somebody is typing, for example (3.4). */
  async signal(channelArn: string, content: string): Promise<void> {
    await this.#send(channelArn, { Content: content, Type: 'CONTROL', Persistence: 'NON_PERSISTENT' });
  }

  async #send(channelArn: string, message: object): Promise<void> {
    await this.#call({
      operation: 'SendChannelMessage',
      method: 'POST',
      path: ['channels', channelArn, 'messages'],
      body: { ...message, ClientRequestToken: crypto.randomUUID() },
    });
  }

  /**
   * A page of messages, newest first.
   * @param before none that are newer are listed
   * @param token of the page before; with it `before` has to be the same
   */
  listMessages(channelArn: string, before: Date, token: string | undefined): Promise<MessagePage> {
    return this.#call({
      operation: 'ListChannelMessages',
      method: 'GET',
      path: ['channels', channelArn, 'messages'],
      query: { 'max-results': '20', 'not-after': before.toISOString(), ...pageAt(token) },
    });
  }

  async redact(channelArn: string, messageId: string): Promise<void> {
    await this.#call({
      operation: 'RedactChannelMessage',
      method: 'POST',
      path: ['channels', channelArn, 'messages', messageId],
      query: { operation: 'redact' },
      body: {},
    });
  }

  /** Everything up to now is read. */
  async updateReadMarker(channelArn: string): Promise<void> {
    await this.#call({
      operation: 'UpdateChannelReadMarker',
      method: 'PUT',
      path: ['channels', channelArn, 'readMarker'],
    });
  }

  async #call<Reply>({ operation, method, path, query = {}, body }: Request): Promise<Reply> {
    const { endpoint, userArn } = this.#options;
    const url = new URL(`${endpoint}/${path.map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const text = body === undefined ? '' : JSON.stringify(body);
    const unsigned: Record<string, string> = { 'x-amz-chime-bearer': userArn };
    if (body !== undefined) unsigned['content-type'] = 'application/json';
    const headers = await signRequest(await this.signer(), { method, url, headers: unsigned, body: text });
    const response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : text,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new OperationError(operation, 'The server cannot be reached.');
    });
    const reply = (await response.text()) || '{}';
    if (response.ok) return JSON.parse(reply) as Reply;
    const { Message = '' } = JSON.parse(reply) as { Message?: string };
    throw new OperationError(operation, Message, response.headers.get('x-amzn-errortype') ?? String(response.status));
  }
}

function pageAt(token: string | undefined): Record<string, string> {
  return token ? { 'next-token': token } : {};
}
