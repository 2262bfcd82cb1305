/** Who may do what, and the two services by which that is managed. */
import type { Logger } from 'pino';
import { createScope } from '../aws/arn.ts';
import { createSealer } from '../aws/jwe.ts';
import { createVerifier } from '../aws/sigv4.ts';
import { type Config, ConfigError } from '../config.ts';
import { createAccessKeys } from '../iam/access-key-facts.ts';
import { createAuthorize } from '../iam/authorize.ts';
import { DeclarationError, readDeclaration } from '../iam/declaration.ts';
import { applyDeclaration } from '../iam/declared.ts';
import { createIamIds } from '../iam/identifiers.ts';
import { createIdentities } from '../iam/identities.ts';
import { LastUsed } from '../iam/last-used.ts';
import type { IamContext } from '../iam/operation.ts';
import { createPrincipals } from '../iam/principals.ts';
import { createRootKey, type RootKey, readRootKey } from '../iam/root-key.ts';
import { createIamService, iamScope } from '../iam/service.ts';
import { createSessionTokens } from '../iam/session-tokens.ts';
import { createStsService } from '../iam/sts.ts';
import type { IamTables } from '../iam/tables.ts';
import { createWebIdentities } from '../iam/web-identity.ts';
import type { Database } from '../storage/database.ts';
import type { Ground } from './ground.ts';

const PRINCIPALS_KNOWN = 10_000;

/** Who may do what, and the two services by which that is managed. */
export async function openAccess(ground: Ground, rootKey: RootKey, resources: AsyncDisposableStack) {
  const { config, clock, keyring, database, limits, log, report } = ground;
  const { accountId, region } = config;
  const lastUsed = resources.use(new LastUsed({ write: database.write, clock, report }));
  const iam = createIam(ground, database, lastUsed);
  await declareIam(config, iam, log);
  const sessions = createSessionTokens({ sealer: createSealer(keyring, 'session-token'), ids: iam.ids });
  const principals = createPrincipals({ accountId, rootKeys: [rootKey], sessions, ...iam });
  const authorize = createAuthorize(iam);
  const webIdentities = createWebIdentities({ issuers: config.oidcIssuers, clock });
  const sts = { ...iam, authorize, sessions, webIdentities, iamScope: iamScope(accountId) };
  return {
    principals,
    authorize,
    onChange: iam.identities.onChange,
    sessionMaker: { ...sts, scope: createScope('sts', '', accountId) },
    verify: createVerifier({ region, principals, now: () => clock.now() }).verify,
    services: [
      createIamService({ accountId, context: iam }),
      createStsService({ accountId, context: sts, take: () => limits.take('sts-calls-per-second') }),
    ],
  };
}

export type Access = Awaited<ReturnType<typeof openAccess>>;

function createIam(
  { config, keyring, pages, clock }: Ground,
  { read, write }: Database<IamTables>,
  lastUsed: LastUsed,
): IamContext {
  const { accountId } = config;
  const sealer = createSealer(keyring, 'access-key');
  return {
    read,
    write,
    clock,
    pages,
    sealer,
    ids: createIamIds(),
    identities: createIdentities({ read, scope: iamScope(accountId), capacity: PRINCIPALS_KNOWN }),
    accessKeys: createAccessKeys({ read, sealer, capacity: PRINCIPALS_KNOWN }),
    lastUsed,
  };
}

async function declareIam({ iam, accountId }: Config, context: IamContext, log: Logger): Promise<void> {
  if (iam === undefined) return;
  try {
    const declaration = readDeclaration(iam.declaration, iam.env);
    const scope = iamScope(accountId);
    for (const warning of await applyDeclaration(declaration, { ...context, scope })) log.warn(warning);
  } catch (error) {
    throw error instanceof DeclarationError ? new ConfigError(`${iam.file}: ${error.message}`) : error;
  }
}

export function openRootKey({ dataDir, rootKey }: Config): { rootKey: RootKey; isNew: boolean } {
  if (rootKey !== undefined) return { rootKey, isNew: false };
  const kept = readRootKey(dataDir);
  return kept === undefined ? { rootKey: createRootKey(dataDir), isNew: true } : { rootKey: kept, isNew: false };
}
