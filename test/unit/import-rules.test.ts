/** The import rules of ARCHITECTURE.md: folders are layers, and imports go one way. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const SOURCE = join(import.meta.dirname, '../../src');

/** What each folder may import besides itself; `ports.ts` files, types only, are open to all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  engine: [],
  aws: ['engine'],
  iam: ['aws', 'engine', 'storage'],
  ivs: ['engine', 'aws', 'iam', 'storage'],
  chime: ['engine', 'aws', 'iam', 'storage'],
  storage: ['engine'],
  bus: [],
  transport: [],
  ops: ['engine'],
  // The command line talks HTTP to the server like anyone else; it signs as clients do, with the root key where it is
  // at hand, and starts what it serves.
  cli: ['aws', 'iam/root-key.ts', 'ops/printable.ts', 'config.ts', 'options.ts', 'main.ts', 'run.ts', 'operations.ts'],
  // "parlor doctor" prints every limit, from where it is kept.
  'cli/limits.ts': ['engine', 'quotas.ts', 'transport/http.ts', 'config.ts'],
  // … whether a certificate could be served, and whether a declaration could be read.
  'cli/checks.ts': ['config.ts', 'iam/declaration.ts', 'transport/certificate.ts'],
  'config.ts': ['config-values.ts'],
  'config-values.ts': ['options.ts'],
  'run.ts': ['config.ts', 'main.ts', 'operations.ts', 'ops/printable.ts'],
  // "parlor policy explain" explains by the engine that decides.
  'cli/policy-explain.ts': ['aws', 'iam', 'operations.ts'],
  'operations.ts': ['iam', 'ivs', 'chime', 'aws'],
  'quotas.ts': ['iam', 'ivs', 'chime', 'engine'],
};
/** Concrete buses, databases and transports are known to the composition root alone; "parlor doctor" looks at them. */
const CONCRETE = ['bus', 'transport', 'storage/sqlite.ts'];
const KNOW_THEM = ['cli/limits.ts', 'cli/checks.ts'];
/** The composition root. */
const ROOT = ['main.ts', 'main'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
}

function imports(): Import[] {
  return globSync('**/*.ts', { cwd: SOURCE }).flatMap((from) => {
    const text = readFileSync(join(SOURCE, from), 'utf8');
    const statements = text.matchAll(
      /^(?:import|export)\s(?:(type)\s)?[^;]*?from\s+'(\.[^']+)';|import\('(\.[^']+)'\)/gm,
    );
    return [...statements].map(([, types, path, dynamic]) => ({
      from,
      to: relative(SOURCE, join(SOURCE, dirname(from), path ?? dynamic ?? '')),
      typesOnly: types !== undefined,
    }));
  });
}

const folder = (path: string) => path.split('/')[0] ?? path;

test('imports go one way', () => {
  const wrong = imports().filter(({ from, to, typesOnly }) => {
    if (folder(from) === folder(to) || ROOT.includes(folder(from))) return false;
    if (typesOnly && to.endsWith('/ports.ts')) return false;
    const allowed = MAY_IMPORT[from] ?? MAY_IMPORT[folder(from)] ?? [];
    return !allowed.includes(folder(to)) && !allowed.includes(to);
  });
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test('only the composition root imports a concrete bus, database or transport', () => {
  const wrong = imports().filter(({ from, to }) => {
    const concrete = CONCRETE.some((place) => to === place || folder(to) === place) && !to.endsWith('/ports.ts');
    return concrete && !KNOW_THEM.includes(from) && !ROOT.includes(folder(from)) && folder(from) !== folder(to);
  });
  assert.deepEqual(wrong, []);
});

test('ports hold types alone', () => {
  for (const file of globSync('**/ports.ts', { cwd: SOURCE })) {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    assert.doesNotMatch(text, /^export (?:const|let|function|class)|^import (?!type)/m, `${file} has a value`);
  }
});

test('no module keeps state', () => {
  for (const file of globSync('**/*.ts', { cwd: SOURCE })) {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    assert.doesNotMatch(text, /^(?:export )?(?:let|var) /m, `${file} has a module-level variable`);
  }
});
