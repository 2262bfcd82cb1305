/** An account to test with: a server, its IAM client as the root, and users with policies. */

import { IAM } from '@aws-sdk/client-iam';
import type { IvschatClient } from '@aws-sdk/client-ivschat';
import type { Credentials } from '../../../../src/aws/sigv4.ts';
import type { Given } from '../../../../src/config.ts';
import { clientOf, ROOT_KEY, startServer, type TestServer } from '../../support/server.ts';

export const ACCOUNT = '000000000000';

export type Statement = Readonly<Record<string, unknown>>;

/** A policy document of statements. */
export function document(...statements: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export function allow(action: string | string[], resource: string | string[] = '*', more: Statement = {}): Statement {
  return { Effect: 'Allow', Action: action, Resource: resource, ...more };
}

export function deny(action: string | string[], resource: string | string[] = '*', more: Statement = {}): Statement {
  return { ...allow(action, resource, more), Effect: 'Deny' };
}

/** Lets all principals of the account assume a role. */
export const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }],
});

export interface TestUser {
  readonly name: string;
  readonly credentials: Credentials;
  readonly iam: IAM;
  readonly chat: IvschatClient;
}

export interface Account extends AsyncDisposable {
  readonly server: TestServer;
  /** As the root. */
  readonly iam: IAM;
  readonly chat: IvschatClient;
  iamOf(credentials: Credentials): IAM;
  /** Makes a user with a key and, when there are statements, with an inline policy of them called `own`. */
  user(name: string, ...statements: Statement[]): Promise<TestUser>;
  role(name: string): Promise<void>;
}

/** @param flags of `parlor serve`, by long name */
export async function openAccount(flags: Record<string, Given> = {}): Promise<Account> {
  const resources = new AsyncDisposableStack();
  const server = resources.use(await startServer(flags));
  const iamOf = (credentials: Credentials) => {
    const client = new IAM({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    resources.defer(() => client.destroy());
    return client;
  };
  const iam = iamOf(ROOT_KEY);
  return {
    server,
    iam,
    chat: server.client,
    iamOf,
    async user(name, ...statements) {
      await iam.createUser({ UserName: name });
      if (statements.length > 0) {
        const PolicyDocument = document(...statements);
        await iam.putUserPolicy({ UserName: name, PolicyName: 'own', PolicyDocument });
      }
      const { AccessKey } = await iam.createAccessKey({ UserName: name });
      const credentials = {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      };
      return { name, credentials, iam: iamOf(credentials), chat: clientOf(server.url, credentials) };
    },
    async role(name) {
      await iam.createRole({ RoleName: name, AssumeRolePolicyDocument: TRUST });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Whether a call is allowed: true, or the message of its denial. Other errors are thrown. */
export async function allowed(call: Promise<unknown>): Promise<true | string> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof Error && /^AccessDenied/.test(error.name)) return error.message;
    throw error;
  }
}
