/** How the requests and replies of some services travel. What is done with them is the pipeline's. */
import type { HttpRequest, HttpResponse } from '../transport/ports.ts';
import type { AwsError } from './errors.ts';
import type { Operation, Service } from './operation.ts';
import type { Problem } from './shape.ts';

/** A request whose operation is known. */
export interface Identified {
  readonly service: Service;
  /** The AWS name of the operation. */
  readonly name: string;
  readonly operation: Operation<unknown, unknown, object>;
  /** Reads the operation's input; adds to `problems` what breaks its shape. */
  readInput(problems: Problem[]): unknown;
  /** The answer to success. */
  reply(requestId: string, output: unknown): HttpResponse;
}

export interface Protocol {
  /**
   * Which operation is asked for; undefined for none.
   * @throws AwsError when the request is too malformed to tell.
   */
  identify(request: HttpRequest): Identified | undefined;
  /** The answer to failure. @param service undefined when the request is none's */
  fail(requestId: string, error: AwsError, service: Service | undefined): HttpResponse;
}
