/** The operations that say what policies would decide. Nobody is asked to have the permissions that are simulated. */
import type { Kysely } from 'kysely';
import { parseArn, type Scope } from '../aws/arn.ts';
import { boolean, enumeration, integer, list, optional, string, structure, type TypeOf } from '../aws/shape.ts';
import { type Facts, principalFacts } from './condition-context.ts';
import { arnOf, findEntity, type Kind } from './entities.ts';
import { InvalidInput, NoSuchEntity, ServiceFailure } from './errors.ts';
import { evaluate, type NamedPolicy, type Policies } from './evaluate.ts';
import { PolicyDocument, ResourceArn } from './identifiers.ts';
import { type Identities, readPolicies } from './identities.ts';
import { paged, pageOf, paging, readPage } from './listing.ts';
import { type IamContext, operation } from './operation.ts';
import { MalformedPolicy, parsePolicyDocument } from './policy-document.ts';
import type { IamTables } from './tables.ts';

const ResourceName = string({ min: 1, max: 2048 });
const PolicyInputList = list(PolicyDocument);

const scenario = {
  PermissionsBoundaryPolicyInputList: optional(PolicyInputList),
  ActionNames: list(string({ min: 3, max: 128 })),
  ResourceArns: optional(list(ResourceName)),
  ResourcePolicy: optional(PolicyDocument),
  ResourceOwner: optional(ResourceName),
  CallerArn: optional(ResourceName),
  ContextEntries: optional(
    list(
      structure({
        ContextKeyName: optional(string({ min: 5, max: 256 })),
        ContextKeyValues: optional(list(string())),
        ContextKeyType: optional(string()),
      }),
    ),
  ),
  ResourceHandlingOption: optional(string({ min: 1, max: 64 })),
  ...paging,
};
const Scenario = structure(scenario);
type Scenario = TypeOf<typeof Scenario>;

const Place = structure({ Line: integer(), Column: integer() });

const EvaluationResult = structure({
  EvalActionName: string(),
  EvalResourceName: string(),
  EvalDecision: enumeration('allowed', 'explicitDeny', 'implicitDeny'),
  MatchedStatements: list(
    structure({ SourcePolicyId: string(), SourcePolicyType: string(), StartPosition: Place, EndPosition: Place }),
  ),
  MissingContextValues: list(string()),
  PermissionsBoundaryDecisionDetail: optional(structure({ AllowedByPermissionsBoundary: boolean() })),
});
type EvaluationResult = TypeOf<typeof EvaluationResult>;

const results = structure({ EvaluationResults: list(EvaluationResult), ...paged });

export const simulation = {
  SimulatePrincipalPolicy: operation({
    action: 'iam:SimulatePrincipalPolicy',
    resource: ({ input }) => input.PolicySourceArn,
    input: structure({ PolicySourceArn: ResourceArn, PolicyInputList: optional(PolicyInputList), ...scenario }),
    output: results,
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    async handle(call) {
      const { input, scope, read, identities } = call;
      const source = await read((sql) => readSource(sql, scope, identities, input.PolicySourceArn));
      const boundary = boundaryIn(input) ?? source.policies.boundary;
      const identity = [...source.policies.identity, ...policiesIn(input.PolicyInputList, 'PolicyInputList')];
      return simulate(call, { identity, boundary }, source.facts);
    },
  }),

  SimulateCustomPolicy: operation({
    action: 'iam:SimulateCustomPolicy',
    resource: () => '*',
    input: structure({ PolicyInputList, ...scenario }),
    output: results,
    errors: [InvalidInput, ServiceFailure],
    handle(call) {
      const identity = policiesIn(call.input.PolicyInputList, 'PolicyInputList');
      return simulate(call, { identity, boundary: boundaryIn(call.input) }, new Map());
    },
  }),
};

interface Source {
  readonly policies: Policies;
  readonly facts: Facts;
}

const KINDS = ['user', 'group', 'role'] as const;

