/** How an AWS operation is declared. Everything known about it is said here, once. */
import type { Scope } from './arn.ts';
import type { AwsError, accessDenied, ErrorType } from './errors.ts';
import type { AccessContext, Principal, TagMap } from './ports.ts';
import type { QueryApi } from './query-protocol.ts';
import type { Problem, Shape, Structure } from './shape.ts';

/** What every handler is told about the request at hand. */
export interface Call<Input> {
  readonly input: Input;
  readonly scope: Scope;
  readonly principal: Principal;
  readonly requestId: string;
  /** Facts of the request for conditions. */
  readonly access: AccessContext;
  /** The `Host` that the request was sent to; `''` when it names none. */
  readonly host: string;
}

/**
 * What an operation is, however its requests travel.
 * @template Context what the service's handlers may use besides the call: storage, clock, limits …
 */
export interface Declaration<Input, Output, Context> {
  /** The IAM action. */
  readonly action: string;
  /**
   * Who is let through to the handler without being asked for the action: all who signed, or anybody at all. The
   * handler sees to what else is needed. Absent: those whom policies allow the action.
   */
  readonly admits?: 'signed' | 'anybody';
  /** AWS's rate of calls per second and account. */
  readonly rate?: number;
  readonly input: Structure<Input>;
  /** Absent: the reply has no body. */
  readonly output?: Shape<Output>;
  /** Those of its own, besides the ones every operation of the service may answer. */
  readonly errors: readonly ErrorType[];
  /** The ARN or ARNs that access is decided on. */
  resource(call: Call<NoInfer<Input>> & Context): Resources | Promise<Resources>;
  /** The tags that it sets, or the keys of those it removes: `aws:RequestTag/*` and `aws:TagKeys`. */
  requestTags?(input: NoInfer<Input>): TagMap | readonly string[] | undefined;
  /** The action that is needed as well when something is created with tags. */
  readonly tagAction?: string;
  /** Actions that are needed as well for what the input asks for besides; on the same resources, or on another one. */
  alsoNeeds?(input: NoInfer<Input>, scope: Scope): readonly Need[];
  /** Condition keys of its own with their values. */
  conditions?(call: Call<NoInfer<Input>> & Context): Conditions | Promise<Conditions>;
  handle(call: Call<Input> & Context): NoInfer<Output> | Promise<NoInfer<Output>>;
}

type Need = string | { readonly action: string; readonly resource: string };
type Resources = string | readonly string[];
type Conditions = Readonly<Record<string, string>>;

/** An operation of a service. */
export interface Operation<Input, Output, Context> extends Declaration<Input, Output, Context> {
  /** Method, path with `{labels}` and possibly a fixed query, status of success: `POST /channels?operation=search 200`. */
  readonly http: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string} ${number}`;
}

/** Operations by their AWS names. */
export type Operations<Context> = Readonly<Record<string, Operation<unknown, unknown, Context>>>;

/** Gives the function that declares operations whose handlers use `Context`. */
export function operationsWith<Context>() {
  return <Input, Output = void>(declaration: Operation<Input, Output, Context>): Operation<Input, Output, Context> =>
    declaration;
}

/** As `operationsWith`, for the query protocol, in which all operations have one route. */
export function queryOperationsWith<Context>() {
  return <Input, Output = void>(
    declaration: Declaration<Input, Output, Context>,
  ): Operation<Input, Output, Context> => ({ http: 'POST / 200', ...declaration });
}

/** A set of operations behind one signing name, with its own way of saying errors. */
export interface Service<Context extends object = object> {
  /** As in metrics and logs. */
  readonly name: string;
  /** The service of the credential scope. */
  readonly signingName: string;
  /** Whether it has no regions: then it may be signed for us-east-1 too, as clients do that know it from AWS. */
  readonly global?: boolean;
  /** How its requests travel, when they do in the query protocol. Absent: as each operation's `http` says. */
  readonly query?: QueryApi;
  readonly scope: Scope;
  readonly operations: Operations<Context>;
  readonly context: Context;
  /** Throws the service's error when a rate that the call counts for is used up. */
  throttle(operation: string, input: unknown): void;
  /** The tags of a resource of its own, for `aws:ResourceTag/*`; undefined when it does not exist. */
  resourceTags?(resource: string): TagMap | undefined | Promise<TagMap | undefined>;
  /** The error for what policies do not allow, where it is not `accessDenied`. */
  readonly denied?: typeof accessDenied;
  /** The error for input that breaks its shape. */
  invalid(problems: readonly Problem[]): AwsError;
  /** The error for what went wrong inside; it tells nothing of it. */
  internal(): AwsError;
}
