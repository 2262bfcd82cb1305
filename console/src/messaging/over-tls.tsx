import { type ServerStatus, tlsOrigin } from '../server.ts';

/** In place of the demo on a page that came without TLS: clients of Chime connect with `wss://` alone. */
export function OverTls({ tls }: { tls: ServerStatus['tls'] }) {
  if (tls === undefined) {
    return (
      <div class="card demo-off">
        <p>
          Clients of Chime SDK messaging connect over TLS alone, and this server has no TLS listener. Start it without{' '}
          <code>--no-tls</code>, or open this page through whatever ends TLS in front of it.
        </p>
      </div>
    );
  }
  const url = `${tlsOrigin.value}${location.pathname}`;
  return (
    <div class="card demo-off">
      <p>Clients of Chime SDK messaging connect over TLS alone, so this page is served over TLS too:</p>
      <p class="tls-link">
        <a href={url}>{url}</a>
      </p>
      {tls.localCa && (
        <p>
          Its certificate is signed by a CA of this server's own. The browser will warn you once; go on, or import{' '}
          <code>tls-ca.pem</code> from the server's data directory to have no warning at all.
        </p>
      )}
    </div>
  );
}
