import type { AccessKey, Principal, Principals } from '../aws/ports.ts';

/** The account itself, which may do everything in it. */
export function rootPrincipal(accountId: string): Principal {
  return { type: 'Account', arn: `arn:aws:iam::${accountId}:root`, accountId, id: accountId };
}

/**
 * Finds principals by their access keys. So far there is only the root; users and role sessions are looked up here
 * when there are any.
 */
export function createPrincipals(options: {
  readonly accountId: string;
  readonly rootKeys: readonly { readonly accessKeyId: string; readonly secretAccessKey: string }[];
}): Principals {
  const principal = rootPrincipal(options.accountId);
  const keys = new Map<string, AccessKey>(
    options.rootKeys.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, { secret: secretAccessKey, principal }]),
  );
  return {
    // A long-term key comes without a session token.
    find: (accessKeyId, sessionToken) => (sessionToken === undefined ? keys.get(accessKeyId) : undefined),
  };
}
