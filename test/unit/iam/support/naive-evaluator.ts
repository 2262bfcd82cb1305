/**
 * Policies decided slowly and obviously: straight over the JSON, with nothing compiled, cached or indexed. The
 * evaluator must come to the same decisions.
 */
import { isIP } from 'node:net';

export type Values = string | readonly string[];

export interface RawStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: Values;
  readonly NotAction?: Values;
  readonly Resource?: Values;
  readonly NotResource?: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

export interface RawPolicy {
  readonly Version: '2008-10-17' | '2012-10-17';
  readonly Statement: readonly RawStatement[];
}

export interface RawPolicies {
  readonly identity: readonly RawPolicy[];
  readonly boundary?: RawPolicy | undefined;
  readonly session?: readonly RawPolicy[] | undefined;
}

export interface RawRequest {
  readonly action: string;
  readonly resource: string;
  /** By condition key in lower case. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

export type Verdict = 'explicitDeny' | 'implicitDeny' | 'allowed';

export function evaluateNaively({ identity, boundary, session }: RawPolicies, request: RawRequest): Verdict {
  const types = [identity, ...(boundary ? [[boundary]] : []), ...(session ? [session] : [])];
  const someStatement = (policies: readonly RawPolicy[], effect: 'Allow' | 'Deny') =>
    policies.some(({ Version, Statement }) =>
      Statement.some((statement) => statement.Effect === effect && applies(statement, Version, request)),
    );
  if (types.some((policies) => someStatement(policies, 'Deny'))) return 'explicitDeny';
  return types.every((policies) => someStatement(policies, 'Allow')) ? 'allowed' : 'implicitDeny';
}

function applies(statement: RawStatement, version: RawPolicy['Version'], request: RawRequest): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const variables = version === '2012-10-17';
  const isAction = (value: string) => like(wildcards(value.toLowerCase()), request.action.toLowerCase());
  const isResource = (value: string) => {
    const marks = marksOf(value, variables, request);
    return marks !== undefined && completions(value, marks).some((one) => like(one, request.resource));
  };
  if (Action !== undefined && ![Action].flat().some(isAction)) return false;
  if (NotAction !== undefined && [NotAction].flat().some(isAction)) return false;
  if (Resource !== undefined && ![Resource].flat().some(isResource)) return false;
  if (NotResource !== undefined && [NotResource].flat().some(isResource)) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, key, [values].flat(), variables, request)),
  );
}

/** One character of a pattern. */
type Mark = { readonly wildcard: '*' | '?' } | { readonly literal: string };

function wildcards(text: string): Mark[] {
  return [...text].map((char) => (char === '*' || char === '?' ? { wildcard: char } : { literal: char }));
}

function literals(text: string): Mark[] {
  return [...text].map((char) => ({ literal: char }));
}

/** A pattern with its variables replaced. Undefined: one has no value. */
function marksOf(text: string, variables: boolean, { context }: RawRequest): Mark[] | undefined {
  if (!variables) return wildcards(text);
  const marks: Mark[] = [];
  for (const [part] of text.matchAll(/\$\{[^}]*\}|./gs)) {
    const [name = '', fallback] = part.slice(2, -1).split(/, ?/);
    if (part.length === 1) {
      marks.push(...wildcards(part));
    } else if (['*', '?', '$'].includes(name)) {
      marks.push(...literals(name));
    } else {
      const values = context[name.toLowerCase()] ?? [];
      const value = values.length === 1 ? values[0] : fallback?.slice(1, -1);
      if (value === undefined) return undefined;
      marks.push(...literals(value));
    }
  }
  return marks;
}

/** The wildcard matcher of the textbook. */
function like([mark, ...marks]: readonly Mark[], text: string): boolean {
  if (mark === undefined) return text === '';
  if ('literal' in mark) return text.startsWith(mark.literal) && like(marks, text.slice(mark.literal.length));
  if (mark.wildcard === '?') return text !== '' && like(marks, text.slice(1));
  return like(marks, text) || (text !== '' && like([mark, ...marks], text.slice(1)));
}

/** An ARN that lacks fields stands for itself and for the one with `*` in their place. */
function completions(text: string, marks: readonly Mark[]): (readonly Mark[])[] {
  const missing = 6 - fieldsOf(text).length;
  return text === '*' ? [marks] : [marks, [...marks, ...wildcards(':*'.repeat(missing))]];
}

