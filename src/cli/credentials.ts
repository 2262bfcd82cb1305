/** The keys that requests are signed with. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../aws/sigv4.ts';
import { loadConfig } from '../config.ts';
import { type RootKey, readRootKey } from '../iam/root-key.ts';
import { CliError } from './errors.ts';

export interface Keys {
  readonly credentials: Credentials;
  /** Where they were found, for a person. */
  readonly source: string;
  /** The server's. */
  readonly region: string;
}

interface Found extends Omit<Keys, 'region'> {
  /** Whether they are where AWS tools look for keys. */
  readonly aws: boolean;
}

/**
 * Finds keys and region. What is named on the command line or in the environment comes before what merely lies about,
 * and the root key of the data directory at hand before `~/.aws/credentials`: on most machines the default profile
 * there is for AWS itself. For the same reason `AWS_REGION` counts with keys of AWS tools alone.
 * @param given on the command line.
 * @throws CliError when there are none or the place that was named has none, ConfigError as `loadConfig`.
 */
export function findKeys(given: { readonly region?: string; readonly dataDir?: string }, env: NodeJS.ProcessEnv): Keys {
  const config = loadConfig(new Map(given.dataDir === undefined ? [] : [['data-dir', given.dataDir]]), env);
  const rootKey = () => parlorKeys(rootKeyIn(config.dataDir), `the root key in ${config.dataDir}`);
  const found =
    given.dataDir !== undefined
      ? rootKey()
      : (environmentKeys(env) ??
        namedProfile(env) ??
        parlorKeys(config.rootKey, 'PARLOR_ACCESS_KEY_ID') ??
        rootKey() ??
        profileIn(credentialsFile(env), 'default'));
  if (found === undefined) {
    const none = `There is no root key in ${config.dataDir}`;
    throw new CliError(
      given.dataDir !== undefined
        ? `${none}.`
        : `${none}, and no other key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name the server's data directory with --data-dir.`,
    );
  }
  const { aws, ...keys } = found;
  const region = aws ? env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] : undefined;
  return { ...keys, region: given.region || env['PARLOR_REGION'] || region || config.region };
}

function parlorKeys(key: RootKey | undefined, source: string): Found | undefined {
  return key && { credentials: key, source, aws: false };
}

/** @throws CliError when the file may not be read or is damaged. */
export function rootKeyIn(directory: string): RootKey | undefined {
  try {
    return readRootKey(directory);
  } catch (error) {
    throw new CliError(
      `The root key in ${directory} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function environmentKeys(env: NodeJS.ProcessEnv): Found | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (!id && !secret) return undefined;
  if (!id || !secret) throw new CliError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together.');
  return { credentials: credentials(id, secret, token), source: 'AWS_ACCESS_KEY_ID', aws: true };
}

function namedProfile(env: NodeJS.ProcessEnv): Found | undefined {
  const { AWS_PROFILE: profile, AWS_SHARED_CREDENTIALS_FILE: file } = env;
  if (!profile && !file) return undefined;
  const path = file || credentialsFile(env);
  const found = profileIn(path, profile || 'default');
  if (found === undefined && profile)
    throw new CliError(`The profile ${profile} of AWS_PROFILE has no keys in ${path}.`);
  return found;
}

function credentialsFile(env: NodeJS.ProcessEnv): string {
  return join(env['HOME'] || homedir(), '.aws', 'credentials');
}

/** The keys of a profile in a shared credentials file; undefined when it has none. */
function profileIn(path: string, profile: string): Found | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  const values = new Map<string, string>();
  let section: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [, heading] = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line) ?? [];
    section = heading ?? section;
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/i.exec(line) ?? [];
    if (section === profile && name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }
  const [id, secret] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')];
  if (!id || !secret) return undefined;
  return {
    credentials: credentials(id, secret, values.get('aws_session_token')),
    source: `the profile ${profile} in ${path}`,
    aws: true,
  };
}

function credentials(accessKeyId: string, secretAccessKey: string, sessionToken: string | undefined): Credentials {
  return sessionToken ? { accessKeyId, secretAccessKey, sessionToken } : { accessKeyId, secretAccessKey };
}
