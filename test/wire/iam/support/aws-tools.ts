/** The command line of AWS and its library for Python, where this machine has them. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Credentials } from '../../../../src/aws/sigv4.ts';

/** Skips what needs a tool that is missing, by its name. */
export function skipWithout(tool: string | undefined, name: string): { readonly skip: string | false } {
  return { skip: tool === undefined ? `${name} is not installed` : false };
}

/** `aws`, when it runs. */
export function findAwsCli(): string | undefined {
  return ['aws', '/usr/bin/aws'].find((aws) => spawnSync(aws, ['--version']).status === 0);
}

/** A Python that has boto3. */
export function findBoto3(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import boto3']).status === 0);
}

/** What a program answered. */
export interface Answer {
  /** The JSON it printed; undefined when it printed nothing. */
  readonly reply: unknown;
  /** Its error messages; empty when it succeeded. */
  readonly error: string;
}

/** Runs a tool with credentials; region and credentials come from nowhere else. */
export async function runTool(program: string, args: readonly string[], credentials: Credentials): Promise<Answer> {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  try {
    const { stdout } = await promisify(execFile)(program, args, { env });
    return { reply: stdout.trim() === '' ? undefined : JSON.parse(stdout), error: '' };
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) return { reply: undefined, error: String(error.stderr).trim() };
    throw error;
  }
}