/** Cuts at the first five colons that are not in variables. */
function fieldsOf(text: string): string[] {
  const hidden = text.replaceAll(/\$\{[^}]*\}/g, (variable) => variable.replaceAll(':', '\0'));
  const [prefix, partition, service, region, account, ...resource] = hidden.split(':');
  return [prefix, partition, service, region, account, resource.length > 0 ? resource.join(':') : undefined]
    .filter((field) => field !== undefined)
    .map((field) => field.replaceAll('\0', ':'));
}

function holds(
  operator: string,
  key: string,
  wanted: readonly string[],
  variables: boolean,
  request: RawRequest,
): boolean {
  const [, set, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const present = request.context[key.toLowerCase()] ?? [];
  const isNull = present.every((value) => value === '');
  if (name === 'Null') return wanted.some((value) => value.toLowerCase() === String(isNull));

  const positive = name.replace('Not', '');
  const negated = positive !== name;
  if (present.length === 0) {
    if (ifExists || set === 'ForAllValues') return true;
    return set === undefined && negated;
  }
  if (set !== undefined && isNull) return set === 'ForAllValues';
  const isWanted = (value: string) => wanted.some((one) => compare(positive, value, one, variables, request));
  if (set === 'ForAllValues') return present.every((value) => isWanted(value) !== negated);
  if (set === 'ForAnyValue') return present.some((value) => isWanted(value) !== negated);
  return negated ? !present.some(isWanted) : present.some(isWanted);
}

function compare(operator: string, value: string, wanted: string, variables: boolean, request: RawRequest): boolean {
  const marks = marksOf(wanted, variables, request);
  // Without wildcards, `*` and `?` are characters like others.
  const text = marks?.map((mark) => ('literal' in mark ? mark.literal : mark.wildcard)).join('');
  switch (operator) {
    case 'StringEquals':
      return value === text;
    case 'StringEqualsIgnoreCase':
    case 'Bool':
      return value.toLowerCase() === text?.toLowerCase();
    case 'StringLike':
      return marks !== undefined && like(marks, value);
    case 'ArnEquals':
    case 'ArnLike':
      return likeArn(value, wanted, variables, request);
    case 'BinaryEquals':
      return Buffer.from(value, 'base64').equals(Buffer.from(wanted, 'base64'));
    case 'IpAddress':
      return inRange(value, wanted);
    default: {
      const [, type, comparison = ''] = /^(Numeric|Date)(.*)$/.exec(operator) ?? [];
      const read = type === 'Date' ? dateOf : numberOf;
      return inOrder(comparison, read(value), read(wanted));
    }
  }
}

function likeArn(arn: string, wanted: string, variables: boolean, request: RawRequest): boolean {
  const patterns = fieldsOf(wanted);
  const texts = patterns.length === 6 ? fieldsOf(arn) : [arn];
  const whole = patterns.length === 6 ? patterns : [wanted];
  return (
    texts.length === whole.length &&
    whole.every((pattern, index) => {
      const marks = marksOf(pattern, variables, request);
      return marks !== undefined && like(marks, texts[index] ?? '');
    })
  );
}

/** NaN, which compares with nothing, when it is none. */
function numberOf(text: string): number {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** NaN when it is none. */
function dateOf(text: string): number {
  if (/^\d{5,15}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  return /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}

function inOrder(comparison: string, value: number, limit: number): boolean {
  if (comparison === 'LessThan') return value < limit;
  if (comparison === 'LessThanEquals') return value <= limit;
  if (comparison === 'GreaterThan') return value > limit;
  if (comparison === 'GreaterThanEquals') return value >= limit;
  return value === limit;
}

function inRange(address: string, range: string): boolean {
  const [start = '', length] = range.split('/');
  if (isIP(address) === 0 || isIP(address) !== isIP(start)) return false;
  const bits = bitsOf(start);
  return bitsOf(address).startsWith(bits.slice(0, Number(length ?? bits.length)));
}

/** An address in binary digits. */
function bitsOf(address: string): string {
  if (!address.includes(':')) {
    const bytes = address.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
    return bytes.join('');
  }
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}
