/** How an AWS operation is declared. Everything known about it is said here, once. */
import type { Scope } from './arn.ts';
import type { AwsError, ErrorType } from './errors.ts';
import type { Principal } from './ports.ts';
import type { Problem, Shape, Structure } from './shape.ts';

/** What every handler is told about the request at hand. */
export interface Call<Input> {
  readonly input: Input;
  readonly scope: Scope;
  readonly principal: Principal;
  readonly requestId: string;
}

/**
 * An operation of a service.
 * @template Context what the service's handlers may use besides the call: storage, clock, limits …
 */
export interface Operation<Input, Output, Context> {
  /** Method, path with `{labels}` and possibly a fixed query, status of success: `POST /channels?operation=search 200`. */
  readonly http: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string} ${number}`;
  /** The IAM action. */
  readonly action: string;
  /** AWS's rate of calls per second and account. */
  readonly rate?: number;
  readonly input: Structure<Input>;
  /** Absent: the reply has no body. */
  readonly output?: Shape<Output>;
  /** Those of its own, besides the ones every operation of the service may answer. */
  readonly errors: readonly ErrorType[];
  /** The ARN or ARNs that access is decided on. */
  resource(call: Call<Input>): string | readonly string[];
  handle(call: Call<Input> & Context): NoInfer<Output> | Promise<NoInfer<Output>>;
}

/** Operations by their AWS names. */
export type Operations<Context> = Readonly<Record<string, Operation<unknown, unknown, Context>>>;

/** Gives the function that declares operations whose handlers use `Context`. */
export function operationsWith<Context>() {
  return <Input, Output = void>(declaration: Operation<Input, Output, Context>): Operation<Input, Output, Context> =>
    declaration;
}

/** A set of operations behind one signing name, with its own way of saying errors. */
export interface Service<Context extends object = object> {
  /** As in metrics and logs. */
  readonly name: string;
  /** The service of the credential scope. */
  readonly signingName: string;
  readonly scope: Scope;
  readonly operations: Operations<Context>;
  readonly context: Context;
  /** Throws the service's error when the account's rate for the operation is used up. */
  throttle(operation: string): void;
  /** The error for input that breaks its shape. */
  invalid(problems: readonly Problem[]): AwsError;
  /** The error for what went wrong inside; it tells nothing of it. */
  internal(): AwsError;
}