/** The policies of a user, group or role, and what conditions know of it. @throws NoSuchEntity */
async function readSource(sql: Kysely<IamTables>, scope: Scope, identities: Identities, arn: string): Promise<Source> {
  const [prefix = '', ...path] = parseArn(arn)?.resource.split('/') ?? [];
  const kind: Kind | undefined = KINDS.find((known) => known === prefix);
  const found = kind && (await findEntity(sql, kind, path.at(-1) ?? ''));
  if (!kind || !found || arnOf(scope, kind, found) !== arn) {
    throw NoSuchEntity({ message: `The principal ${arn} cannot be found.` });
  }
  if (kind === 'group') {
    const identity = await readPolicies(sql, scope, [{ ...found, kind }]);
    return { policies: { identity }, facts: new Map() };
  }
  const identity = (await identities.load(found.id)) ?? undefined;
  const type = kind === 'user' ? 'User' : 'AssumedRole';
  return {
    policies: { identity: identity?.policies ?? [], boundary: identity?.boundary },
    facts: principalFacts({ type, arn, accountId: scope.accountId, id: found.id }, identity),
  };
}

/** One result for each action and resource. */
async function simulate(
  { input, pages }: Pick<IamContext, 'pages'> & { readonly input: Scenario },
  policies: Policies,
  facts: Facts,
) {
  if (input.ResourcePolicy !== undefined) {
    throw InvalidInput({ message: 'ResourcePolicy: no resource has a policy of its own here.' });
  }
  for (const { ContextKeyName: name, ContextKeyValues: values = [] } of input.ContextEntries ?? []) {
    if (name !== undefined) facts.set(name.toLowerCase(), values);
  }
  const questions = input.ActionNames.flatMap((action) =>
    (input.ResourceArns ?? ['*']).map((resource) => ({ action, resource })),
  ).map((question, index) => ({ ...question, key: String(index + 1).padStart(9, '0') }));
  const byKey = ({ key }: { readonly key: string }) => key;
  const { Marker, MaxItems, ...filters } = input;
  const listing = { operation: 'SimulatePolicy', filters: [filters] };
  const page = await readPage(pages, listing, { Marker, MaxItems }, byKey, pageOf(questions, byKey));
  const { rows, ...more } = page;
  return {
    EvaluationResults: rows.map(({ action, resource }) => resultOf(policies, action, resource, facts)),
    ...more,
  };
}

function resultOf(policies: Policies, action: string, resource: string, facts: Facts): EvaluationResult {
  const { boundary } = policies;
  const decision = evaluate(policies, { action, resource, context: facts });
  const deniedBy = decision.why === 'explicitDeny' ? decision.statements.map(({ type }) => type) : decision.lacking;
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision.why,
    MatchedStatements: decision.statements.map(({ policy, span: { start, end } }) => ({
      SourcePolicyId: policy,
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: start.line, Column: start.column },
      EndPosition: { Line: end.line, Column: end.column },
    })),
    MissingContextValues: missing(boundary ? [...policies.identity, boundary] : policies.identity, facts),
    PermissionsBoundaryDecisionDetail: boundary && {
      AllowedByPermissionsBoundary: !deniedBy.includes('boundary'),
    },
  };
}

/** The condition keys that policies ask for and that have no values. */
function missing(policies: readonly NamedPolicy[], facts: Facts): string[] {
  const keys = policies.flatMap(({ document }) => document.contextKeys);
  return [...new Set(keys)].filter((key) => !facts.has(key.toLowerCase()));
}

function boundaryIn({ PermissionsBoundaryPolicyInputList: given }: Scenario): NamedPolicy | undefined {
  const [boundary, ...others] = policiesIn(given, 'PermissionsBoundaryPolicyInputList');
  if (others.length > 0) throw InvalidInput({ message: 'A principal has at most one permissions boundary.' });
  return boundary;
}

/** @throws InvalidInput when one is malformed */
function policiesIn(documents: readonly string[] = [], member: string): NamedPolicy[] {
  return documents.map((text, index) => {
    const name = `${member}.${index + 1}`;
    try {
      return { name, document: parsePolicyDocument(text, 'identity') };
    } catch (error) {
      throw error instanceof MalformedPolicy ? InvalidInput({ message: `${name}: ${error.message}` }) : error;
    }
  });
}
