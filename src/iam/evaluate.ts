/**
 * Decides by policies (IAM user guide, "Policy evaluation logic"): an explicit deny anywhere, else an allow by every
 * type of policy that there is, else deny.
 */
import { anyMatches } from './pattern.ts';
import type { PolicyDocument, Statement } from './policy-document.ts';
import type { Span } from './policy-json.ts';
import type { Context } from './policy-variables.ts';
import { namingOf, type TrustedParty } from './principal-element.ts';

export type { Context } from './policy-variables.ts';
export type { TrustedParty } from './principal-element.ts';

export interface AccessQuestion {
  /** For example `ivschat:CreateRoom`; its case does not matter. */
  readonly action: string;
  /** An ARN, or `*` for an action that is about no resource. */
  readonly resource: string;
  readonly context: Context;
}

export interface TrustQuestion {
  readonly principal: TrustedParty;
  /** For example `sts:AssumeRole`. */
  readonly action: string;
  readonly context: Context;
}

export interface NamedPolicy {
  /** As people are shown it. */
  readonly name: string;
  readonly document: PolicyDocument;
}

/** All policies that an access is decided by. */
export interface Policies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy | undefined;
  /** Undefined: there is none. An empty list allows nothing. */
  readonly session?: readonly NamedPolicy[] | undefined;
}

export type PolicyType = 'identity' | 'boundary' | 'session' | 'trust';

export interface DecidingStatement {
  readonly policy: string;
  readonly type: PolicyType;
  readonly index: number;
  /** Where it stands in its document. */
  readonly span: Span;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
}

export interface Decision {
  readonly allowed: boolean;
  readonly why: 'explicitDeny' | 'implicitDeny' | 'allowed';
  /** Those that decided: all that deny it, else all that allow it. */
  readonly statements: readonly DecidingStatement[];
  /** The types of policy of which none allows it. */
  readonly lacking: readonly PolicyType[];
}

export interface TrustDecision extends Decision {
  /** It is allowed to the account alone: policies of whoever asks must allow it, too. */
  readonly byAccount: boolean;
}

export interface ExplainedStatement extends DecidingStatement {
  /** The first element that does not match, for example `NotAction` or `Condition.Bool.aws:SecureTransport`. */
  readonly mismatch: string | undefined;
}

export interface Explanation {
  readonly decision: Decision;
  /** Every statement of every policy, in order. */
  readonly statements: readonly ExplainedStatement[];
}

type Question = AccessQuestion | TrustQuestion;

/** Decides an access to one resource. */
export function evaluate(policies: Policies, question: AccessQuestion): Decision {
  return decide(groupsOf(policies), question);
}

/** Decides whether a role may be assumed, as far as its trust policy goes. */
export function evaluateTrust(document: PolicyDocument, question: TrustQuestion): TrustDecision {
  const decision = decide([{ type: 'trust', policies: [{ name: 'trust policy', document }] }], question);
  const direct = decision.statements.some(({ index }) => {
    const element = document.statements[index]?.principal;
    return element !== undefined && namingOf(element.value, question.principal) === 'directly';
  });
  return { ...decision, byAccount: decision.allowed && !direct };
}

/** Decides, and says of every statement whether it matched, and if not why. */
export function explain(policies: Policies, question: AccessQuestion): Explanation {
  const groups = groupsOf(policies);
  return { decision: decide(groups, question), statements: [...explained(groups, question)] };
}

interface Group {
  readonly type: PolicyType;
  readonly policies: readonly NamedPolicy[];
}

function groupsOf({ identity, boundary, session }: Policies): Group[] {
  const groups: Group[] = [{ type: 'identity', policies: identity }];
  if (boundary) groups.push({ type: 'boundary', policies: [boundary] });
  if (session) groups.push({ type: 'session', policies: session });
  return groups;
}

function decide(groups: readonly Group[], question: Question): Decision {
  const action = question.action.toLowerCase();
  const service = action.slice(0, Math.max(action.indexOf(':'), 0));
  const denying: DecidingStatement[] = [];
  const allowing: DecidingStatement[] = [];
  const lacking: PolicyType[] = [];
  for (const { type, policies } of groups) {
    const before = allowing.length;
    for (const { name, document } of policies) {
      for (const statements of [document.general, document.byService.get(service) ?? NONE]) {
        for (const statement of statements) {
          if (mismatch(statement, action, question) !== undefined) continue;
          const { index, span, sid, effect } = statement;
          (effect === 'Deny' ? denying : allowing).push({ policy: name, type, index, span, sid, effect });
        }
      }
    }
    if (allowing.length === before) lacking.push(type);
  }
  if (denying.length > 0) return { allowed: false, why: 'explicitDeny', statements: denying, lacking };
  if (lacking.length > 0) return { allowed: false, why: 'implicitDeny', statements: allowing, lacking };
  return { allowed: true, why: 'allowed', statements: allowing, lacking };
}

const NONE: readonly Statement[] = [];

function* explained(groups: readonly Group[], question: Question): Generator<ExplainedStatement> {
  const action = question.action.toLowerCase();
  for (const { type, policies } of groups) {
    for (const { name, document } of policies) {
      for (const statement of document.statements) {
        const { index, span, sid, effect } = statement;
        yield { policy: name, type, index, span, sid, effect, mismatch: mismatch(statement, action, question) };
      }
    }
  }
}

/** The first element of a statement that does not match. @param action in lower case */
function mismatch(statement: Statement, action: string, question: Question): string | undefined {
  const { action: actions, resource, principal, conditions } = statement;
  const { context } = question;
  const { exact, patterns } = actions.value;
  const named = exact.has(action) || anyMatches(patterns, action, context);
  if (named === actions.negated) return actions.name;
  if ('resource' in question) {
    const found = resource && anyMatches(resource.value, question.resource, context);
    if (found === undefined || found === resource?.negated) return resource?.name ?? 'Resource';
  } else {
    const found = principal && namingOf(principal.value, question.principal) !== undefined;
    if (found === undefined || found === principal?.negated) return principal?.name ?? 'Principal';
  }
  for (const condition of conditions) if (!condition.holds(context)) return condition.place;
  return undefined;
}
