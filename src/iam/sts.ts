/** STS: temporary credentials. */
import { createScope } from '../aws/arn.ts';
import { AccessDenied } from '../aws/errors.ts';
import type { Operations, Service } from '../aws/operation.ts';
import { integer, optional, string, structure } from '../aws/shape.ts';
import { findRole, requireTrust, sessionTags, startSession } from './assume-role.ts';
import { principalFacts } from './condition-context.ts';
import {
  invalid,
  MalformedPolicyDocument,
  PackedPolicyTooLarge,
  ServiceFailure,
  Throttling,
  ValidationError,
} from './errors.ts';
import { operation, type StsContext } from './sts-operation.ts';
import { assumedRole, Credentials, Mfa, roleSession, SessionName } from './sts-shapes.ts';
import { requestTags, TagKeys, Tags, writeTags } from './tags.ts';
import { assumeRoleWithWebIdentity } from './web-identity-role.ts';

/** Seconds: of a user's session and of the root's. */
const DEFAULT_SECONDS = 43_200;
const ROOT_SECONDS = 3600;
/** Of a session that a role session has started. */
const CHAINED_SECONDS = 3600;

export const stsOperations = {
  GetCallerIdentity: operation({
    action: 'sts:GetCallerIdentity',
    resource: () => '*',
    admits: 'signed',
    input: structure({}),
    output: structure({ UserId: string(), Account: string(), Arn: string() }),
    errors: [],
    handle({ principal }) {
      const [userId = principal.id] = principalFacts(principal, undefined).get('aws:userid') ?? [];
      return { UserId: userId, Account: principal.accountId, Arn: principal.arn };
    },
  }),

  GetSessionToken: operation({
    action: 'sts:GetSessionToken',
    resource: () => '*',
    admits: 'signed',
    input: structure({ DurationSeconds: optional(integer({ min: 900, max: 129_600 })), ...Mfa }),
    output: structure({ Credentials }),
    errors: [AccessDenied],
    handle({ input, principal, clock, sessions }) {
      if (principal.session) throw AccessDenied({ message: 'Cannot call GetSessionToken with session credentials' });
      refuseMfa(input);
      const asked = input.DurationSeconds ?? DEFAULT_SECONDS;
      const seconds = principal.type === 'Account' ? Math.min(asked, ROOT_SECONDS) : asked;
      const issuedAt = clock.now();
      const session = { tags: {}, issuedAt, expiresAt: issuedAt + seconds * 1000 };
      const { type, arn, accountId, id } = principal;
      return { Credentials: sessions.issue({ type, arn, accountId, id, session }).credentials };
    },
  }),

  AssumeRole: operation({
    action: 'sts:AssumeRole',
    resource: ({ input }) => input.RoleArn,
    admits: 'signed',
    input: structure({
      ...roleSession,
      Tags: optional(Tags),
      TransitiveTagKeys: optional(TagKeys),
      ExternalId: optional(string({ min: 2, max: 1224, pattern: /[\w+=,.@:/-]*/ })),
      SourceIdentity: optional(SessionName),
      ...Mfa,
    }),
    output: structure(assumedRole),
    errors: [AccessDenied, MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError],
    async handle(call) {
      const { input, principal } = call;
      const before = principal.session;
      refuseMfa(input);
      writeTags(input.Tags);
      const asked = requestTags(input) ?? {};
      const sourceIdentity = input.SourceIdentity ?? before?.sourceIdentity;
      const conditions: Record<string, string> = { 'sts:RoleSessionName': input.RoleSessionName };
      if (input.ExternalId !== undefined) conditions['sts:ExternalId'] = input.ExternalId;
      if (sourceIdentity !== undefined) conditions['sts:SourceIdentity'] = sourceIdentity;
      const actions = ['sts:AssumeRole'];
      if (Object.keys(asked).length > 0) actions.push('sts:TagSession');
      if (sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity');
      const found = await findRole(call, input.RoleArn);
      const role = await requireTrust(call, found, input.RoleArn, { actions, requestTags: asked, conditions });
      if (before?.sourceIdentity !== undefined && before.sourceIdentity !== sourceIdentity) {
        throw AccessDenied({ message: 'The source identity of a session cannot be changed.' });
      }
      if (principal.type === 'AssumedRole' && (input.DurationSeconds ?? 0) > CHAINED_SECONDS) {
        throw ValidationError({
          message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
        });
      }
      return startSession(call, role, input, {
        ...sessionTags(asked, input.TransitiveTagKeys ?? [], before),
        ...(sourceIdentity !== undefined && { sourceIdentity }),
      });
    },
  }),

  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
};

/** There are no MFA devices here, so no code can be right. */
function refuseMfa({
  SerialNumber,
  TokenCode,
}: {
  readonly SerialNumber?: unknown;
  readonly TokenCode?: unknown;
}): void {
  if (SerialNumber === undefined && TokenCode === undefined) return;
  throw AccessDenied({ message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.' });
}

/** @param options.take takes a token of the rate of signed calls; false: it is used up */
export function createStsService(options: {
  readonly accountId: string;
  readonly context: StsContext;
  take(): boolean;
}): Service<StsContext> {
  const operations: Operations<StsContext> = stsOperations;
  return {
    name: 'sts',
    signingName: 'sts',
    global: true,
    query: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    scope: createScope('sts', '', options.accountId),
    operations,
    context: options.context,
    throttle(name) {
      if (operations[name]?.admits === 'anybody' || options.take()) return;
      throw Throttling({ message: 'Rate exceeded' });
    },
    invalid: (problems) => invalid(...problems),
    internal: () => ServiceFailure({ message: 'The server encountered an error and could not complete the request.' }),
  };
}
