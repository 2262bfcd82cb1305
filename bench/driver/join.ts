import { Client, type ClientOptions } from './client.ts';
import type { Door } from './door.ts';

/** Runs the task for 0 … count - 1, at most `limit` at a time. */
export async function inParallel(count: number, limit: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}

/** One user comes into one room: token, handshake, greeting. */
export async function join(
  door: Door,
  room: string,
  user: string,
  options: Omit<ClientOptions, 'path' | 'protocol'>,
): Promise<Client> {
  const greeting = door.greeting?.(room, user, options.receiver);
  const receiver = greeting?.receiver ?? options.receiver;
  const client = await Client.open({ ...options, receiver, ...(await door.seat(room, user)) });
  if (greeting?.hello !== undefined) client.send(greeting.hello);
  await greeting?.done;
  return client;
}
