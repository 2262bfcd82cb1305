/** Users, groups, roles and policies as the configuration file declares them: the member `iam`. */
import { integer, list, map, optional, type Shape, string, structure, type TypeOf } from '../aws/shape.ts';
import {
  AccessKeyId,
  GroupName,
  Path,
  PolicyDocument,
  PolicyName,
  PolicyPath,
  RoleName,
  UserName,
} from './identifiers.ts';
import {
  MalformedPolicy,
  POLICY_SIZE_LIMITS,
  type PolicyKind,
  parsePolicyDocument,
  policySize,
} from './policy-document.ts';
import { QUOTAS } from './quotas.ts';

/** The declaration is wrong or cannot be applied. The message is one line for a person that names the place. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
}

/** A document as JSON within the file, or as a string that holds it. */
function document(kind: PolicyKind, maximum: number): Shape<string> {
  return {
    type: 'string',
    constraints: {},
    read(value, at, problems) {
      const text = PolicyDocument.read(typeof value === 'string' ? value : JSON.stringify(value), at, problems);
      if (text === undefined) return undefined;
      try {
        parsePolicyDocument(text, kind);
      } catch (error) {
        if (!(error instanceof MalformedPolicy)) throw error;
        problems.push({ name: at, message: `is malformed: ${error.message}` });
        return undefined;
      }
      if (policySize(text) <= maximum) return text;
      problems.push({ name: at, message: `must be at most ${maximum} characters long` });
      return undefined;
    },
  };
}

/** Of one user, group or role, by name. */
function inlinePolicies(maximum: number): Shape<Readonly<Record<string, string>>> {
  const documents = map(PolicyName, document('identity', maximum));
  return {
    ...documents,
    read(value, at, problems) {
      const read = documents.read(value, at, problems);
      const size = Object.values(read ?? {}).reduce((sum, text) => sum + policySize(text), 0);
      if (size <= maximum) return read;
      problems.push({ name: at, message: `must be at most ${maximum} characters long together` });
      return undefined;
    },
  };
}

const Description = string({ max: 1000 });
const ManagedPolicies = optional(list(PolicyName, { max: QUOTAS.attachedPolicies }));
const Tags = optional(map(string({ min: 1, max: 128 }), string({ max: 256 }), { max: QUOTAS.tags }));
const Variable = string({ min: 1, max: 256 });

const Key = structure({
  'access-key-id': optional(AccessKeyId),
  'access-key-id-env': optional(Variable),
  'secret-access-key': optional(string()),
  'secret-access-key-env': optional(Variable),
});

const Policy = structure({
  path: optional(PolicyPath),
  description: optional(Description),
  document: document('identity', POLICY_SIZE_LIMITS.managed),
});

const Group = structure({
  path: optional(Path),
  policies: ManagedPolicies,
  'inline-policies': optional(inlinePolicies(POLICY_SIZE_LIMITS.group)),
});

const User = structure({
  path: optional(Path),
  tags: Tags,
  groups: optional(list(GroupName, { max: QUOTAS.groupsPerUser })),
  policies: ManagedPolicies,
  'inline-policies': optional(inlinePolicies(POLICY_SIZE_LIMITS.user)),
  boundary: optional(PolicyName),
  'access-keys': optional(list(Key, { max: QUOTAS.accessKeysPerUser })),
});

const Role = structure({
  path: optional(Path),
  description: optional(Description),
  tags: Tags,
  'trust-policy': document('trust', POLICY_SIZE_LIMITS.trust),
  'max-session-duration': optional(integer({ min: 3600, max: 43_200 })),
  policies: ManagedPolicies,
  'inline-policies': optional(inlinePolicies(POLICY_SIZE_LIMITS.role)),
  boundary: optional(PolicyName),
});

const Declaration = structure({
  policies: optional(map(PolicyName, Policy, { max: QUOTAS.policies })),
  groups: optional(map(GroupName, Group, { max: QUOTAS.groups })),
  roles: optional(map(RoleName, Role, { max: QUOTAS.roles })),
  users: optional(map(UserName, User, { max: QUOTAS.users })),
});

