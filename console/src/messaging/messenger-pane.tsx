import { PaneHead } from '../pane-head.tsx';
import { ChannelList } from './channel-list.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { Members } from './members.tsx';
import type { Messenger } from './messenger.ts';

/** What one of the three sees. */
export function MessengerPane({ messenger, everybody }: { messenger: Messenger; everybody: readonly Messenger[] }) {
  const channel = messenger.open.value;
  const titleId = `${messenger.id}-title`;
  return (
    <article class="card pane messenger" data-person={messenger.id} aria-labelledby={titleId}>
      <PaneHead
        name={messenger.name}
        titleId={titleId}
        heading="h2"
        state={messenger.connection.value.state}
        connectLabel="Connect"
        onConnect={() => messenger.connect()}
        onDisconnect={() => messenger.disconnect()}
      />
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
