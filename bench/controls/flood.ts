/**
 * Not a chat server: writes ready-made frames to every socket as fast as it takes them, to find the load driver's own
 * ceiling. Argument: frames a write.
 */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { announce } from './announce.ts';

const FRAME_BYTES = 290;
/** Time for the connections to come in first. */
const QUIET_MS = 1500;

const framesAWrite = Number(process.argv[2]);
const frame = Buffer.alloc(FRAME_BYTES, 'x');
frame[0] = 0x81;
frame[1] = 126;
frame.writeUInt16BE(FRAME_BYTES - 4, 2);
const block = Buffer.concat(Array.from({ length: framesAWrite }, () => frame));

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const members = new Set<Duplex>();
const http = createServer();

function flood(): void {
  for (const member of members) if (member.writableLength === 0) member.write(block);
  setImmediate(flood);
}

http.on('upgrade', (request, duplex, head) => {
  sockets.handleUpgrade(request, duplex, head, (socket) => {
    members.add(duplex);
    socket.on('close', () => members.delete(duplex));
  });
});
setTimeout(flood, QUIET_MS);
announce(http, 'flood');
