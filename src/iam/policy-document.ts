/**
 * Policy documents, read and compiled when they are put (IAM user guide, "Grammar of the IAM JSON policy language").
 */
import { compileResource } from './arn-pattern.ts';
import { type Condition, findOperator } from './conditions.ts';
import {
  compileAt,
  MalformedPolicy,
  readChoice,
  readList,
  readObject,
  readScalar,
  readString,
  refuseUnknownMembers,
} from './malformed-policy.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { type Json, type JsonObject, parseJson, quote, type Span } from './policy-json.ts';
import type { Variable } from './policy-variables.ts';
import { EVERYBODY, type PrincipalElement, type PrincipalType, readPrincipal } from './principal-element.ts';

export { MalformedPolicy } from './malformed-policy.ts';

/** What a document is for. A trust policy says who may assume a role: it has principals and no resources. */
export type PolicyKind = 'identity' | 'trust';

export interface PolicyDocument {
  readonly kind: PolicyKind;
  readonly statements: readonly Statement[];
  /** Statements that are about the actions of some services alone, by the services' prefixes in lower case. */
  readonly byService: ReadonlyMap<string, readonly Statement[]>;
  /** All other statements. */
  readonly general: readonly Statement[];
  /** The condition keys that it asks for, in conditions and variables, as they are written. */
  readonly contextKeys: readonly string[];
}

/** An element: what it names or, negated (`Not…`), all but that. */
export interface Element<T> {
  /** For example `NotAction`. */
  readonly name: string;
  readonly negated: boolean;
  readonly value: T;
}

export interface Actions {
  /** Those without wildcards, in lower case. */
  readonly exact: ReadonlySet<string>;
  readonly patterns: readonly Pattern[];
  /** The prefixes of all services concerned, in lower case. Undefined: of any. */
  readonly services: ReadonlySet<string> | undefined;
}

export interface Statement {
  readonly index: number;
  /** Where it stands in the document. */
  readonly span: Span;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly action: Element<Actions>;
  /** Undefined in trust policies. */
  readonly resource: Element<readonly Pattern[]> | undefined;
  /** Undefined in identity policies. */
  readonly principal: Element<PrincipalElement> | undefined;
  readonly conditions: readonly Condition[];
}

/** How large documents may be: characters as `policySize` counts them (IAM user guide, "IAM and AWS STS quotas"). */
export const POLICY_SIZE_LIMITS = {
  managed: 6_144,
  /** All inline policies of one user together. */
  user: 2_048,
  /** All inline policies of one group together. */
  group: 5_120,
  /** All inline policies of one role together. */
  role: 10_240,
  trust: 2_048,
  session: 2_048,
} as const;

/** Longer text is not looked at: IAM's model has this bound for every document. */
const MAXIMUM_LENGTH = 131_072;

/** The size of a document: its characters without white space. */
export function policySize(text: string): number {
  return text.replace(/\s+/g, '').length;
}

/**
 * Reads and compiles a document. Its size is the caller's to limit, since IAM answers too large a one with an error
 * of its own.
 * @throws MalformedPolicy
 */
export function parsePolicyDocument(text: string, kind: PolicyKind): PolicyDocument {
  if (text.length > MAXIMUM_LENGTH) throw new MalformedPolicy('', `is longer than ${MAXIMUM_LENGTH} characters`);
  const json = compileAt('', () => parseJson(text));
  const document = readObject(json, '');
  refuseUnknownMembers(document, '', ['Version', 'Id', 'Statement']);
  const version = document.has('Version')
    ? readChoice(document.get('Version'), 'Version', ['2008-10-17', '2012-10-17'])
    : '2008-10-17';
  if (document.has('Id')) readString(document.get('Id'), 'Id');
  const listed = document.get('Statement');
  if (listed === undefined) throw new MalformedPolicy('', 'must have a Statement');
  const statements = (
    Array.isArray(listed) ? readList(listed, 'Statement', readObject) : [readObject(listed, 'Statement[0]')]
  ).map((statement, index) => readStatement(statement, index, kind, version === '2012-10-17'));
  refuseRepeatedSids(statements);
  return Object.freeze({
    kind,
    statements: Object.freeze(statements),
    ...indexByService(statements),
    contextKeys: keysOf(statements),
  });
}

function readStatement(members: JsonObject, index: number, kind: PolicyKind, variables: boolean): Statement {
  const place = `Statement[${index}]`;
  const subject = kind === 'trust' ? 'Principal' : 'Resource';
  refuseUnknownMembers(members, place, ['Sid', 'Effect', 'Action', 'NotAction', subject, `Not${subject}`, 'Condition']);
  if (!members.has('Effect')) throw new MalformedPolicy(place, 'must have an Effect');
  const statement: Statement = {
    index,
    span: members.span,
    sid: members.has('Sid') ? readSid(members.get('Sid'), `${place}.Sid`) : undefined,
    effect: readChoice(members.get('Effect'), `${place}.Effect`, ['Allow', 'Deny']),
    action: readElement(members, place, 'Action', kind === 'trust' ? readTrustActions : readActions),
    resource:
      kind === 'trust'
        ? undefined
        : readElement(members, place, 'Resource', (json, at) => readResources(json, at, variables)),
    principal: kind === 'trust' ? readElement(members, place, 'Principal', readPrincipals) : undefined,
    conditions: readConditions(members.get('Condition'), place, variables),
  };
  if (statement.principal?.negated && statement.effect === 'Allow') {
    throw new MalformedPolicy(
      `${place}.NotPrincipal`,
      'must not stand beside "Effect": "Allow": it would trust everybody else',
    );
  }
  return Object.freeze(statement);
}

