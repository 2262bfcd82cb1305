import type { AccessKey, Principal, Principals } from '../aws/ports.ts';
import type { AccessKeys } from './access-key-facts.ts';
import type { Identities } from './identities.ts';
import type { LastUsed } from './last-used.ts';
import type { SessionTokens } from './session-tokens.ts';

/** The account itself, which may do everything in it. */
export function rootPrincipal(accountId: string): Principal {
  return { type: 'Account', arn: `arn:aws:iam::${accountId}:root`, accountId, id: accountId };
}

/**
 * Finds principals by their access keys: the root by those given, users by those in storage, sessions by their tokens,
 * as long as the user or role is there.
 */
export function createPrincipals(options: {
  readonly accountId: string;
  readonly rootKeys: readonly { readonly accessKeyId: string; readonly secretAccessKey: string }[];
  readonly accessKeys: Pick<AccessKeys, 'peek' | 'load'>;
  readonly identities: Pick<Identities, 'peek' | 'load'>;
  readonly sessions: SessionTokens;
  readonly lastUsed: Pick<LastUsed, 'saw'>;
}): Principals {
  const { accountId, rootKeys, accessKeys, identities, sessions, lastUsed } = options;
  const root = rootPrincipal(accountId);
  const keysOfRoot = new Map<string, AccessKey>(
    rootKeys.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, { secret: secretAccessKey, principal: root }]),
  );

  async function findUser(accessKeyId: string): Promise<AccessKey | undefined> {
    const key = accessKeys.peek(accessKeyId) ?? (await accessKeys.load(accessKeyId));
    const user = key && (identities.peek(key.userId) ?? (await identities.load(key.userId)));
    if (!key || !user) return undefined;
    return { secret: key.secret, principal: { type: 'User', arn: user.arn, accountId, id: user.id, accessKeyId } };
  }

  async function findSession(accessKeyId: string, sessionToken: string): Promise<AccessKey | undefined> {
    const key = sessions.open(accessKeyId, sessionToken);
    if (!key || key.principal.type === 'Account') return key;
    const { id, type, arn, session } = key.principal;
    const identity = identities.peek(id) ?? (await identities.load(id));
    if (!identity) return undefined;
    // A user may have been renamed since.
    const principal: Principal = { type, arn: type === 'User' ? identity.arn : arn, accountId, id, session };
    return { secret: key.secret, principal };
  }

  return {
    find(accessKeyId, sessionToken) {
      if (sessionToken !== undefined) return findSession(accessKeyId, sessionToken);
      return keysOfRoot.get(accessKeyId) ?? findUser(accessKeyId);
    },
    used(accessKeyId, service, region) {
      // Those of the root and of sessions are no access keys of IAM.
      if (accessKeys.peek(accessKeyId)) lastUsed.saw(accessKeyId, service, region);
    },
  };
}
