import { ChannelList } from './channel-list.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { Members } from './members.tsx';
import type { ConnectionState } from './messaging-session.ts';
import type { Messenger } from './messenger.ts';

const STATES: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting',
  open: 'Connected',
  closed: 'Disconnected',
};

/** What one of the three sees. */
export function MessengerPane({ messenger, everybody }: { messenger: Messenger; everybody: readonly Messenger[] }) {
  const channel = messenger.open.value;
  const titleId = `${messenger.id}-title`;
  return (
    <article class="card pane messenger" data-person={messenger.id} aria-labelledby={titleId}>
      <Head messenger={messenger} titleId={titleId} />
      <ChannelList messenger={messenger} />
      <Problem messenger={messenger} />
      {channel === undefined ? (
        <p class="conversation empty">{messenger.ready.value ? 'In no channel.' : 'Loading channels …'}</p>
      ) : (
        <>
          <Members messenger={messenger} channel={channel} everybody={everybody} />
          <Conversation key={channel.arn} messenger={messenger} channel={channel} />
        </>
      )}
      <Composer messenger={messenger} />
    </article>
  );
}

/** Who it is, whether they are connected, and the button that changes it. */
function Head({ messenger, titleId }: { messenger: Messenger; titleId: string }) {
  const { state } = messenger.connection.value;
  return (
    <header class="pane-head">
      <span class="avatar" aria-hidden="true">
        {messenger.name.charAt(0)}
      </span>
      <div class="pane-who">
        <h2 id={titleId}>{messenger.name}</h2>
        <p class="connection" role="status" data-state={state}>
          <span class="dot" aria-hidden="true" />
          {STATES[state]}
        </p>
      </div>
      {state === 'closed' ? (
        <button type="button" class="primary" onClick={() => messenger.connect()}>
          Connect
        </button>
      ) : (
        <button type="button" onClick={() => messenger.disconnect()}>
          Disconnect
        </button>
      )}
    </header>
  );
}

/** Why there is no connection, what has happened to the person, and what was refused last. */
function Problem({ messenger }: { messenger: Messenger }) {
  const { state, cause } = messenger.connection.value;
  const notice = messenger.notice.value;
  const refusal = messenger.refusal.value;
  return (
    <div class="problem" role="alert">
      {state !== 'open' && cause !== '' && <p class="cause">{cause}</p>}
      {notice !== '' && <p class="cause">{notice}</p>}
      {refusal !== undefined && (
        <div class="refusal">
          <p>
            {refusal.code ?? 'Failed'}
            <small>
              {refusal.message} {refusal.operation !== '' && `(${refusal.operation})`}
            </small>
          </p>
          <button
            type="button"
            class="quiet"
            aria-label="Dismiss the error"
            onClick={() => {
              messenger.refusal.value = undefined;
            }}
          >
            ×
          </button>
        </div>
      )}
    </div>
  );
}
