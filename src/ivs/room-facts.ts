import type { Scope } from '../aws/arn.ts';
import { createFactCache } from '../engine/cache.ts';
import type { Database } from '../storage/database.ts';
import { notFound } from './errors.ts';
import { identify } from './identifiers.ts';
import { type Room, readRoom } from './room.ts';
import type { IvsTables } from './tables.ts';

export type { Room };

/** Rooms by id, as they are now: a change is seen by the next look after its commit. */
export interface RoomFacts {
  /** What is known: undefined when the room must be loaded, null when it does not exist. */
  peek(roomId: string): Room | null | undefined;
  load(roomId: string): Promise<Room | null>;
  /** For the commit that changed the room. */
  drop(roomId: string): void;
}

/** @param options.capacity rooms known at once, those known not to exist included. */
export function createRoomFacts(options: {
  readonly read: Database<IvsTables>['read'];
  readonly scope: Scope;
  readonly capacity: number;
}): RoomFacts {
  const { read, scope, capacity } = options;
  return createFactCache({ capacity, read: (roomId) => read((sql) => readRoom(sql, scope, roomId)) });
}

/** @throws ResourceNotFoundException */
export async function requireRoom(rooms: RoomFacts, scope: Scope, identifier: string): Promise<Room> {
  const { type, id } = identify(scope, identifier);
  const room = rooms.peek(id) ?? (await rooms.load(id));
  if (!room) throw notFound(type, id);
  return room;
}
