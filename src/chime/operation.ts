import { operationsWith } from '../aws/operation.ts';

/** What the handlers of Chime SDK messaging may use besides the call at hand. */
export interface ChimeContext {
  /** Where clients open WebSockets. @param host the `Host` that the API was asked at @param secure over TLS */
  socketHost(host: string, secure: boolean): string;
}

/** Declares an operation of Chime SDK messaging. */
export const operation = operationsWith<ChimeContext>();
