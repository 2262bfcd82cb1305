/** Which messages a member is notified of, by their attributes: the grammar of spec/chime-messaging 3.2. */
import type { AwsError } from '../../aws/errors.ts';
import { BadRequest } from '../errors.ts';

const MAXIMUM_BYTES = 2048;
/** Names of attributes and values together. */
const MAXIMUM_COMPLEXITY = 20;
const MAXIMUM_ALTERNATIVES = 5;

/** Fits a message when all of its conditions do, or one of its alternatives. */
export type FilterRule = { readonly all: readonly Condition[] } | { readonly any: readonly FilterRule[] };

/** Fits an attribute when one of its matchers does. */
interface Condition {
  readonly attribute: string;
  readonly matchers: readonly Matcher[];
}

/** One of the attribute's values is this one, or none is one of these. */
type Matcher = { readonly equal: string } | { readonly anythingBut: readonly string[] };

/** The attributes of a message, as in the API. */
export type Attributes = Readonly<Record<string, { readonly StringValues?: readonly string[] | undefined }>>;

/** Reads a rule. @throws BadRequestException that names the place which breaks the grammar or a limit */
export function parseFilterRule(text: string): FilterRule {
  if (Buffer.byteLength(text) > MAXIMUM_BYTES) throw BadRequest(`FilterRule: at most ${MAXIMUM_BYTES} bytes.`);
  const rule = readRule(parseJson(text), '');
  if (complexityOf(rule) > MAXIMUM_COMPLEXITY) {
    throw BadRequest(`FilterRule: at most ${MAXIMUM_COMPLEXITY} attributes and values.`);
  }
  return rule;
}

/** Whether a message fits the rule. An attribute that it does not have, or without values, fits nothing. */
export function matches(rule: FilterRule, attributes: Attributes | undefined): boolean {
  if ('any' in rule) return rule.any.some((alternative) => matches(alternative, attributes));
  return rule.all.every(({ attribute, matchers }) => {
    const values =
      attributes && Object.hasOwn(attributes, attribute) ? (attributes[attribute]?.StringValues ?? []) : [];
    return (
      values.length > 0 &&
      matchers.some((matcher) =>
        'equal' in matcher
          ? values.includes(matcher.equal)
          : !values.some((value) => matcher.anythingBut.includes(value)),
      )
    );
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('', 'must be JSON');
  }
}

function readRule(value: unknown, at: string): FilterRule {
  const members = membersOf(value);
  if (!members) throw wrong(at, 'must be an object');
  if (members.length === 0) throw wrong(at, 'must name an attribute');
  const or = members.find(([name]) => name === '$or');
  if (!or) return { all: members.map(([attribute, list]) => readCondition(attribute, list, at)) };
  if (members.length > 1) throw wrong(at, '$or must stand alone');
  const place = `${at}["$or"]`;
  const alternatives = readList(or[1], place);
  if (alternatives.length > MAXIMUM_ALTERNATIVES) throw wrong(place, `at most ${MAXIMUM_ALTERNATIVES} alternatives`);
  return { any: alternatives.map((alternative, i) => readRule(alternative, `${place}[${i}]`)) };
}

function readCondition(attribute: string, value: unknown, at: string): Condition {
  const place = `${at}[${JSON.stringify(attribute)}]`;
  return { attribute, matchers: readList(value, place).map((matcher, i) => readMatcher(matcher, `${place}[${i}]`)) };
}

function readMatcher(value: unknown, at: string): Matcher {
  if (typeof value === 'string') return { equal: value };
  const [member, ...more] = membersOf(value) ?? [];
  if (member?.[0] !== 'anything-but' || more.length > 0) throw wrong(at, 'must be a string or {"anything-but": [...]}');
  const place = `${at}["anything-but"]`;
  return {
    anythingBut: readList(member[1], place).map((each, i) => {
      if (typeof each !== 'string') throw wrong(`${place}[${i}]`, 'must be a string');
      return each;
    }),
  };
}

function membersOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
}

function readList(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(at, 'must be a list that is not empty');
  return value;
}

function complexityOf(rule: FilterRule): number {
  if ('any' in rule) return rule.any.reduce((sum, alternative) => sum + complexityOf(alternative), 0);
  const values = rule.all.flatMap(({ matchers }) =>
    matchers.map((matcher) => ('equal' in matcher ? 1 : matcher.anythingBut.length)),
  );
  return values.reduce((sum, each) => sum + each, rule.all.length);
}

function wrong(at: string, message: string): AwsError {
  return BadRequest(`FilterRule${at}: ${message}.`);
}
