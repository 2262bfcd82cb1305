/** The credential exchange as the chat demo of AWS asks for it (spec/chime-messaging 7 A). */
import { createScope } from '../../../../src/aws/arn.ts';
import type { Given } from '../../../../src/config.ts';
import { userArn } from '../../support/app-instance.ts';
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

/** An account with an exchange, whose role `chat` has these statements. @param flags of `parlor serve`, by long name */
export async function openExchange(flags: Record<string, Given>, ...statements: Statement[]): Promise<Account> {
  const account = await openAccount({
    'creds-role': 'chat',
    'creds-app-instance': APP_INSTANCE,
    'trusted-proxy': '127.0.0.1',
    ...flags,
  });
  await account.iam.createRole({ RoleName: 'chat', AssumeRolePolicyDocument: EXCHANGE_TRUST });
  await account.iam.putRolePolicy({ RoleName: 'chat', PolicyName: 'own', PolicyDocument: document(...statements) });
  return account;
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
