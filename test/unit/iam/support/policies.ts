/** Policies and requests as the tests of this folder write them. */
import { type AccessQuestion, type Decision, evaluate } from '../../../../src/iam/evaluate.ts';
import { type PolicyDocument, parsePolicyDocument } from '../../../../src/iam/policy-document.ts';

export const ACCOUNT = '123456789012';
export const ROOM = `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/abc`;
export const APP_INSTANCE = `arn:aws:chime:us-east-1:${ACCOUNT}:app-instance/694d2099`;

export type Facts = Readonly<Record<string, string | readonly string[]>>;

/** Puts facts into the form the evaluator takes. */
export function contextOf(facts: Facts): AccessQuestion['context'] {
  return new Map(Object.entries(facts).map(([key, values]) => [key.toLowerCase(), [values].flat()]));
}

/** A document of statements, which allow everything where they say nothing else. */
export function policy(...statements: readonly object[]): PolicyDocument {
  return policyOfVersion('2012-10-17', ...statements);
}

export function policyOfVersion(version: string, ...statements: readonly object[]): PolicyDocument {
  const Statement = statements.map((statement) => ({
    Effect: 'Allow',
    ...('NotAction' in statement ? {} : { Action: '*' }),
    ...('NotResource' in statement ? {} : { Resource: '*' }),
    ...statement,
  }));
  return parsePolicyDocument(JSON.stringify({ Version: version, Statement }), 'identity');
}

export interface Request {
  readonly action?: string;
  readonly resource?: string;
  readonly facts?: Facts;
}

/** Decides a request: `ivschat:GetRoom` on a room if it says nothing else. */
export function decide(document: PolicyDocument, request: Request = {}): Decision {
  const { action = 'ivschat:GetRoom', resource = ROOM, facts = {} } = request;
  return evaluate({ identity: [{ name: 'policy', document }] }, { action, resource, context: contextOf(facts) });
}

export function allows(document: PolicyDocument, request?: Request): boolean {
  return decide(document, request).allowed;
}

/** Whether a statement with this condition takes effect in a request with these facts. */
export function holds(Condition: object, facts: Facts = {}): boolean {
  return allows(policy({ Condition }), { facts });
}
