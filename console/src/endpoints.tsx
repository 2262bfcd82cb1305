import { CopyButton } from './copy-button.tsx';
import { httpEndpoint, tlsEndpoint, webSocketEndpoint } from './server.ts';

export function Endpoints() {
  const [http, tls] = [httpEndpoint.value, tlsEndpoint.value];
  return (
    <dl class="endpoints">
      <Endpoint id="endpoint-http" name="HTTP API" url={http} />
      <Endpoint id="endpoint-ws" name="WebSocket" url={webSocketEndpoint} />
      {tls !== undefined && tls !== http && <Endpoint id="endpoint-tls" name="Over TLS" url={tls} />}
    </dl>
  );
}

function Endpoint({ id, name, url }: { id: string; name: string; url: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code id={id}>{url}</code>
        <CopyButton text={url} what={`the ${name} endpoint`} shownIn={id} />
      </dd>
    </div>
  );
}
