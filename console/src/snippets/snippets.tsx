import { useSignal } from '@preact/signals';
import { CopyButton } from '../copy-button.tsx';
import { httpEndpoint, serverStatus, tlsEndpoint, webSocketEndpoint } from '../server.ts';
import { chimeMessaging } from './chime-messaging.ts';
import { ivsChat } from './ivs-chat.ts';
import type { Addresses, Snippet } from './snippet.ts';

const SERVICES: readonly { readonly name: string; readonly snippets: readonly Snippet[] }[] = [
  { name: 'IVS Chat', snippets: ivsChat },
  { name: 'Chime SDK messaging', snippets: chimeMessaging },
];

/** Ways to reach this server; what an application has to change is marked. */
export function Snippets() {
  const chosen = useSignal(0);
  return (
    <section class="section" aria-labelledby="snippets-title">
      <h2 id="snippets-title">Point your application here</h2>
      <p class="section-lead">
        Only what is marked differs from an application on AWS. The control plane takes its keys from{' '}
        <code>AWS_ACCESS_KEY_ID</code> and <code>AWS_SECRET_ACCESS_KEY</code>; <code>npx parlor root-key show</code>{' '}
        prints them.
      </p>
      <fieldset class="switch">
        <legend>Service</legend>
        {SERVICES.map(({ name }, index) => (
          <label key={name}>
            <input
              type="radio"
              name="service"
              checked={chosen.value === index}
              onChange={() => {
                chosen.value = index;
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      {SERVICES.map(({ name, snippets }, index) => chosen.value === index && <Tabs key={name} snippets={snippets} />)}
    </section>
  );
}

function Tabs({ snippets }: { snippets: readonly Snippet[] }) {
  const addresses: Addresses = {
    http: httpEndpoint.value,
    webSocket: webSocketEndpoint,
    tls: tlsEndpoint.value,
    localCa: serverStatus.value?.tls?.localCa ?? false,
    region: serverStatus.value?.region ?? 'us-east-1',
  };
  const chosen = useSignal(0);

  function move(event: KeyboardEvent) {
    const steps: Record<string, number> = {
      ArrowRight: chosen.value + 1,
      ArrowLeft: chosen.value - 1,
      Home: 0,
      End: snippets.length - 1,
    };
    const step = steps[event.key];
    const next = step === undefined ? undefined : snippets[(step + snippets.length) % snippets.length];
    if (next === undefined) return;
    event.preventDefault();
    chosen.value = snippets.indexOf(next);
    document.getElementById(`tab-${next.id}`)?.focus();
  }

  return (
    <div class="card snippets">
      <div class="tabs" role="tablist" aria-label="Client" onKeyDown={move}>
        {snippets.map(({ id, title }, index) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-controls={`panel-${id}`}
            aria-selected={chosen.value === index}
            tabIndex={chosen.value === index ? 0 : -1}
            onClick={() => {
              chosen.value = index;
            }}
          >
            {title}
          </button>
        ))}
      </div>
      {snippets.map(({ id, title, purpose, code }, index) => (
        <div key={id} role="tabpanel" id={`panel-${id}`} aria-labelledby={`tab-${id}`} hidden={chosen.value !== index}>
          <div class="snippet-head">
            <p>{purpose}</p>
            <CopyButton text={code(addresses)} what={`the ${title} snippet`} shownIn={`code-${id}`} />
          </div>
          <Code id={`code-${id}`} label={title} code={code(addresses)} addresses={addresses} />
        </div>
      ))}
    </div>
  );
}

function Code({ id, label, code, addresses }: { id: string; label: string; code: string; addresses: Addresses }) {
  const { http, webSocket, tls = http } = addresses;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="code" tabIndex={0} aria-label={`${label}: the code`}>
      <pre>
        <code id={id}>
          {code.split('\n').map((line, index) => {
            const changed = [http, webSocket, tls].some((address) => line.includes(address));
            return changed ? <mark key={index}>{`${line}\n`}</mark> : <span key={index}>{`${line}\n`}</span>;
          })}
        </code>
      </pre>
    </section>
  );
}
