/** Control: Socket.IO as its manual shows it, WebSocket transport only, a broadcast to a room. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { announce } from './announce.ts';
import { createMessage } from './message.ts';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', async (socket) => {
  const { room, user } = socket.handshake.auth;
  await socket.join(room);
  socket.on('message', (request: unknown) => {
    io.to(room).emit('message', createMessage(request, user));
  });
});
announce(http, 'Socket.IO');
