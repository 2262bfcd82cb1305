import type { Addresses, Snippet } from './snippet.ts';

export const chimeMessaging: readonly Snippet[] = [
  {
    id: 'client',
    title: 'Messaging session, JavaScript',
    purpose: 'amazon-chime-sdk-js, in the browser, over TLS alone',
    // The session asks this client where to connect, and takes no address itself.
    code: (addresses) => `import { ChimeSDKMessagingClient } from '@aws-sdk/client-chime-sdk-messaging';
import { ConsoleLogger, DefaultMessagingSession, LogLevel, MessagingSessionConfiguration } from 'amazon-chime-sdk-js';

const response = await fetch('/chat-credentials'); // your backend, which calls AssumeRole
const { userArn, credentials } = await response.json();

const client = new ChimeSDKMessagingClient({
  endpoint: '${addresses.tls ?? addresses.http}',${remark(addresses)}
  region: '${addresses.region}',
  credentials,
});
const configuration = new MessagingSessionConfiguration(userArn, null, undefined, client);
const session = new DefaultMessagingSession(configuration, new ConsoleLogger('chat', LogLevel.WARN));

session.addObserver({ messagingSessionDidReceiveMessage: ({ type, payload }) => console.log(type, payload) });
await session.start();`,
  },
  {
    id: 'sdk-js',
    title: 'AWS SDK, JavaScript',
    purpose: '@aws-sdk/client-chime-sdk-identity and @aws-sdk/client-chime-sdk-messaging, in your backend',
    code: ({ http, region }) => `import {
  ChimeSDKIdentityClient,
  CreateAppInstanceCommand,
  CreateAppInstanceUserCommand,
} from '@aws-sdk/client-chime-sdk-identity';
import {
  ChimeSDKMessagingClient,
  CreateChannelCommand,
  SendChannelMessageCommand,
} from '@aws-sdk/client-chime-sdk-messaging';

const identity = new ChimeSDKIdentityClient({
  endpoint: '${http}',
  region: '${region}',
});
const messaging = new ChimeSDKMessagingClient({
  endpoint: '${http}',
  region: '${region}',
});

const { AppInstanceArn } = await identity.send(new CreateAppInstanceCommand({ Name: 'chat' }));
const { AppInstanceUserArn: ChimeBearer } = await identity.send(
  new CreateAppInstanceUserCommand({ AppInstanceArn, AppInstanceUserId: 'alice', Name: 'Alice' }),
);

const { ChannelArn } = await messaging.send(
  new CreateChannelCommand({ AppInstanceArn, ChimeBearer, Name: 'Lobby' }),
);
const message = { Content: 'Hello', Type: 'STANDARD', Persistence: 'PERSISTENT' };
await messaging.send(new SendChannelMessageCommand({ ChannelArn, ChimeBearer, ...message }));`,
  },
  {
    id: 'boto3',
    title: 'boto3',
    purpose: 'boto3, in your backend',
    code: ({ http, region }) => `import boto3

identity = boto3.client(
    "chime-sdk-identity",
    endpoint_url="${http}",
    region_name="${region}",
)
messaging = boto3.client(
    "chime-sdk-messaging",
    endpoint_url="${http}",
    region_name="${region}",
)

app = identity.create_app_instance(Name="chat")["AppInstanceArn"]
alice = identity.create_app_instance_user(
    AppInstanceArn=app, AppInstanceUserId="alice", Name="Alice"
)["AppInstanceUserArn"]

channel = messaging.create_channel(AppInstanceArn=app, ChimeBearer=alice, Name="Lobby")["ChannelArn"]
messaging.send_channel_message(
    ChannelArn=channel, ChimeBearer=alice, Content="Hello", Type="STANDARD", Persistence="PERSISTENT"
)`,
  },
  {
    id: 'cli',
    title: 'AWS CLI',
    purpose: 'aws, in a terminal',
    code: ({
      http,
      region,
    }) => `APP=$(aws chime-sdk-identity create-app-instance --name chat --query AppInstanceArn --output text \\
  --endpoint-url ${http} --region ${region})

ALICE=$(aws chime-sdk-identity create-app-instance-user --app-instance-arn "$APP" \\
  --app-instance-user-id alice --name Alice --query AppInstanceUserArn --output text \\
  --endpoint-url ${http} --region ${region})

CHANNEL=$(aws chime-sdk-messaging create-channel --app-instance-arn "$APP" --chime-bearer "$ALICE" \\
  --name Lobby --query ChannelArn --output text \\
  --endpoint-url ${http} --region ${region})

aws chime-sdk-messaging send-channel-message --channel-arn "$CHANNEL" --chime-bearer "$ALICE" \\
  --content Hello --type STANDARD --persistence PERSISTENT \\
  --endpoint-url ${http} --region ${region}`,
  },
];

/** What must be seen to before a browser can connect to that address. */
function remark({ tls, localCa }: Addresses): string {
  if (tls === undefined) return ' // needs TLS: this server has no such listener';
  return localCa ? ' // open it once, so that the browser trusts its certificate' : '';
}
