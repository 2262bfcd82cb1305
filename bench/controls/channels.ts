/**
 * Control: the least work behind SendChannelMessage. A bare node:http server reads the body, inserts one row, with the
 * rows of one tick in one transaction and one fdatasync, then builds the event, gives it to each member's socket with
 * `ws.send`, and answers. Who asks is not checked, and nothing but the row is kept. The log is never copied back.
 * Argument: a directory for the database; it holds a layout.json.
 */
import { randomBytes } from 'node:crypto';
import { fdatasync, openSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type WebSocket, WebSocketServer } from 'ws';
import { channelsOf, type Layout, userNumber } from '../layout.ts';
import { announce } from './announce.ts';
import { createHttpServer } from './http-server.ts';

interface Request {
  readonly channelArn: string;
  readonly bearer: string;
  readonly body: string;
  readonly response: ServerResponse;
}

const directory = process.argv[2] ?? '';
const file = join(directory, 'control.db');
const layout: Layout = JSON.parse(readFileSync(join(directory, 'layout.json'), 'utf8'));
const members = Array.from({ length: layout.channels }, () => new Set<WebSocket>());

const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
database.exec('CREATE TABLE message (pk INTEGER PRIMARY KEY, id TEXT, channel TEXT, sender TEXT, content TEXT)');
const log = openSync(`${file}-wal`, 'r+');
const syncData = promisify(fdatasync);
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const insert = database.prepare('INSERT INTO message (id, channel, sender, content) VALUES (?, ?, ?, ?)');

function event(type: string, payload?: object): string {
  return JSON.stringify({
    Headers: { 'x-amz-chime-event-type': type, 'x-amz-chime-message-type': 'STANDARD' },
    Payload: payload === undefined ? '' : JSON.stringify(payload),
  });
}

/** What is kept of a request, and what becomes of it once that is on disk. */
function perform({ channelArn, bearer, body, response }: Request): () => void {
  const { Content, Type, Persistence } = JSON.parse(body);
  const id = randomBytes(32).toString('hex');
  insert.run(id, channelArn, bearer, Content);
  return () => {
    const now = new Date().toISOString();
    const frame = event('CREATE_CHANNEL_MESSAGE', {
      ChannelArn: channelArn,
      Persistence,
      MessageId: id,
      Content,
      Type,
      CreatedTimestamp: now,
      LastUpdatedTimestamp: now,
      Sender: { Arn: bearer, Name: bearer.slice(bearer.lastIndexOf('/') + 1) },
      Redacted: false,
      Status: { Value: 'SENT' },
    });
    for (const socket of members[userNumber(channelArn)] ?? []) socket.send(frame);
    const answer = JSON.stringify({ ChannelArn: channelArn, MessageId: id, Status: { Value: 'SENT' } });
    response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) });
    response.end(answer);
  };
}

const waiting: Request[] = [];
let running = false;

async function run(): Promise<void> {
  running = true;
  while (waiting.length > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    begin.run();
    const done = waiting.splice(0).map(perform);
    commit.run();
    await syncData(log);
    for (const finish of done) finish();
  }
  running = false;
}

const http = await createHttpServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

sockets.on('connection', (socket, { url = '' }) => {
  const user = userNumber(new URL(url, 'http://localhost').searchParams.get('userArn') ?? '');
  const own = channelsOf(layout, user).map((channel) => members[channel]);
  for (const channel of own) channel?.add(socket);
  socket.on('close', () => {
    for (const channel of own) channel?.delete(socket);
  });
  socket.send(event('SESSION_ESTABLISHED'));
});
http.on('request', (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const channelArn = decodeURIComponent(request.url?.split('/')[2] ?? '');
    const bearer = String(request.headers['x-amz-chime-bearer']);
    waiting.push({ channelArn, bearer, body: Buffer.concat(chunks).toString(), response });
    if (!running) void run();
  });
});
announce(http, 'node:http and ws');
