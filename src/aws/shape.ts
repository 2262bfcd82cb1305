/**
 * Shapes: what the JSON of requests and replies looks like, in AWS's terms. A shape validates a value, carries its
 * TypeScript type, and says its constraints for documents and tests.
 */

/** What is wrong with one member of a request. */
export interface Problem {
  /** The member's path, for example `destinationConfiguration.s3.bucketName`. */
  readonly name: string;
  readonly message: string;
}

export interface Constraints {
  readonly min?: number;
  readonly max?: number;
  /** The whole string must match it. */
  readonly pattern?: RegExp;
  readonly values?: readonly string[];
}

/** Where a member of an operation's input travels when not in the body. */
export interface Location {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
}

export interface Shape<T> {
  readonly type: 'string' | 'integer' | 'boolean' | 'timestamp' | 'list' | 'map' | 'structure' | 'union';
  readonly constraints: Constraints;
  /** A list's or map's values. */
  readonly member?: Shape<unknown>;
  readonly members?: Members;
  readonly optional?: boolean;
  readonly location?: Location;
  /** Gives the value as T, or adds to `problems` and gives undefined. */
  read(value: unknown, at: string, problems: Problem[]): T | undefined;
}

export type Members = Readonly<Record<string, Shape<unknown>>>;

export interface Structure<T> extends Shape<T> {
  readonly members: Members;
}

/** The TypeScript type a shape stands for. */
export type TypeOf<S> = S extends Shape<infer T> ? T : never;

type OptionalNames<M> = { [K in keyof M]: M[K] extends { readonly optional: true } ? K : never }[keyof M];
type Flat<T> = { [K in keyof T]: T[K] };
type StructureOf<M> = Flat<
  { readonly [K in Exclude<keyof M, OptionalNames<M>>]: TypeOf<M[K]> } & {
    readonly [K in OptionalNames<M>]?: TypeOf<M[K]> | undefined;
  }
>;
type UnionOf<M> = {
  [K in keyof M]: Flat<{ readonly [P in K]: TypeOf<M[P]> } & { readonly [P in Exclude<keyof M, K>]?: undefined }>;
}[keyof M];

/** How many problems one request is told of. */
const MAXIMUM_PROBLEMS = 16;
const MAXIMUM_NAME_LENGTH = 200;

