import { AccessDenied } from '../aws/errors.ts';
import { optional, string, structure } from '../aws/shape.ts';
import { findRole, sessionTags, startSession, trusts } from './assume-role.ts';
import { conditionContext } from './condition-context.ts';
import { MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError } from './errors.ts';
import { operation } from './sts-operation.ts';
import { assumedRole, roleSession } from './sts-shapes.ts';
import { ExpiredIdentityToken, IdpCommunicationError, IdpRejectedClaim, InvalidIdentityToken } from './web-identity.ts';

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** Nobody signs it: the token of an OpenID Connect issuer stands for who asks. */
export const assumeRoleWithWebIdentity = operation({
  action: ACTION,
  resource: ({ input }) => input.RoleArn,
  admits: 'anybody',
  input: structure({
    ...roleSession,
    WebIdentityToken: string({ min: 4, max: 20_000 }),
    ProviderId: optional(string({ min: 4, max: 2048 })),
  }),
  output: structure({
    ...assumedRole,
    SubjectFromWebIdentityToken: string(),
    Provider: string(),
    Audience: string(),
  }),
  errors: [
    AccessDenied,
    ExpiredIdentityToken,
    IdpCommunicationError,
    IdpRejectedClaim,
    InvalidIdentityToken,
    MalformedPolicyDocument,
    PackedPolicyTooLarge,
    ValidationError,
  ],
  async handle(call) {
    const { input, principal, access, webIdentities, iamScope } = call;
    const { provider, issuer, subject, audience } = await webIdentities.verify(input.WebIdentityToken);
    const federated = iamScope.arn(`oidc-provider/${provider}`);
    const claims = {
      [`${provider}:sub`]: subject,
      [`${provider}:aud`]: audience,
      'aws:FederatedProvider': federated,
    };
    const conditions = { ...claims, 'sts:RoleSessionName': input.RoleSessionName };
    const role = await findRole(call, input.RoleArn);
    const facts = conditionContext(principal, undefined, { ...access, conditions });
    if (!role || !trusts(role, { federated }, ACTION, facts).allowed) {
      throw AccessDenied({ message: `Not authorized to perform ${ACTION}` });
    }
    const session = await startSession(call, role, input, { ...sessionTags({}, [], undefined), claims });
    return { ...session, SubjectFromWebIdentityToken: subject, Provider: issuer, Audience: audience };
  },
});
