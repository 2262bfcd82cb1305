/**
 * Control: the least a server in Node can do. `ws` shakes hands and parses; a message is encoded once, a room's frames
 * of one event-loop tick are joined once, and every socket gets the same bytes in one write.
 */
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { announce } from './announce.ts';
import { createHttpServer } from './http-server.ts';
import { createMessage, readSeat } from './message.ts';

interface Room {
  readonly members: Set<Duplex>;
  frames: Buffer[];
}

const rooms = new Map<string, Room>();
const http = await createHttpServer();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

function textFrame(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const header = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = 0x81;
  if (header === 2) frame[1] = length;
  else {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(payload, header);
  return frame;
}

function flush(room: Room): void {
  const batch = Buffer.concat(room.frames);
  room.frames = [];
  for (const member of room.members) member.write(batch);
}

http.on('upgrade', (request, duplex, head) => {
  sockets.handleUpgrade(request, duplex, head, (socket) => {
    const seat = readSeat(socket.protocol);
    const room = rooms.getOrInsertComputed(seat.room, () => ({ members: new Set(), frames: [] }));
    room.members.add(duplex);
    socket.on('close', () => room.members.delete(duplex));
    socket.on('message', (data) => {
      if (room.frames.length === 0) setImmediate(flush, room);
      room.frames.push(textFrame(JSON.stringify(createMessage(JSON.parse(data.toString()), seat.user))));
    });
  });
});
announce(http, 'ws shared buffer');
