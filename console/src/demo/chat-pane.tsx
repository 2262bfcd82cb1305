import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { PaneHead } from '../pane-head.tsx';
import type { Role } from '../server.ts';
import { FrameLog } from './frame-log.tsx';
import { Messages } from './messages.tsx';
import type { Person, Refusal } from './person.ts';

const PEOPLE: Readonly<Record<Role, { name: string; capabilities: readonly string[] }>> = {
  moderator: { name: 'Moderator', capabilities: ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] },
  viewer: { name: 'Viewer', capabilities: ['SEND_MESSAGE'] },
};

/** What one of the two people sees. */
export function ChatPane({ person, other }: { person: Person; other: Person }) {
  const { name, capabilities } = PEOPLE[person.role];
  const { state } = person.connection.value;
  const draft = useSignal('');
  const input = useRef<HTMLInputElement>(null);
  const titleId = `${person.role}-title`;

  function send(event: Event) {
    event.preventDefault();
    const content = draft.value.trim();
    if (content === '') return;
    draft.value = '';
    void person.send(content);
  }

  /** Escape takes away what is in the way: first a refusal, then the draft. */
  function clear(event: KeyboardEvent) {
    if (event.key !== 'Escape') return;
    if (person.refusal.value === undefined) draft.value = '';
    else person.refusal.value = undefined;
    input.current?.focus();
  }

  return (
    <article class="card pane" data-role={person.role} aria-labelledby={titleId} onKeyDown={clear}>
      <PaneHead
        name={name}
        titleId={titleId}
        heading="h3"
        state={state}
        connectLabel="Reconnect"
        onConnect={() => person.connect()}
        onDisconnect={() => person.disconnect()}
      />
      <ul class="capabilities" aria-label="Capabilities">
        {capabilities.map((capability) => (
          <li key={capability}>{capability}</li>
        ))}
      </ul>
      <div class="conversation">
        <Messages person={person} name={name} onGone={() => input.current?.focus()} />
        <Problem person={person} />
      </div>
      <form class="composer" onSubmit={send}>
        <label class="visually-hidden" for={`${person.role}-draft`}>
          Message as {name}
        </label>
        <input
          ref={input}
          id={`${person.role}-draft`}
          type="text"
          autocomplete="off"
          enterkeyhint="send"
          placeholder={`Message as ${person.userId.value || name}`}
          value={draft.value}
          onInput={(event) => {
            draft.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="primary" disabled={state !== 'open'}>
          Send
        </button>
      </form>
      <Trials person={person} other={other} />
      <FrameLog person={person} name={name} />
    </article>
  );
}

/** Why there is no connection, or what the server refused last. */
function Problem({ person }: { person: Person }) {
  const { state, cause } = person.connection.value;
  const refusal = person.refusal.value;
  return (
    <div class="problem" role="alert">
      {state !== 'open' && cause !== '' && <p class="cause">{cause}</p>}
      {refusal !== undefined && <RefusalLine person={person} refusal={refusal} />}
    </div>
  );
}

function RefusalLine({ person, refusal }: { person: Person; refusal: Refusal }) {
  return (
    <div class="refusal">
      {refusal.code !== undefined && (
        <strong>
          <span class="visually-hidden">Error </span>
          {refusal.code}
        </strong>
      )}
      <p>
        {refusal.message}
        <small>{refusal.detail}</small>
      </p>
      <button
        type="button"
        class="quiet"
        aria-label="Dismiss the error"
        onClick={() => {
          person.refusal.value = undefined;
        }}
      >
        ×
      </button>
    </div>
  );
}

/** Things to try: what the protocol refuses, and what a moderator can do without a message to point at. */
function Trials({ person, other }: { person: Person; other: Person }) {
  return (
    <fieldset class="trials" disabled={person.connection.value.state !== 'open'}>
      <legend>Try</legend>
      <button type="button" onClick={() => void person.sendTooFast()}>
        Send too fast
      </button>
      <button type="button" onClick={() => void person.sendTooMuch()}>
        Send too much
      </button>
      {person.role === 'viewer' ? (
        <button type="button" onClick={() => void person.deleteForeign()}>
          Delete without permission
        </button>
      ) : (
        <button type="button" onClick={() => void person.kick(other.userId.value)}>
          Kick the viewer
        </button>
      )}
    </fieldset>
  );
}
