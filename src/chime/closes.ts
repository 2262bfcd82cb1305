/** How connections end (spec/chime-messaging 2.5). */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** After these the JS client does not come back. */
export const UNAUTHORIZED: Close = { code: 4401, reason: 'Unauthorized' };
export const FORBIDDEN: Close = { code: 4003, reason: 'Forbidden' };
export const REPLACED: Close = { code: 4002, reason: 'A newer connection took its place' };

/** After these it does. */
export const EXPIRED: Close = { code: 1001, reason: 'Credentials expired' };
export const DRAINED: Close = { code: 1012, reason: 'The server is restarting' };
