import type { AccessKey, Principal, Principals } from '../aws/ports.ts';
import type { AccessKeys } from './access-key-facts.ts';
import type { Identities } from './identities.ts';

/** The account itself, which may do everything in it. */
export function rootPrincipal(accountId: string): Principal {
  return { type: 'Account', arn: `arn:aws:iam::${accountId}:root`, accountId, id: accountId };
}

/** Finds principals by their access keys: the root by those given, users by those in storage. */
export function createPrincipals(options: {
  readonly accountId: string;
  readonly rootKeys: readonly { readonly accessKeyId: string; readonly secretAccessKey: string }[];
  readonly accessKeys: AccessKeys;
  readonly identities: Identities;
}): Principals {
  const { accountId, rootKeys, accessKeys, identities } = options;
  const root = rootPrincipal(accountId);
  const keysOfRoot = new Map<string, AccessKey>(
    rootKeys.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, { secret: secretAccessKey, principal: root }]),
  );

  async function findUser(accessKeyId: string): Promise<AccessKey | undefined> {
    const key = await accessKeys.load(accessKeyId);
    const user = key && (await identities.load(key.userId));
    if (!key || !user) return undefined;
    return { secret: key.secret, principal: { type: 'User', arn: user.arn, accountId, id: user.id } };
  }

  return {
    find(accessKeyId, sessionToken) {
      // A long-term key comes without a session token.
      if (sessionToken !== undefined) return undefined;
      return keysOfRoot.get(accessKeyId) ?? findUser(accessKeyId);
    },
  };
}
