/** What a scenario needs from the control plane, through the AWS SDK. */
import { CreateChatTokenCommand, CreateRoomCommand, IvschatClient } from '@aws-sdk/client-ivschat';
import type { ChatTokenRequest } from './driver/door.ts';
import { type Contender, CREDENTIALS, type RunningServer } from './server.ts';

function controlPlane({ port }: RunningServer): IvschatClient {
  const endpoint = `http://127.0.0.1:${port}`;
  return new IvschatClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS });
}

/** Rooms to talk in: real ones in Parlor, plain names in a control. */
export async function createRooms(contender: Contender, server: RunningServer, count: number): Promise<string[]> {
  if (contender.door !== 'parlor') return Array.from({ length: count }, (_, index) => `room-${index}`);
  const client = controlPlane(server);
  try {
    const rooms: string[] = [];
    while (rooms.length < count) {
      const { arn } = await client.send(new CreateRoomCommand({ name: `bench-${rooms.length}` }));
      if (arn === undefined) throw new Error('CreateRoom answered without an ARN');
      rooms.push(arn);
    }
    return rooms;
  } finally {
    client.destroy();
  }
}

/** The length of a chat token. */
export async function tokenLength(server: RunningServer, request: ChatTokenRequest): Promise<number> {
  const client = controlPlane(server);
  try {
    const { token } = await client.send(new CreateChatTokenCommand(request));
    if (token === undefined) throw new Error('CreateChatToken answered without a token');
    return token.length;
  } finally {
    client.destroy();
  }
}
