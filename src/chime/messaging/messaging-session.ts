/** Where a client connects to receive messages (spec/chime-messaging 2.1). */
import { enumeration, optional, query, string, structure } from '../../aws/shape.ts';
import { operation } from '../operation.ts';

export const messagingSession = {
  GetMessagingSessionEndpoint: operation({
    http: 'GET /endpoints/messaging-session 200',
    action: 'chime:GetMessagingSessionEndpoint',
    resource: () => '*',
    input: structure({ NetworkType: optional(query('network-type', enumeration('IPV4_ONLY', 'DUAL_STACK'))) }),
    output: structure({ Endpoint: structure({ Url: string() }) }),
    errors: [],
    handle: ({ host, access, socketHost }) => ({ Endpoint: { Url: socketHost(host, access.secureTransport) } }),
  }),
};

/**
 * Gives the host of the WebSockets as clients must have it: bare, since they put `wss://` before it, and without the
 * default port, since they sign it and browsers leave that out of `Host`.
 * @param options.endpoint as configured; then it is the answer
 * @param options.tlsPort of this server; undefined: it has none, and whatever ends TLS before it serves the same host
 * @returns for a host that was asked over TLS that host itself
 */
export function createSocketHost(options: {
  readonly endpoint: string | undefined;
  tlsPort(): number | undefined;
}): (host: string, secure: boolean) => string {
  return (host, secure) => {
    if (options.endpoint !== undefined) return options.endpoint;
    const port = secure ? undefined : options.tlsPort();
    const bare = port === undefined ? host.replace(/:443$/, '') : host.replace(/:\d+$/, '');
    return (port === undefined || port === 443 ? bare : `${bare}:${port}`).toLowerCase();
  };
}
