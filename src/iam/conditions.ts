/** Conditions: the operators of the `Condition` element (IAM user guide, "Condition operators"). */
import { BlockList, isIP } from 'node:net';
import { compileArnPattern, matchesArn } from './arn-pattern.ts';
import { anyMatches, compilePattern, type PatternOptions } from './pattern.ts';
import { quote } from './policy-json.ts';
import type { Context, Variable } from './policy-variables.ts';

/** One key under one operator, with its values. */
export interface Condition {
  /** For example `Condition.StringEquals.aws:username`. */
  readonly place: string;
  /** The condition key as written. */
  readonly name: string;
  readonly variables: readonly Variable[];
  holds(context: Context): boolean;
}

/** The values of one key under one operator. */
interface Values {
  /** Whether a value of the request matches one of them. */
  matches(value: string, context: Context): boolean;
  readonly variables: readonly Variable[];
}

/** @throws SyntaxError when a value is not of the operator's type */
type Compile = (values: readonly string[], variables: boolean) => Values;

interface Operator {
  readonly compile: Compile;
  /** It holds where its opposite does not. */
  readonly negated: boolean;
}

function refuse(value: string, expected: string): never {
  throw new SyntaxError(`holds ${quote(value)}, which is not ${expected}`);
}

function strings(options: PatternOptions): Compile {
  return (values, variables) => {
    const patterns = values.map((value) => compilePattern(value, { ...options, variables }));
    return {
      matches: (value, context) => anyMatches(patterns, value, context),
      variables: patterns.flatMap((pattern) => pattern.variables),
    };
  };
}

const arns: Compile = (values, variables) => {
  const patterns = values.map((value) => compileArnPattern(value, variables));
  return {
    matches: (value, context) => patterns.some((pattern) => matchesArn(pattern, value, context)),
    variables: patterns.flatMap((pattern) => pattern.variables),
  };
};

const booleans: Compile = (values, variables) => {
  const compiled = strings({ ignoreCase: true })(values, variables);
  if (compiled.variables.length === 0)
    for (const value of values) readBoolean(value) ?? refuse(value, '"true" or "false"');
  return compiled;
};

function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === 'true' : undefined;
}

/** Values that have an order. One of the request that is not of their type matches nothing. */
function ordered(
  read: (text: string) => number | undefined,
  expected: string,
  compare: (value: number, limit: number) => boolean,
): Compile {
  return (values) => {
    const limits = values.map((value) => read(value) ?? refuse(value, expected));
    return {
      matches(text) {
        const value = read(text);
        return value !== undefined && limits.some((limit) => compare(value, limit));
      },
      variables: [],
    };
  };
}

