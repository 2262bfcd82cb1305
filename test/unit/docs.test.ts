/** What the documents say about links, options, limits, errors and dependencies is complete. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ivsQuotas } from '../../src/ivs/limits.ts';
import { ivsOperations } from '../../src/ivs/service.ts';
import { OPTIONS, type Option } from '../../src/options.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROTOCOL = 'docs/protocol/ivs-chat.md';
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

test('every limit is documented with the figure of AWS', () => {
  const rows = tableRows(PROTOCOL);
  for (const [name, { value }] of Object.entries(ivsQuotas(ivsOperations))) {
    const row = rows.find((line) => line.split(' | ')[0]?.includes(`\`${name}\``));
    assert.ok(row, `${name} is missing`);
    assert.match(row, new RegExp(`\\b${value.toLocaleString('en')}\\b`), name);
  }
});

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

test('every section that a comment cites exists', () => {
  const numbers = new Set([...read(PROTOCOL).matchAll(/^#+ (\d(?:\.\d)?)\.? /gm)].map(([, number]) => number));
  const files = globSync('{src,test,console/src}/**/*.{ts,tsx}', { cwd: ROOT });
  for (const file of files) {
    for (const [cited, list = ''] of read(file).matchAll(/spec\/ivs-chat ((?:\d(?:\.\d)?(?:, | to | and )?)+)/g)) {
      for (const [number] of list.matchAll(/\d(?:\.\d)?/g)) assert.ok(numbers.has(number), `${file}: ${cited}`);
    }
  }
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
