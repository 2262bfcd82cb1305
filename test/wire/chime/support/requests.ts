/** The operations of both services as requests, written down from the protocol page (spec/chime-messaging A, B). */
import { type RawResponse, type Signing, sendSigned } from '../../support/raw-http.ts';

/** A request before it is encoded and signed. */
export interface ApiRequest {
  readonly method: string;
  /** The segments, decoded. */
  readonly path: readonly string[];
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly bearer?: string | undefined;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

/** `{name}` stands for what a place calls by that name; members that end in `?` may be left out. */
interface Written {
  readonly http: string;
  readonly bearer: boolean;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

const written = (http: string, bearer: boolean, body?: Written['body']): Written => ({ http, bearer, body });
/** With the header that says who acts. */
const by = (http: string, body?: Written['body']) => written(http, true, body);
const plain = (http: string, body?: Written['body']) => written(http, false, body);

const ANYTHING = 'x'.repeat(32);
const Name = 'name';
const Metadata = 'metadata';
const Content = 'content';
const DAYS = { ExpirationDays: 1, ExpirationCriterion: 'CREATED_TIMESTAMP' };
const Processors = [
  {
    Name,
    Configuration: {
      Lambda: { ResourceArn: 'arn:aws:lambda:us-east-1:000000000000:function:f', InvocationType: 'ASYNC' },
    },
    ExecutionOrder: 1,
    FallbackAction: 'ABORT',
  },
];
export const CONFIGURATION = {
  Lex: { LexBotAliasArn: 'arn:aws:lex:us-east-1:000000000000:bot-alias/ABCDEFGHIJ/0123456789', LocaleId: 'en_US' },
};
/** Of another account, so that whoever registers needs nothing else. */
export const ENDPOINT = {
  Type: 'GCM',
  ResourceArn: 'arn:aws:mobiletargeting:us-east-1:111111111111:apps/0123456789abcdef',
  EndpointAttributes: { DeviceToken: 'token' },
};
const Kinesis = 'arn:aws:kinesis:us-east-1:000000000000:stream/chime-messaging-x';

const OF_USER = '&app-instance-user-arn?={alice}';

/** Appendix A.1. */
export const MESSAGING = {
  AssociateChannelFlow: by('PUT /channels/{channel}/channel-flow 200', { ChannelFlowArn: '{flow}' }),
  BatchCreateChannelMembership: by('POST /channels/{channel}/memberships?operation=batch-create 200', {
    MemberArns: ['{carol}'],
  }),
  ChannelFlowCallback: plain('POST /channels/{channel}?operation=channel-flow-callback 200', {
    CallbackId: ANYTHING,
    ChannelMessage: { MessageId: '{message}' },
  }),
  CreateChannel: by('POST /channels 201', {
    AppInstanceArn: '{appInstance}',
    Name,
    'MemberArns?': ['{bob}'],
    'ModeratorArns?': ['{carol}'],
  }),
  CreateChannelBan: by('POST /channels/{channel}/bans 201', { MemberArn: '{carol}' }),
  CreateChannelFlow: plain('POST /channel-flows 201', { AppInstanceArn: '{appInstance}', Processors, Name }),
  CreateChannelMembership: by('POST /channels/{channel}/memberships 201', { MemberArn: '{carol}', 'Type?': 'DEFAULT' }),
  CreateChannelModerator: by('POST /channels/{channel}/moderators 201', { ChannelModeratorArn: '{carol}' }),
  DeleteChannel: by('DELETE /channels/{channel} 204'),
  DeleteChannelBan: by('DELETE /channels/{channel}/bans/{erin} 204'),
  DeleteChannelFlow: plain('DELETE /channel-flows/{flow} 204'),
  DeleteChannelMembership: by('DELETE /channels/{channel}/memberships/{bob} 204'),
  DeleteChannelMessage: by('DELETE /channels/{channel}/messages/{message} 204'),
  DeleteChannelModerator: by('DELETE /channels/{channel}/moderators/{bob} 204'),
  DeleteMessagingStreamingConfigurations: plain('DELETE /app-instances/{appInstance}/streaming-configurations 204'),
  DescribeChannel: by('GET /channels/{channel} 200'),
  DescribeChannelBan: by('GET /channels/{channel}/bans/{erin} 200'),
  DescribeChannelFlow: plain('GET /channel-flows/{flow} 200'),
  DescribeChannelMembership: by('GET /channels/{channel}/memberships/{bob} 200'),
  DescribeChannelMembershipForAppInstanceUser: by(
    'GET /channels/{channel}?scope=app-instance-user-membership&app-instance-user-arn={alice} 200',
  ),
  DescribeChannelModeratedByAppInstanceUser: by(
    'GET /channels/{channel}?scope=app-instance-user-moderated-channel&app-instance-user-arn={alice} 200',
  ),
  DescribeChannelModerator: by('GET /channels/{channel}/moderators/{bob} 200'),
  DisassociateChannelFlow: by('DELETE /channels/{channel}/channel-flow/{flow} 204'),
  GetChannelMembershipPreferences: by('GET /channels/{channel}/memberships/{alice}/preferences 200'),
  GetChannelMessage: by('GET /channels/{channel}/messages/{message} 200'),
  GetChannelMessageStatus: by('GET /channels/{channel}/messages/{message}?scope=message-status 200'),
  GetMessagingSessionEndpoint: plain('GET /endpoints/messaging-session 200'),
  GetMessagingStreamingConfigurations: plain('GET /app-instances/{appInstance}/streaming-configurations 200'),
  ListChannelBans: by('GET /channels/{channel}/bans 200'),
  ListChannelFlows: plain('GET /channel-flows?app-instance-arn={appInstance} 200'),
  ListChannelMemberships: by('GET /channels/{channel}/memberships 200'),
  ListChannelMembershipsForAppInstanceUser: by(`GET /channels?scope=app-instance-user-memberships${OF_USER} 200`),
  ListChannelMessages: by('GET /channels/{channel}/messages 200'),
  ListChannelModerators: by('GET /channels/{channel}/moderators 200'),
  ListChannels: by('GET /channels?app-instance-arn={appInstance} 200'),
  ListChannelsAssociatedWithChannelFlow: plain(
    'GET /channels?scope=channel-flow-associations&channel-flow-arn={flow} 200',
  ),
  ListChannelsModeratedByAppInstanceUser: by(`GET /channels?scope=app-instance-user-moderated-channels${OF_USER} 200`),
  ListSubChannels: by('GET /channels/{channel}/subchannels 200'),
  ListTagsForResource: plain('GET /tags?arn={channel} 200'),
  PutChannelExpirationSettings: by('PUT /channels/{channel}/expiration-settings 200', { 'ExpirationSettings?': DAYS }),
  PutChannelMembershipPreferences: by('PUT /channels/{channel}/memberships/{alice}/preferences 200', {
    Preferences: { PushNotifications: { AllowNotifications: 'ALL' } },
  }),
  PutMessagingStreamingConfigurations: plain('PUT /app-instances/{appInstance}/streaming-configurations 200', {
    StreamingConfigurations: [{ DataType: 'Channel', ResourceArn: Kinesis }],
  }),
  RedactChannelMessage: by('POST /channels/{channel}/messages/{message}?operation=redact 200', {}),
  SearchChannels: by('POST /channels?operation=search 200', {
    Fields: [{ Key: 'MEMBERS', Operator: 'INCLUDES', Values: ['{bob}'] }],
  }),
  SendChannelMessage: by('POST /channels/{channel}/messages 201', {
    Content,
    Type: 'STANDARD',
    Persistence: 'PERSISTENT',
    'Target?': [{ MemberArn: '{bob}' }],
  }),
  TagResource: plain('POST /tags?operation=tag-resource 204', {
    ResourceARN: '{channel}',
    Tags: [{ Key: 'a', Value: 'b' }],
  }),
  UntagResource: plain('POST /tags?operation=untag-resource 204', { ResourceARN: '{channel}', TagKeys: ['a'] }),
  UpdateChannel: by('PUT /channels/{channel} 200', { 'Name?': Name }),
  UpdateChannelFlow: plain('PUT /channel-flows/{flow} 200', { Processors, Name }),
  UpdateChannelMessage: by('PUT /channels/{channel}/messages/{message} 200', { Content }),
  UpdateChannelReadMarker: by('PUT /channels/{channel}/readMarker 200'),
} as const satisfies Readonly<Record<string, Written>>;

/** Appendix A.2, but for the tags, which both services have. */
export const IDENTITY = {
  CreateAppInstance: plain('POST /app-instances 201', { Name }),
  CreateAppInstanceAdmin: plain('POST /app-instances/{appInstance}/admins 201', { AppInstanceAdminArn: '{carol}' }),
  CreateAppInstanceBot: plain('POST /app-instance-bots 201', {
    AppInstanceArn: '{appInstance}',
    Configuration: CONFIGURATION,
  }),
  CreateAppInstanceUser: plain('POST /app-instance-users 201', {
    AppInstanceArn: '{appInstance}',
    AppInstanceUserId: 'newcomer',
    Name,
  }),
  DeleteAppInstance: plain('DELETE /app-instances/{appInstance} 204'),
  DeleteAppInstanceAdmin: plain('DELETE /app-instances/{appInstance}/admins/{bob} 204'),
  DeleteAppInstanceBot: plain('DELETE /app-instance-bots/{bot} 204'),
  DeleteAppInstanceUser: plain('DELETE /app-instance-users/{alice} 204'),
  DeregisterAppInstanceUserEndpoint: plain('DELETE /app-instance-users/{alice}/endpoints/{endpoint} 204'),
  DescribeAppInstance: plain('GET /app-instances/{appInstance} 200'),
  DescribeAppInstanceAdmin: plain('GET /app-instances/{appInstance}/admins/{bob} 200'),
  DescribeAppInstanceBot: plain('GET /app-instance-bots/{bot} 200'),
  DescribeAppInstanceUser: plain('GET /app-instance-users/{alice} 200'),
  DescribeAppInstanceUserEndpoint: plain('GET /app-instance-users/{alice}/endpoints/{endpoint} 200'),
  GetAppInstanceRetentionSettings: plain('GET /app-instances/{appInstance}/retention-settings 200'),
  ListAppInstanceAdmins: plain('GET /app-instances/{appInstance}/admins 200'),
  ListAppInstanceBots: plain('GET /app-instance-bots?app-instance-arn={appInstance} 200'),
  ListAppInstanceUserEndpoints: plain('GET /app-instance-users/{alice}/endpoints 200'),
  ListAppInstanceUsers: plain('GET /app-instance-users?app-instance-arn={appInstance} 200'),
  ListAppInstances: plain('GET /app-instances 200'),
  PutAppInstanceRetentionSettings: plain('PUT /app-instances/{appInstance}/retention-settings 200', {
    AppInstanceRetentionSettings: { ChannelRetentionSettings: { RetentionDays: 1 } },
  }),
  PutAppInstanceUserExpirationSettings: plain('PUT /app-instance-users/{alice}/expiration-settings 200', {
    'ExpirationSettings?': DAYS,
  }),
  RegisterAppInstanceUserEndpoint: plain('POST /app-instance-users/{alice}/endpoints 201', ENDPOINT),
  UpdateAppInstance: plain('PUT /app-instances/{appInstance} 200', { Name, Metadata }),
  UpdateAppInstanceBot: plain('PUT /app-instance-bots/{bot} 200', { Name, Metadata }),
  UpdateAppInstanceUser: plain('PUT /app-instance-users/{alice} 200', { Name, Metadata }),
  UpdateAppInstanceUserEndpoint: plain('PUT /app-instance-users/{alice}/endpoints/{endpoint} 200', {
    'AllowMessages?': 'NONE',
  }),
} as const satisfies Readonly<Record<string, Written>>;

export type OperationName = keyof typeof MESSAGING | keyof typeof IDENTITY;

const REQUESTS: Readonly<Record<OperationName, Written>> = { ...MESSAGING, ...IDENTITY };

export const OPERATIONS = Object.keys(REQUESTS) as readonly OperationName[];

/** What is declared but not built (3.5, 3.6, 3.9). */
export const NOT_BUILT: readonly OperationName[] = OPERATIONS.filter((name) =>
  /ChannelFlow|SubChannels|StreamingConfigurations/.test(name),
);

/** What requests name: ARNs, and ids of messages and endpoints. */
export interface Names {
  readonly appInstance: string;
  readonly alice: string;
  readonly bob: string;
  readonly carol: string;
  readonly erin: string;
  readonly bot: string;
  readonly channel: string;
  readonly flow: string;
  readonly message: string;
  readonly endpoint: string;
}

/** The status of success. */
export function successOf(operation: OperationName): number {
  return Number(REQUESTS[operation].http.split(' ')[2]);
}

/** The request, with all that may be left out, as Alice makes it. */
export function requestOf(operation: OperationName, names: Names): ApiRequest {
  const { http, bearer, body } = REQUESTS[operation];
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(names, name) ? names[name as keyof Names] : whole));
  const [method = '', target = ''] = http.split(' ');
  const [path = '', query = ''] = target.split('?', 1).concat(target.replace(/^[^?]*\??/, ''));
  return {
    method,
    path: path.slice(1).split('/').map(fill),
    query: query
      .split('&')
      .filter(Boolean)
      .map((pair) => [pair.replace(/\??=.*/, ''), fill(pair.replace(/^[^=]*=/, ''))]),
    bearer: bearer ? names.alice : undefined,
    body: body && JSON.parse(fill(JSON.stringify(body).replaceAll('?":', '":'))),
  };
}

