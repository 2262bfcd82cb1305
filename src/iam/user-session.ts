/** Sessions of a role that are bound to one user of an app instance (spec/chime-messaging 7 A). */
import { createHash } from 'node:crypto';
import { accessDenied } from '../aws/errors.ts';
import type { AccessContext } from '../aws/ports.ts';
import { findRole, type SessionMaker, startSession, trusts } from './assume-role.ts';
import { conditionContext } from './condition-context.ts';
import { rootPrincipal } from './principals.ts';

/** What the role's trust policy must allow to the account. */
const ACTIONS = ['sts:AssumeRole', 'sts:TagSession'];
/** The tag that policies know the user by. */
const USER_TAG = 'UserUUID';
const SESSION_NAME_MAX = 64;
const DIGEST_LENGTH = 12;

/** Whoever could be acted as, of whatever app instance. */
const EVERYBODY = ['arn:*:chime:*:*:app-instance/*/user/*', 'arn:*:chime:*:*:app-instance/*/bot/*'];
/** What of others may be read, as none of them. */
const READS = [
  'chime:DescribeAppInstanceAdmin',
  'chime:DescribeAppInstanceBot',
  'chime:DescribeAppInstanceUser',
  'chime:ListAppInstanceAdmins',
  'chime:ListAppInstanceBots',
  'chime:ListAppInstanceUsers',
];

export interface UserSessionRequest {
  readonly roleArn: string;
  readonly userId: string;
  readonly userArn: string;
  /** At most; a role may have shorter sessions. */
  readonly seconds: number;
  /** The facts that the trust policy may ask for. */
  readonly access: AccessContext;
}

/**
 * Starts a session of the role that is tagged with the user's id, and that can act as this user alone, whatever the
 * role may do. The server assumes the role as the root of the account.
 * @throws AccessDenied when there is no such role, or its trust policy does not let the account in
 */
export async function startUserSession(context: SessionMaker, request: UserSessionRequest) {
  const { roleArn, userId, userArn, seconds, access } = request;
  const tags = { [USER_TAG]: userId };
  const RoleSessionName = sessionName(userId);
  const role = await findRole(context, roleArn);
  const root = rootPrincipal(context.scope.accountId);
  const conditions = { 'sts:RoleSessionName': RoleSessionName };
  const facts = conditionContext(root, undefined, { ...access, requestTags: tags, conditions });
  const denied = ACTIONS.find((action) => !role || !trusts(role, root, action, facts).allowed);
  if (!role || denied !== undefined) throw accessDenied(root.arn, denied ?? 'sts:AssumeRole', roleArn);
  const DurationSeconds = Math.min(seconds, role.max_session_duration);
  return startSession(context, role, { RoleSessionName, Policy: boundTo(userArn), DurationSeconds }, { tags });
}

/**
 * The session policy for one user, as JSON. A user is acted as by naming its ARN, as bearer or at `/connect`, and all
 * resources of a request must be allowed. So every user and bot is left out but the one; what is no user, such as
 * channels, stays as the role has it. Other services are denied and not merely left out, for a role whose trust policy
 * names this one does not ask what the session allows, and its own sessions would not be bound.
 */
export function boundTo(userArn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'chime:*', NotResource: EVERYBODY },
      { Effect: 'Allow', Action: 'chime:*', Resource: userArn },
      { Effect: 'Allow', Action: READS, Resource: EVERYBODY },
      { Effect: 'Deny', NotAction: 'chime:*', Resource: '*' },
    ],
  });
}

/**
 * `chime_` and the user's id; where that is no name of a session, a digest keeps two users apart. The comma before it is
 * in no user id.
 */
function sessionName(userId: string): string {
  const whole = `chime_${userId}`;
  const name = whole.replace(/[^\w+=,.@-]/g, '-');
  if (name === whole && name.length <= SESSION_NAME_MAX) return name;
  const digest = createHash('sha256').update(userId).digest('hex').slice(0, DIGEST_LENGTH);
  return `${name.slice(0, SESSION_NAME_MAX - DIGEST_LENGTH - 1)},${digest}`;
}
