/** Control: the `ws` package as its manual shows it, one send() per socket and message. */
import { type WebSocket, WebSocketServer } from 'ws';
import { announce } from './announce.ts';
import { createHttpServer } from './http-server.ts';
import { createMessage, readSeat } from './message.ts';

const rooms = new Map<string, Set<WebSocket>>();
const http = await createHttpServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

sockets.on('connection', (socket) => {
  const { room, user } = readSeat(socket.protocol);
  const members = rooms.getOrInsertComputed(room, () => new Set());
  members.add(socket);
  socket.on('close', () => members.delete(socket));
  socket.on('message', (data) => {
    const payload = Buffer.from(JSON.stringify(createMessage(JSON.parse(data.toString()), user)));
    for (const member of members) member.send(payload, { binary: false });
  });
});
announce(http, 'ws send()');
