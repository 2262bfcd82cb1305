import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import type { RootKey } from '../iam/root-key.ts';
import { CliError } from './errors.ts';

interface Options {
  readonly dataDir?: string;
}

/** Adds `parlor root-key show|rotate`. */
export function addRootKey(program: Command): void {
  const rootKey = program.command('root-key').description('show or replace the root access key in the data directory');
  const dataDir = ['--data-dir <path>', 'where it is (PARLOR_DATA_DIR, default ./data)'] as const;
  rootKey
    .command('show')
    .description('print it as variables of the environment')
    .option(...dataDir)
    .action(async (options: Options) => print(await existing(directoryOf(options))));
  rootKey
    .command('rotate')
    .description('replace it by a new one and print that; the server takes it at its next start')
    .option(...dataDir)
    .action(rotate);
}

async function rotate(options: Options): Promise<void> {
  const directory = directoryOf(options);
  await existing(directory);
  const { createRootKey } = await import('../iam/root-key.ts');
  try {
    print(createRootKey(directory, true));
  } catch (error) {
    throw new CliError(
      `The root key in ${directory} cannot be replaced: ${error instanceof Error ? error.message : error}.`,
    );
  }
  console.error('parlor: A server that is running goes on with the old key until it is started again.');
}

function directoryOf({ dataDir }: Options): string {
  return loadConfig(new Map(dataDir === undefined ? [] : [['data-dir', dataDir]]), process.env).dataDir;
}

async function existing(directory: string): Promise<RootKey> {
  const { rootKeyIn } = await import('./credentials.ts');
  const key = rootKeyIn(directory);
  if (key === undefined)
    throw new CliError(`There is no root key in ${directory}: the first start of a server makes it.`);
  return key;
}

/** As a shell or a file of variables takes it. */
function print({ accessKeyId, secretAccessKey }: RootKey): void {
  console.log(`AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
}