/** Reads an element or its negated form, of which there must be one. */
function readElement<T>(
  members: JsonObject,
  place: string,
  plain: string,
  read: (json: Json, place: string) => T,
): Element<T> {
  const negated = `Not${plain}`;
  if (members.has(plain) && members.has(negated))
    throw new MalformedPolicy(place, `must not have both ${plain} and ${negated}`);
  const name = members.has(negated) ? negated : plain;
  const json = members.get(name);
  if (json === undefined) throw new MalformedPolicy(place, `must have ${plain} or ${negated}`);
  return { name, negated: name === negated, value: read(json, `${place}.${name}`) };
}

function readSid(json: Json | undefined, place: string): string | undefined {
  const sid = readString(json, place);
  if (!/^[0-9A-Za-z]*$/.test(sid)) throw new MalformedPolicy(place, 'must consist of letters and digits');
  return sid === '' ? undefined : sid;
}

function refuseRepeatedSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { index, sid } of statements) {
    if (sid !== undefined && seen.has(sid)) throw new MalformedPolicy(`Statement[${index}].Sid`, `repeats "${sid}"`);
    if (sid !== undefined) seen.add(sid);
  }
}

const ACTION = /^(?:\*|[\w*?-]+:[\w*?.-]+)$/;

function readActions(json: Json, place: string): Actions {
  const texts = readList(json, place, (action, at) => {
    const text = readString(action, at).toLowerCase();
    if (!ACTION.test(text))
      throw new MalformedPolicy(at, 'must be "*" or a service and its action, such as "ivschat:CreateRoom"');
    return text;
  });
  const isWild = (text: string) => /[*?]/.test(text);
  const services = texts.map((text) => text.split(':', 1).join());
  return {
    exact: new Set(texts.filter((text) => !isWild(text))),
    patterns: texts.filter(isWild).map((text) => compilePattern(text, { wildcards: true })),
    services: services.some(isWild) ? undefined : new Set(services),
  };
}

function readTrustActions(json: Json, place: string): Actions {
  const actions = readActions(json, place);
  const [service, ...others] = actions.services ?? [];
  if (service === 'sts' && others.length === 0) return actions;
  throw new MalformedPolicy(place, 'must name actions of sts alone, such as "sts:AssumeRole"');
}

function readResources(json: Json, place: string, variables: boolean): Pattern[] {
  return readList(json, place, (resource, at) => {
    const text = readString(resource, at);
    return compileAt(at, () => compileResource(text, variables));
  }).flat();
}

function readPrincipals(json: Json, place: string): PrincipalElement {
  if (json === '*') return EVERYBODY;
  const types = readObject(json, place);
  refuseUnknownMembers(types, place, ['AWS', 'Federated', 'Service']);
  if (types.size === 0) throw new MalformedPolicy(place, 'must name somebody');
  const read = (type: PrincipalType) => {
    const listed = types.get(type);
    if (listed === undefined) return new Set<string>();
    return new Set(
      readList(listed, `${place}.${type}`, (principal, at) => {
        const text = readString(principal, at);
        return compileAt(at, () => readPrincipal(type, text));
      }),
    );
  };
  return { everybody: false, AWS: read('AWS'), Federated: read('Federated'), Service: read('Service') };
}

function readConditions(json: Json | undefined, place: string, variables: boolean): Condition[] {
  if (json === undefined) return [];
  const conditions: Condition[] = [];
  for (const [operator, keys] of readObject(json, `${place}.Condition`)) {
    const at = `${place}.Condition.${operator}`;
    const compile = compileAt(at, () => findOperator(operator));
    for (const [key, listed] of readObject(keys, at)) {
      if (!/^[^:]+:./.test(key))
        throw new MalformedPolicy(
          at,
          `must not ask for ${quote(key)}: condition keys have a prefix, such as "aws:SourceIp"`,
        );
      const values = readList(listed, `${at}.${key}`, readScalar);
      conditions.push(compileAt(`${at}.${key}`, () => compile(key, values, variables)));
    }
  }
  return conditions;
}

function indexByService(statements: readonly Statement[]): Pick<PolicyDocument, 'byService' | 'general'> {
  const byService = new Map<string, Statement[]>();
  const general: Statement[] = [];
  for (const statement of statements) {
    const { negated, value } = statement.action;
    if (negated || value.services === undefined) {
      general.push(statement);
      continue;
    }
    for (const service of value.services) {
      const known = byService.get(service);
      if (known) known.push(statement);
      else byService.set(service, [statement]);
    }
  }
  return { byService, general };
}

function keysOf(statements: readonly Statement[]): string[] {
  const names = statements.flatMap(({ resource, conditions }) => [
    ...(resource?.value ?? []).flatMap(namesOf),
    ...conditions.flatMap((condition) => [condition.name, ...namesOf(condition)]),
  ]);
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}

function namesOf({ variables }: { readonly variables: readonly Variable[] }): string[] {
  return variables.map(({ name }) => name);
}
