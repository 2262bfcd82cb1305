/** Who is at the far end, with or without proxies in between. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export interface Client {
  readonly address: string;
  /** Whether its request left it over TLS. */
  readonly secure: boolean;
}

/** @param secure whether the request reached this server over TLS */
export type ClientOf = (request: IncomingMessage, secure: boolean) => Client;

/**
 * Reads `X-Forwarded-For` and `X-Forwarded-Proto`, of trusted peers alone. The client is the rightmost address that is
 * not trusted itself: what stands left of it is what the client claims.
 * @param trustedProxies IP addresses and networks such as `10.0.0.0/8`
 */
export function createClientOf(trustedProxies: readonly string[]): ClientOf {
  const proxies = new BlockList();
  for (const entry of trustedProxies) {
    const [network = '', prefix] = entry.split('/');
    if (prefix === undefined) proxies.addAddress(network, family(network));
    else proxies.addSubnet(network, Number(prefix), family(network));
  }
  const trusted = (address: string) => isIP(address) !== 0 && proxies.check(address, family(address));

  return ({ socket, headers }, secure) => {
    const peer = plain(socket.remoteAddress ?? '');
    if (!trusted(peer)) return { address: peer, secure };
    let address = peer;
    for (const entry of listOf(headers['x-forwarded-for']).reverse()) {
      const named = withoutPort(entry);
      if (isIP(named) === 0) break;
      address = plain(named);
      if (!trusted(address)) break;
    }
    return { address, secure: secure || listOf(headers['x-forwarded-proto']).at(-1) === 'https' };
  };
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** An IPv4 peer of a socket that serves both families is written as IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** Some proxies add the client's port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return bracketed ?? dotted ?? entry;
}

function listOf(header: string | string[] | undefined): string[] {
  const value = Array.isArray(header) ? header.join(',') : (header ?? '');
  return value === '' ? [] : value.split(',').map((entry) => entry.trim());
}
