/** The HTTP APIs: all services behind one handler, and the exchange of credentials. */
import { randomUUID } from 'node:crypto';
import { createCors } from '../aws/cors.ts';
import type { Service } from '../aws/operation.ts';
import { createAwsHandler } from '../aws/pipeline.ts';
import { createCredentialExchange, type EnsureUser } from '../iam/credential-exchange.ts';
import { createTokenProof, createWebhookProof } from '../iam/user-proof.ts';
import { createWebIdentities } from '../iam/web-identity.ts';
import type { HttpHandler, HttpRequest } from '../transport/ports.ts';
import type { Access } from './access.ts';
import type { Ground } from './ground.ts';

export function createApi(
  ground: Ground,
  { principals, authorize }: Access,
  services: readonly Service[],
): HttpHandler {
  const { config, clock, log, metrics, audit } = ground;
  return createAwsHandler({
    services,
    region: config.region,
    pathPrefix: config.pathPrefix,
    principals,
    authorize,
    clock,
    newRequestId: randomUUID,
    observe(outcome) {
      metrics.apiCall({ ...outcome, operation: outcome.operation ?? 'unknown' });
      audit?.record({ event: 'call', ...outcome });
      log.debug(outcome, 'call');
    },
    report: (failure) => log.error({ err: failure.error, ...failure }, 'internal failure'),
  });
}

/** `POST /creds`, when it is configured. */
export function openExchange(
  { config, clock, log, audit }: Ground,
  { sessionMaker: maker }: Access,
  ensureUser: EnsureUser,
) {
  const { exchange, region, corsOrigins, pathPrefix } = config;
  if (exchange === undefined) return undefined;
  const { proof, ...settings } = exchange;
  const handle = createCredentialExchange({
    ...settings,
    region,
    ensureUser,
    prove:
      'issuer' in proof
        ? createTokenProof(createWebIdentities({ issuers: [proof.issuer], clock }), proof.claim)
        : createWebhookProof({ url: proof.webhook, secret: proof.secret, clock }),
    maker,
    clock,
    observe({ userArn, ...told }) {
      const resources = userArn === undefined ? [] : [userArn];
      audit?.record({ event: 'exchange', service: 'sts', ...told, resources });
    },
    report: (error) => log.error({ err: error }, 'an exchange of credentials failed'),
  });
  const forPages = createCors(corsOrigins, { credentials: true }).allow(handle);
  return (request: HttpRequest) =>
    request.target.split('?', 1)[0] === `${pathPrefix}/creds` ? forPages(request) : undefined;
}
