import type { Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Listens on a free port of loopback and prints it the way Parlor does. */
export function announce(server: Server, name: string): void {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    const address: AddressInfo | string | null = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const scheme = server instanceof SecureServer ? 'https' : 'http';
    console.log(`${name} listening on ${scheme}://127.0.0.1:${address.port}`);
  });
}
