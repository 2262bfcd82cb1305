/** The file behind the audit log: rotation, other people's rotation, and lines that cannot be kept. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type AuditEvent, AuditLog } from '../../../src/ops/audit.ts';
import { RotatingFile } from '../../../src/ops/rotating-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'parlor-audit-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
const freshPath = () => join(directory, `${++files}.jsonl`);
const read = (path: string) => readFileSync(path, 'utf8');

const EVENT: AuditEvent = {
  event: 'call',
  service: 'ivschat',
  resources: [],
  address: '127.0.0.1',
  status: 200,
  elapsedMs: 1,
};

test('a file that would become too large is moved aside, and the oldest is given up', async () => {
  const path = freshPath();
  await using file = await RotatingFile.open(path, { maximumBytes: 4, kept: 2 });
  for (const text of ['1111', '2222', '3333', '4444']) await file.write(Buffer.from(text));
  assert.deepEqual([read(path), read(`${path}.1`), read(`${path}.2`)], ['4444', '3333', '2222']);
  assert.ok(!existsSync(`${path}.3`));
});

test('what is in the file at the start counts', async () => {
  const path = freshPath();
  for (const text of ['11', '222']) {
    await using file = await RotatingFile.open(path, { maximumBytes: 4, kept: 1 });
    await file.write(Buffer.from(text));
  }
  assert.deepEqual([read(path), read(`${path}.1`)], ['222', '11']);
});

test('a file that somebody has moved or removed is made anew', async () => {
  const path = freshPath();
  await using file = await RotatingFile.open(path, { maximumBytes: 100, kept: 1 });
  await file.write(Buffer.from('old'));
  renameSync(path, `${path}.moved`);
  await file.write(Buffer.from('new'));
  assert.deepEqual([read(`${path}.moved`), read(path)], ['old', 'new']);
  rmSync(path);
  await file.write(Buffer.from('newer'));
  assert.equal(read(path), 'newer');
});

test('a line has nothing that terminals obey, and says what was asked for', async () => {
  const path = freshPath();
  const clock = { now: () => 0 };
  const resources = ['\u001b[2J\u009b2J\u007f'];
  const log = await AuditLog.open({ target: path, maximumBytes: 1e9, kept: 1, clock, report: () => undefined });
  log.record({ ...EVENT, resources });
  await log[Symbol.asyncDispose]();
  const line = read(path).trim();
  assert.doesNotMatch(line, /\p{Cc}/u);
  assert.deepEqual(JSON.parse(line).resources, resources);
});

test('lines beyond the bound are counted, reported once, and told in the log', async () => {
  const path = freshPath();
  const reports: unknown[] = [];
  const report = (error: unknown) => void reports.push(error);
  const clock = { now: () => 0 };
  const large = { ...EVENT, resources: ['x'.repeat(1 << 20)] };
  const log = await AuditLog.open({ target: path, maximumBytes: 1e9, kept: 1, clock, report });
  for (let count = 0; count < 10; count++) log.record(large);
  const { lost } = log;
  assert.ok(lost > 0);
  assert.equal(reports.length, 1);
  await log[Symbol.asyncDispose]();
  const lines = read(path).trim().split('\n');
  assert.deepEqual(JSON.parse(lines[0] ?? ''), { time: '1970-01-01T00:00:00.000Z', event: 'lost', lines: lost });
  assert.equal(lines.length, 1 + 10 - lost);
});
