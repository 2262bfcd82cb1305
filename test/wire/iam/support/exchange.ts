/** The credential exchange as the chat demo of AWS asks for it (spec/chime-messaging 7 A). */
import { createScope } from '../../../../src/aws/arn.ts';
import { chimeMigrations } from '../../../../src/chime/migrations/index.ts';
import type { Given } from '../../../../src/config.ts';
import { systemClock } from '../../../../src/engine/clock.ts';
import { openSqlite } from '../../../../src/storage/sqlite.ts';
import { userArn } from '../../support/app-instance.ts';
import { temporaryDirectory } from '../../support/server.ts';
import { ACCOUNT, type Account, document, openAccount, type Statement } from './account.ts';

export const APP_INSTANCE = userArn('').replace('/user/', '');
export const ROLE = createScope('iam', '', ACCOUNT).arn('role/chat');

/** Lets the server make tagged sessions of a role. */
export const EXCHANGE_TRUST = document({
  Effect: 'Allow',
  Principal: { AWS: ACCOUNT },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
});

export const base64 = (text: string) => Buffer.from(text).toString('base64');

/**
 * An account with an exchange, whose role `chat` has these statements. Unless it is given a data directory, that has an
 * empty app instance `APP_INSTANCE`.
 * @param flags of `parlor serve`, by long name
 */
export async function openExchange(flags: Record<string, Given>, ...statements: Statement[]): Promise<Account> {
  const resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  await createAppInstance(directory.path);
  const account = resources.use(
    await openAccount({
      'creds-role': 'chat',
      'creds-app-instance': APP_INSTANCE,
      'trusted-proxy': '127.0.0.1',
      'data-dir': directory.path,
      ...flags,
    }),
  );
  await account.iam.createRole({ RoleName: 'chat', AssumeRolePolicyDocument: EXCHANGE_TRUST });
  await account.iam.putRolePolicy({ RoleName: 'chat', PolicyName: 'own', PolicyDocument: document(...statements) });
  return { ...account, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** The API gives app instances an id of its own, and a server must know it before it starts. */
async function createAppInstance(directory: string): Promise<void> {
  const fail = (error: unknown) => {
    throw error;
  };
  await using database = await openSqlite({
    directory,
    migrations: chimeMigrations,
    clock: systemClock(),
    onFatal: fail,
    onError: fail,
  });
  const id = APP_INSTANCE.replace(/.*\//, '');
  await database.write(({ query }) =>
    query(
      `INSERT INTO chime_app_instance (id, name, created_at, updated_at, tags, users, channels)
       VALUES (?, 'chat', 0, 0, '{}', 0, 0)`,
      id,
    ),
  );
}

export interface Reply {
  readonly ChimeAppInstanceUserArn: string;
  readonly ChimeUserId: string;
  readonly ChimeDisplayName: string;
  readonly ChimeCredentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    readonly Expiration: string;
  };
}

let clients = 0;

/** Asks as a client that has not asked before, so that none is too fast; the server believes the address. */
export function ask(
  { server }: Pick<Account, 'server'>,
  authorization: string | undefined,
  headers: Record<string, string> = {},
) {
  clients += 1;
  return fetch(`${server.url}/creds`, {
    method: 'POST',
    headers: {
      'x-forwarded-for': `10.0.0.${clients}`,
      ...(authorization !== undefined && { authorization }),
      ...headers,
    },
  });
}

/** What a token is exchanged for, sent as the demo sends it. */
export async function exchange(account: Account, token: string): Promise<Reply> {
  const response = await ask(account, `Bearer ${base64(token)}`);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Reply;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** A refusal: status, code and message. */
export async function refusal(account: Account, token: string): Promise<readonly [number, string, string]> {
  const response = await ask(account, `Bearer ${base64(token)}`);
  const { code, message } = (await response.json()) as Refusal;
  return [response.status, code, message];
}

export function credentialsOf({ ChimeCredentials: { AccessKeyId, SecretAccessKey, SessionToken } }: Reply) {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
