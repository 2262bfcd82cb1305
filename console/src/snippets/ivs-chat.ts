import type { Snippet } from './snippet.ts';

export const ivsChat: readonly Snippet[] = [
  {
    id: 'client',
    title: 'Chat client, JavaScript',
    purpose: 'amazon-ivs-chat-messaging, in the browser',
    code: ({ webSocket }) => `import { ChatRoom } from 'amazon-ivs-chat-messaging';

const room = new ChatRoom({
  regionOrUrl: '${webSocket}',
  tokenProvider: async () => {
    const response = await fetch('/chat-token'); // your backend, which calls CreateChatToken
    return { token: await response.text() };
  },
});

room.addListener('message', ({ sender, content }) => console.log(sender.userId, content));
room.connect();`,
  },
  {
    id: 'sdk-js',
    title: 'AWS SDK, JavaScript',
    purpose: '@aws-sdk/client-ivschat, in your backend',
    code: ({
      http,
      region,
    }) => `import { CreateChatTokenCommand, CreateRoomCommand, IvschatClient } from '@aws-sdk/client-ivschat';

const client = new IvschatClient({
  endpoint: '${http}',
  region: '${region}',
});

const room = await client.send(new CreateRoomCommand({ name: 'lobby' }));
const { token } = await client.send(
  new CreateChatTokenCommand({ roomIdentifier: room.arn, userId: 'alice', capabilities: ['SEND_MESSAGE'] }),
);`,
  },
  {
    id: 'boto3',
    title: 'boto3',
    purpose: 'boto3, in your backend',
    code: ({ http, region }) => `import boto3

chat = boto3.client(
    "ivschat",
    endpoint_url="${http}",
    region_name="${region}",
)

room = chat.create_room(name="lobby")
token = chat.create_chat_token(
    roomIdentifier=room["arn"], userId="alice", capabilities=["SEND_MESSAGE"]
)["token"]`,
  },
  {
    id: 'cli',
    title: 'AWS CLI',
    purpose: 'aws, in a terminal',
    code: ({ http, region }) => `ROOM=$(aws ivschat create-room --name lobby --query arn --output text \\
  --endpoint-url ${http} --region ${region})

aws ivschat create-chat-token --room-identifier "$ROOM" --user-id alice --capabilities SEND_MESSAGE \\
  --endpoint-url ${http} --region ${region}`,
  },
];