function readNumber(text: string): number | undefined {
  return /^[+-]?\d{1,300}(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const DATE = /^\d{4}(?:-\d\d(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?$/;

/** Reads a date of the W3C's profile of ISO 8601, or seconds since 1970. Four digits are a year. */
function readDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return /^\d{5,15}(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : undefined;
  const time = Date.parse(text);
  const [, day] = match;
  const exists = day === undefined || new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDate() === Number(day);
  return exists && !Number.isNaN(time) ? time : undefined;
}

/** Ranges of addresses. One without a prefix length is a single address. */
const addresses: Compile = (values) => {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const value of values) {
    const [, address = '', prefix] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(value) ?? [];
    const family = familyOf(address);
    const bits = family === 'ipv4' ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (family === undefined || length > bits) refuse(value, 'an IP address or a CIDR range');
    lists[family].addSubnet(address, length, family);
  }
  return {
    matches(text) {
      // An IPv4 client of a socket that serves both has this form.
      const address = text.replace(/^::ffff:(?=[\d.]+$)/i, '');
      const family = familyOf(address);
      return family !== undefined && lists[family].check(address, family);
    },
    variables: [],
  };
};

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  return ({ 4: 'ipv4', 6: 'ipv6' } as const)[isIP(address)];
}

/** The base64 of bytes. */
const binaries: Compile = (values) => {
  const canonical = (text: string) => Buffer.from(text, 'base64').toString('base64');
  for (const value of values) if (canonical(value) !== value) refuse(value, 'base64');
  return { matches: (value) => values.includes(canonical(value)), variables: [] };
};

type Entry = readonly [name: string, operator: Operator];

function alone(name: string, compile: Compile): Entry {
  return [name, { compile, negated: false }];
}

function withOpposite(name: string, opposite: string, compile: Compile): Entry[] {
  return [alone(name, compile), [opposite, { compile, negated: true }]];
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  LessThan: (value, limit) => value < limit,
  LessThanEquals: (value, limit) => value <= limit,
  GreaterThan: (value, limit) => value > limit,
  GreaterThanEquals: (value, limit) => value >= limit,
};

function comparisons(type: string, read: (text: string) => number | undefined, expected: string): Entry[] {
  const equals = ordered(read, expected, (value, limit) => value === limit);
  return [
    ...withOpposite(`${type}Equals`, `${type}NotEquals`, equals),
    ...Object.entries(COMPARISONS).map(([name, compare]) => alone(type + name, ordered(read, expected, compare))),
  ];
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...withOpposite('StringEquals', 'StringNotEquals', strings({})),
  ...withOpposite('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', strings({ ignoreCase: true })),
  ...withOpposite('StringLike', 'StringNotLike', strings({ wildcards: true })),
  ...comparisons('Numeric', readNumber, 'a number'),
  ...comparisons('Date', readDate, 'an ISO 8601 date or a number of seconds since 1970'),
  alone('Bool', booleans),
  alone('BinaryEquals', binaries),
  ...withOpposite('IpAddress', 'NotIpAddress', addresses),
  ...withOpposite('ArnEquals', 'ArnNotEquals', arns),
  ...withOpposite('ArnLike', 'ArnNotLike', arns),
]);

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

/** Compiles the values of one key. @throws SyntaxError when one is not of the operator's type */
export type CompileCondition = (name: string, values: readonly string[], variables: boolean) => Condition;

/**
 * Finds an operator by its name, such as `ForAnyValue:StringLikeIfExists`.
 *
 * When a request lacks the key, the condition holds under negated operators, `…IfExists` and `ForAllValues`, and fails
 * under all others, `ForAnyValue` with a negated operator included. When it has several values and neither
 * `ForAllValues` nor `ForAnyValue` is there, one of them must match; under a negated operator none may. A variable
 * without a value equals nothing: the condition fails, or holds if negated.
 * @throws SyntaxError when there is no such operator
 */
export function findOperator(operator: string): CompileCondition {
  const place = `Condition.${operator}`;
  if (operator === 'Null') {
    return (name, values) => ({ place: `${place}.${name}`, name, variables: [], holds: compileNull(name, values) });
  }
  const [, set, plain = '', ifExists] = OPERATOR.exec(operator) ?? [];
  const found = OPERATORS.get(plain);
  if (!found) throw new SyntaxError('is no condition operator');
  const { compile, negated } = found;
  const holdsIfAbsent = ifExists !== undefined || set === 'ForAllValues' || (negated && set === undefined);
  return (name, texts, withVariables) => {
    const key = name.toLowerCase();
    const values = compile(texts, withVariables);
    const holds = (context: Context) => {
      const present = context.get(key);
      if (isAbsent(present)) return holdsIfAbsent;
      if (set === undefined) return present.some((value) => values.matches(value, context)) !== negated;
      if (isNull(present)) return set === 'ForAllValues';
      const passes = (value: string) => values.matches(value, context) !== negated;
      return set === 'ForAllValues' ? present.every(passes) : present.some(passes);
    };
    return { place: `${place}.${name}`, name, variables: values.variables, holds };
  };
}

/** `Null` is "true" for a key that is absent or has empty values alone. */
function compileNull(name: string, values: readonly string[]): (context: Context) => boolean {
  const key = name.toLowerCase();
  const wanted = values.map((value) => readBoolean(value) ?? refuse(value, '"true" or "false"'));
  return (context) => {
    const present = context.get(key);
    return wanted.includes(isAbsent(present) || isNull(present));
  };
}

function isAbsent(values: readonly string[] | undefined): values is undefined {
  return values === undefined || values.length === 0;
}

function isNull(values: readonly string[]): boolean {
  return values.every((value) => value === '');
}
