/** Which server a command talks to, and as whom. */
import type { Command } from 'commander';
import type { services } from '../operations.ts';
import type { Client } from './client.ts';

export interface ConnectionOptions {
  readonly endpoint?: string;
  readonly region?: string;
  readonly dataDir?: string;
}

const KEYS_HELP = `
Keys are those of the first of these that has any:
  --data-dir                                the root key in it
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY  and AWS_SESSION_TOKEN, if set
  AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE  the profile so named, in the file so named
  PARLOR_ACCESS_KEY_ID, PARLOR_SECRET_ACCESS_KEY
  PARLOR_DATA_DIR, ./data                   the root key in it
  ~/.aws/credentials                        the profile default`;

/** Adds the flags that all commands have which talk to a server. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the server (PARLOR_ENDPOINT, default http://127.0.0.1:8080)')
    .option('--region <name>', "the server's (PARLOR_REGION, with AWS keys else AWS_REGION, default us-east-1)")
    .option('--data-dir <path>', 'use the root key in this data directory')
    .addHelpText('after', KEYS_HELP);
}

/** What calls are made with. The modules that make them are loaded only now. */
export interface Connection {
  readonly client: Client;
  /** The operations of IVS Chat. */
  readonly chat: (typeof services)['ivschat'];
  /** The operations of Chime SDK messaging and identity. */
  readonly chime: (typeof services)['chime'];
}

/**
 * @param signal ends requests under way.
 * @throws CliError when the endpoint is no URL or there are no keys.
 */
export async function connect(options: ConnectionOptions, signal?: AbortSignal): Promise<Connection> {
  const { createClient } = await import('./client.ts');
  const { services } = await import('../operations.ts');
  return { client: createClient(options, process.env, signal), chat: services.ivschat, chime: services.chime };
}