export type DeclaredPolicy = TypeOf<typeof Policy>;
export type DeclaredGroup = TypeOf<typeof Group>;
export type DeclaredRole = TypeOf<typeof Role>;

export interface DeclaredKey {
  readonly id: string;
  readonly secret: string;
}

export interface DeclaredUser extends Omit<TypeOf<typeof User>, 'access-keys'> {
  readonly keys: readonly DeclaredKey[];
}

/** By name. */
export interface Declaration {
  readonly policies: ReadonlyMap<string, DeclaredPolicy>;
  readonly groups: ReadonlyMap<string, DeclaredGroup>;
  readonly roles: ReadonlyMap<string, DeclaredRole>;
  readonly users: ReadonlyMap<string, DeclaredUser>;
}

/**
 * Reads all of a declaration.
 * @param value the JSON value of the member `iam`
 * @param env where the variables are looked up that are named for keys
 * @throws DeclarationError that names the first wrong place
 */
export function readDeclaration(value: unknown, env: Readonly<Record<string, string | undefined>>): Declaration {
  const problems: { name: string; message: string }[] = [];
  const read = Declaration.read(value, 'iam', problems);
  unknownMembers(Declaration, value, 'iam', problems);
  const [problem] = problems;
  if (problem !== undefined || read === undefined) throw new DeclarationError(`${problem?.name} ${problem?.message}.`);
  const { policies = {}, groups = {}, roles = {}, users = {} } = read;
  return {
    policies: byName('policies', policies),
    groups: byName('groups', groups),
    roles: byName('roles', roles),
    users: new Map(
      [...byName('users', users)].map(([name, { 'access-keys': keys = [], ...user }]) => [
        name,
        { ...user, keys: keys.map((key, index) => readKey(key, `iam.users.${name}.access-keys[${index}]`, env)) },
      ]),
    ),
  };
}

/** Names that differ in case alone are one name. */
function byName<T>(kind: string, entries: Readonly<Record<string, T>>): Map<string, T> {
  const names = Object.keys(entries);
  const twice = names.find((name, index) =>
    names.some((other, before) => before < index && other.toLowerCase() === name.toLowerCase()),
  );
  if (twice !== undefined) throw new DeclarationError(`iam.${kind}.${twice} is declared twice: case does not count.`);
  return new Map(Object.entries(entries));
}

function readKey(key: TypeOf<typeof Key>, at: string, env: Readonly<Record<string, string | undefined>>): DeclaredKey {
  const part = (name: 'access-key-id' | 'secret-access-key', pattern: RegExp, what: string): string => {
    const [given, variable] = [key[name], key[`${name}-env`]];
    if ((given === undefined) === (variable === undefined)) {
      throw new DeclarationError(`${at} must have one of ${name} and ${name}-env.`);
    }
    const value = given ?? (variable === undefined ? undefined : env[variable]) ?? '';
    const from = variable === undefined ? `${at}.${name}` : `${at}.${name}-env: the variable ${variable}`;
    if (!pattern.test(value)) throw new DeclarationError(`${from} must hold ${what}.`);
    return value;
  };
  return {
    id: part('access-key-id', /^\w{16,128}$/, '16 to 128 letters, digits or _'),
    secret: part('secret-access-key', /^\S{16,128}$/, '16 to 128 characters without spaces'),
  };
}

/** A misspelt member would be missed in silence. */
function unknownMembers(
  { members, member, type }: Shape<unknown>,
  value: unknown,
  at: string,
  problems: { name: string; message: string }[],
): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    const shape = members ? members[name] : member;
    const place = type === 'list' ? `${at}[${name}]` : `${at}.${name}`;
    if (shape !== undefined) unknownMembers(shape, each, place, problems);
    else if (members !== undefined) problems.push({ name: place, message: 'is not known' });
  }
}