/** What the request has to have besides its path, and the request without it. */
export function withoutRequired(operation: OperationName, names: Names): (readonly [string, ApiRequest])[] {
  const { http, bearer, body = {} } = REQUESTS[operation];
  const request = requestOf(operation, names);
  const parameters = [...http.matchAll(/[?&]([\w-]+)=\{/g)].map(([, name = '']) => name);
  const members = Object.keys(body).filter((name) => !name.endsWith('?'));
  return [
    ...(bearer ? [['ChimeBearer', { ...request, bearer: undefined }] as const] : []),
    ...parameters.map(
      (name) => [name, { ...request, query: request.query.filter(([given]) => given !== name) }] as const,
    ),
    ...members.map((name) => {
      const { [name]: _, ...rest } = request.body ?? {};
      return [name, { ...request, body: rest }] as const;
    }),
  ];
}

/** Every place of the request where an ARN of ours stands, and the request with another one there. */
export function arnsOf(request: ApiRequest): { arn: string; at: string; with(other: string): ApiRequest }[] {
  const isArn = (text: string) => text.startsWith('arn:aws:chime:');
  const inPath = request.path.flatMap((arn, at) =>
    isArn(arn)
      ? [{ arn, at: `path ${at}`, with: (other: string) => ({ ...request, path: request.path.with(at, other) }) }]
      : [],
  );
  const inQuery = request.query.flatMap(([name, arn], at) =>
    isArn(arn)
      ? [{ arn, at: name, with: (other: string) => ({ ...request, query: request.query.with(at, [name, other]) }) }]
      : [],
  );
  const { bearer, body } = request;
  const asBearer =
    bearer === undefined
      ? []
      : [{ arn: bearer, at: 'bearer', with: (other: string) => ({ ...request, bearer: other }) }];
  const text = JSON.stringify(body ?? {});
  const inBody = [...text.matchAll(/"arn:aws:chime:[^"]*"/g)].map(([quoted]) => ({
    arn: JSON.parse(quoted) as string,
    at: 'body',
    with: (other: string) => ({ ...request, body: JSON.parse(text.replace(quoted, () => JSON.stringify(other))) }),
  }));
  return [...inPath, ...inQuery, ...asBearer, ...inBody];
}

export const ORIGIN = 'https://app.example';

/** Encoded, as it is sent. */
export function targetOf({ path, query }: ApiRequest): string {
  const parameters = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return `/${path.map(encodeURIComponent).join('/')}${parameters === '' ? '' : `?${parameters}`}`;
}

/** Signs and sends it as a page of another origin would. */
export function ask(url: string, request: ApiRequest, signing: Signing = {}): Promise<RawResponse> {
  const raw = {
    method: request.method,
    target: targetOf(request),
    headers: {
      origin: ORIGIN,
      ...(request.bearer !== undefined && { 'x-amz-chime-bearer': request.bearer }),
      ...(request.body && { 'content-type': 'application/json' }),
    },
    body: request.body ? JSON.stringify(request.body) : '',
  };
  return sendSigned(url, raw, { service: 'chime', ...signing });
}