function report(problems: Problem[], at: string, message: string): undefined {
  if (problems.length < MAXIMUM_PROBLEMS) problems.push({ name: at.slice(0, MAXIMUM_NAME_LENGTH), message });
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function within({ min = 0, max = Number.POSITIVE_INFINITY }: Constraints, count: number): boolean {
  return count >= min && count <= max;
}

function rangeText({ min, max }: Constraints): string {
  if (min !== undefined && max !== undefined) return min === max ? `be ${min}` : `be between ${min} and ${max}`;
  return max === undefined ? `be at least ${min}` : `be at most ${max}`;
}

/** The string's length in Unicode code points, as AWS counts. */
export function codePoints(value: string): number {
  let count = value.length;
  for (let i = 0; i < value.length - 1; i++) {
    if ((value.charCodeAt(i) & 0xfc00) === 0xd800 && (value.charCodeAt(i + 1) & 0xfc00) === 0xdc00) count--;
  }
  return count;
}

/** Whether the string's length in Unicode code points is allowed; counts them only when it could matter. */
function fits({ min = 0, max = Number.POSITIVE_INFINITY }: Constraints, value: string): boolean {
  const units = value.length;
  if (units >= 2 * min && units <= max) return true;
  if (units < min || units > 2 * max) return false;
  const count = codePoints(value);
  return count >= min && count <= max;
}

/** A string of well-formed Unicode. Length counts code points; the pattern must match all of it. */
export function string(constraints: Pick<Constraints, 'min' | 'max' | 'pattern'> = {}): Shape<string> {
  const whole = constraints.pattern && new RegExp(`^(?:${constraints.pattern.source})$`, 'u');
  return {
    type: 'string',
    constraints,
    read(value, at, problems) {
      if (typeof value !== 'string') return report(problems, at, 'must be a string');
      if (!fits(constraints, value)) return report(problems, at, `length must ${rangeText(constraints)}`);
      if (!value.isWellFormed()) return report(problems, at, 'must be well-formed Unicode');
      if (whole && !whole.test(value)) return report(problems, at, `must match ${constraints.pattern?.source}`);
      return value;
    },
  };
}

/** One of the strings given. */
export function enumeration<const V extends string>(...values: readonly V[]): Shape<V> {
  return {
    type: 'string',
    constraints: { values },
    read: (value, at, problems) =>
      values.find((known) => known === value) ?? report(problems, at, `must be one of ${values.join(', ')}`),
  };
}

export function integer(constraints: Pick<Constraints, 'min' | 'max'> = {}): Shape<number> {
  return {
    type: 'integer',
    constraints,
    read(value, at, problems) {
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return report(problems, at, 'must be an integer');
      if (value < (constraints.min ?? value) || value > (constraints.max ?? value)) {
        return report(problems, at, `must ${rangeText(constraints)}`);
      }
      return value;
    },
  };
}

export function boolean(): Shape<boolean> {
  return {
    type: 'boolean',
    constraints: {},
    read: (value, at, problems) => (typeof value === 'boolean' ? value : report(problems, at, 'must be true or false')),
  };
}

/** A moment as RFC 3339 text with a zone, the `iso8601` format of the service models. */
export function timestamp(): Shape<string> {
  const format = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  return {
    type: 'timestamp',
    constraints: {},
    read: (value, at, problems) =>
      typeof value === 'string' && format.test(value) && !Number.isNaN(Date.parse(value))
        ? value
        : report(problems, at, 'must be a timestamp such as 2022-03-16T04:44:09.653Z'),
  };
}

/** A moment in seconds since the epoch, with milliseconds as a fraction: the format of rest-json replies by default. */
export function epochSeconds(): Shape<number> {
  return {
    type: 'timestamp',
    constraints: {},
    read: (value, at, problems) =>
      typeof value === 'number' && Number.isFinite(value) ? value : report(problems, at, 'must be epoch seconds'),
  };
}

export function list<T>(member: Shape<T>, constraints: Pick<Constraints, 'min' | 'max'> = {}): Shape<readonly T[]> {
  return {
    type: 'list',
    constraints,
    member,
    read(value, at, problems) {
      if (!Array.isArray(value)) return report(problems, at, 'must be a list');
      if (!within(constraints, value.length))
        return report(problems, at, `number of items must ${rangeText(constraints)}`);
      const items: T[] = [];
      for (let i = 0; i < value.length; i++) {
        const item = member.read(value[i], `${at}[${i}]`, problems);
        if (item === undefined) return undefined;
        items.push(item);
      }
      return items;
    },
  };
}

/** A map from strings. Any key is a key, `__proto__` too: the result has no prototype. */
export function map<T>(
  key: Shape<string>,
  member: Shape<T>,
  constraints: Pick<Constraints, 'min' | 'max'> = {},
): Shape<Readonly<Record<string, T>>> {
  return {
    type: 'map',
    constraints,
    member,
    read(value, at, problems) {
      if (!isObject(value)) return report(problems, at, 'must be a map');
      const names = Object.keys(value);
      if (!within(constraints, names.length))
        return report(problems, at, `number of entries must ${rangeText(constraints)}`);
      const entries: Record<string, T> = Object.create(null);
      for (const name of names) {
        const entry =
          key.read(name, `${at} (key)`, problems) === undefined
            ? undefined
            : member.read(value[name], `${at}.${name}`, problems);
        if (entry === undefined) return undefined;
        entries[name] = entry;
      }
      return entries;
    },
  };
}

/** Members by name; those not `optional` are required, and null counts as absent. Unknown members are ignored. */
export function structure<M extends Members>(members: M): Structure<StructureOf<M>> {
  const read = (value: unknown, at: string, problems: Problem[]) =>
    isObject(value)
      ? readMembers(members, (name) => (Object.hasOwn(value, name) ? value[name] : undefined), at, problems)
      : report(problems, at, 'must be a JSON object');
  // Built member by member from `members`, which is what StructureOf describes.
  return { type: 'structure', constraints: {}, members, read: read as Structure<StructureOf<M>>['read'] };
}

/** Exactly one of the members. */
export function union<M extends Members>(members: M): Shape<UnionOf<M>> {
  const names = Object.keys(members);
  const read = (value: unknown, at: string, problems: Problem[]) => {
    if (!isObject(value)) return report(problems, at, 'must be a JSON object');
    const given = names.filter((name) => Object.hasOwn(value, name) && value[name] !== null);
    const [name] = given;
    const member = name === undefined ? undefined : members[name];
    if (given.length !== 1 || name === undefined || member === undefined) {
      return report(problems, at, `must have exactly one of ${names.join(', ')}`);
    }
    const read = member.read(value[name], `${at}.${name}`, problems);
    return read === undefined ? undefined : { [name]: read };
  };
  // One member of `members`, which is what UnionOf describes.
  return { type: 'union', constraints: {}, members, read: read as Shape<UnionOf<M>>['read'] };
}

/** A member that may be absent. */
export function optional<S extends Shape<unknown>>(shape: S): S & { readonly optional: true } {
  return { ...shape, optional: true };
}

/** A member that travels in a label of the path, such as `/tags/{resourceArn}`. */
export function path<T>(name: string, shape: Shape<T>): Shape<T> {
  return { ...shape, location: { in: 'path', name } };
}

/** A member that travels in the query string; a list as a repeated parameter. */
export function query<T>(name: string, shape: Shape<T>): Shape<T> {
  return { ...shape, location: { in: 'query', name } };
}

/** A member that travels in a header. */
export function header<T>(name: string, shape: Shape<T>): Shape<T> {
  return { ...shape, location: { in: 'header', name: name.toLowerCase() } };
}

function readMembers(
  members: Members,
  find: (name: string, member: Shape<unknown>) => unknown,
  at: string,
  problems: Problem[],
): Readonly<Record<string, unknown>> | undefined {
  const before = problems.length;
  const result: Record<string, unknown> = {};
  for (const name in members) {
    const member = members[name];
    if (member === undefined) continue;
    const value = find(name, member);
    const memberAt = at === '' ? name : `${at}.${name}`;
    if (value !== undefined && value !== null) result[name] = member.read(value, memberAt, problems);
    else if (!member.optional) report(problems, memberAt, 'is required');
  }
  return problems.length === before ? result : undefined;
}

/** The text of a parameter as the JSON value its shape reads. */
export function fromText(shape: Shape<unknown>, texts: readonly string[]): unknown {
  if (texts.length === 0) return undefined;
  if (shape.member) {
    const { member } = shape;
    return texts.map((text) => fromText(member, [text]));
  }
  const text = texts[0];
  if (text === undefined) return undefined;
  if (shape.type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (shape.type === 'boolean') return text === 'true' || (text === 'false' ? false : text);
  return text;
}

/** Where the members of an operation's input come from. */
export interface Sources {
  /** The decoded body; undefined when it was empty. */
  readonly body: unknown;
  /** All texts of a parameter, decoded, in order. */
  parameter(location: Location): readonly string[];
}

/**
 * Reads an operation's input from everywhere it travels.
 * @returns the input, or undefined with at least one entry added to `problems`.
 */
export function readInput<T>(shape: Structure<T>, sources: Sources, problems: Problem[]): T | undefined {
  const { body = {} } = sources;
  if (!isObject(body)) return report(problems, 'body', 'must be a JSON object');
  const find = (name: string, member: Shape<unknown>) =>
    member.location
      ? fromText(member, sources.parameter(member.location))
      : Object.hasOwn(body, name)
        ? body[name]
        : undefined;
  // The same members as `shape.read` reads, some from elsewhere.
  return readMembers(shape.members, find, '', problems) as T | undefined;
}
