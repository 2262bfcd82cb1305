/** What the documents say about links, options, operations, limits, errors and dependencies is complete. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { CHIME_QUOTAS } from '../../src/chime/quotas.ts';
import { type ChannelOperation, MATRIX, permits, type Role } from '../../src/chime/roles.ts';
import { identityOperations, messagingOperations } from '../../src/chime/service.ts';
import type { Quotas } from '../../src/engine/quotas.ts';
import { ivsQuotas } from '../../src/ivs/limits.ts';
import { ivsOperations } from '../../src/ivs/service.ts';
import { OPTIONS, type Option } from '../../src/options.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROTOCOL = 'docs/protocol/ivs-chat.md';
const CHIME_PROTOCOL = 'docs/protocol/chime-messaging.md';
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md', 'bench/README.md'], { cwd: ROOT });

const tableRows = (path: string) =>
  read(path)
    .split('\n')
    .filter((line) => line.startsWith('|'));

/** A document without its code, in which brackets and number signs mean something else. */
function prose(path: string): string {
  return read(path)
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, 'code');
}

/** The anchors of a document's headings, as they are made for the web: lower case, hyphens for spaces. */
function anchors(path: string): Set<string> {
  const headings = read(path).matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('relative links lead to a file, and to a heading in it', () => {
  const broken = documents.flatMap((document) =>
    [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document : join(dirname(document), path);
        if (!existsSync(join(ROOT, file))) return true;
        return anchor !== undefined && !anchors(file).has(anchor);
      })
      .map((target) => `${document}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('every option is documented with its flag, its variable and its default', () => {
  const rows = tableRows('docs/deployment.md');
  for (const { name, value, env, secret, default: fallback } of OPTIONS as readonly Option[]) {
    const flag = value === undefined ? `\`--${name}\`, \`--no-${name}\`` : `\`--${name} `;
    const row = rows.find((line) => line.includes(secret ? `\`${env}\`` : flag));
    assert.ok(row, `--${name} is missing`);
    if (env !== undefined) assert.ok(row.includes(`\`${env}\``), `${env} is missing`);
    if (typeof fallback === 'string' && fallback !== '') assert.ok(row.includes(`\`${fallback}\``), row);
  }
});

for (const [protocol, quotas] of [
  [PROTOCOL, ivsQuotas(ivsOperations)],
  [CHIME_PROTOCOL, CHIME_QUOTAS],
] as readonly [string, Quotas][]) {
  test(`every limit is documented with the figure of AWS: ${protocol}`, () => {
    const rows = tableRows(protocol);
    for (const [name, { value }] of Object.entries(quotas)) {
      const row = rows.find((line) => line.split(' | ')[0]?.includes(`\`${name}\``));
      assert.ok(row, `${name} is missing`);
      assert.match(row, new RegExp(`\\b${value.toLocaleString('en')}\\b`), name);
    }
  });
}

test('every text that a handshake or request is refused with is documented', () => {
  const protocol = read(PROTOCOL);
  const sources = ['actions', 'socket'].map((name) => read(`src/ivs/${name}.ts`)).join('\n');
  const texts = [
    ...sources.matchAll(/message: (['`])(.+?)\1/g),
    ...sources.matchAll(/refuse\('\w+', \d+, (['`])(.+?)\1/g),
    ...read('src/transport/websocket.ts').matchAll(/message: (['`])(.+?)\1/g),
  ].map(([, , text = '']) => text);
  assert.ok(texts.length > 25);
  // A shouldUpgradeCallback keeps such a request from the listener, which checks all the same.
  const unreachable = ['Upgrade must be websocket.', 'No WebSocket is served at this address.'];
  for (const text of texts.filter((each) => !unreachable.includes(each))) {
    for (const part of text.split(/\$\{[^}]+\}/)) assert.ok(protocol.includes(part), text);
  }
});

test('every text that the door of Chime refuses with is documented', () => {
  const protocol = read(CHIME_PROTOCOL);
  const sources = globSync('src/chime/**/*.ts', { cwd: ROOT }).map(read).join('\n');
  const errors = '(?:BadRequest|Conflict|Forbidden|NotFound|ResourceLimitExceeded|Service\\w+|\\w+Client)';
  const texts = [
    ...sources.matchAll(new RegExp(`\\b${errors}\\(\\s*(['\`])(.+?)\\1`, 'g')),
    ...sources.matchAll(/\b(?:message|reason): (['`])(.+?)\1/g),
    ...sources.matchAll(/\bwrong\([^()]*, (['`])(.+?)\1/g),
  ].map(([, , text = '']) => text);
  assert.ok(texts.length > 50);
  for (const text of texts) {
    for (const part of text.split(/\$\{[^}]+\}/)) assert.ok(protocol.includes(part), text);
  }
});

test('every operation of Chime is documented with its route', () => {
  const rows = tableRows(CHIME_PROTOCOL);
  for (const [name, { http }] of Object.entries({ ...messagingOperations, ...identityOperations })) {
    const [method, target, status] = http.split(' ');
    const row = `| ${name} | \`${method} ${target}\` | ${status} |`;
    assert.ok(
      rows.some((line) => line.startsWith(row)),
      row,
    );
  }
});

test('the matrix of roles is documented: who always may, who never may, who sometimes may', () => {
  const rows = tableRows(CHIME_PROTOCOL).map((line) => line.split('|').map((cell) => cell.trim()));
  const matrix = rows.slice(rows.findIndex(([, , admin]) => admin === 'admin'));
  const circumstances = (['UNRESTRICTED', 'RESTRICTED'] as const).flatMap((mode) =>
    (['PUBLIC', 'PRIVATE'] as const).flatMap((privacy) =>
      (['DEFAULT', 'HIDDEN', undefined] as const).flatMap((membership) =>
        [true, false].map((own) => ({ mode, privacy, membership, own })),
      ),
    ),
  );
  for (const operation of Object.keys(MATRIX) as ChannelOperation[]) {
    const [, , ...cells] = matrix.find(([, name]) => name === operation) ?? [];
    for (const [column, role] of (['admin', 'moderator', 'member', 'nonMember'] as const satisfies Role[]).entries()) {
      const answers = new Set(circumstances.map((each) => permits(operation, role, each)));
      const word = answers.size > 1 ? 'sometimes' : answers.has(true) ? 'yes' : 'no';
      const cell = cells[column]?.replace(' **[D]**', '');
      assert.equal(cell === 'yes' || cell === 'no' ? cell : cell && 'sometimes', word, `${operation} of ${role}`);
    }
  }
});

test('every section that a comment cites exists', () => {
  const NUMBER = '(?:\\d{1,2}(?:\\.\\d{1,2})?|[A-D]\\b)';
  const files = globSync('{src,test,console/src}/**/*.{ts,tsx}', { cwd: ROOT });
  let citations = 0;
  for (const [name, protocol] of [
    ['ivs-chat', PROTOCOL],
    ['chime-messaging', CHIME_PROTOCOL],
  ] as const) {
    const headings = read(protocol).matchAll(/^#+ (?:Appendix )?(\d{1,2}(?:\.\d{1,2})?|[A-D](?:\.\d)?)\.? /gm);
    const numbers = new Set([...headings].map(([, number]) => number));
    const citation = new RegExp(`spec/${name} ((?:${NUMBER}(?:, | to | and )?)+)`, 'g');
    for (const file of files) {
      for (const [cited, list = ''] of read(file).matchAll(citation)) {
        citations += 1;
        for (const [number] of list.matchAll(new RegExp(NUMBER, 'g'))) {
          assert.ok(numbers.has(number), `${file}: ${cited}`);
        }
      }
    }
  }
  assert.ok(citations > 100);
});

test('every dependency has its row', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const rows = read('docs/dependencies.md');
  for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    assert.ok(rows.includes(`\`${name}\``), name);
  }
});

test('every decision has context, decision and consequences', () => {
  for (const file of globSync('docs/decisions/*.md', { cwd: ROOT })) {
    assert.match(read(file), /^# \d{4} [\s\S]+^Status: [\s\S]+^## Consequences$/m, file);
  }
});
