import { CopyButton } from './copy-button.tsx';
import { httpEndpoint, webSocketEndpoint } from './server.ts';

export function Endpoints() {
  return (
    <dl class="endpoints">
      <Endpoint id="endpoint-http" name="HTTP API" url={httpEndpoint} />
      <Endpoint id="endpoint-ws" name="WebSocket" url={webSocketEndpoint} />
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
