import { useSignal } from '@preact/signals';
import { isUnread } from './channels.ts';
import type { Messenger } from './messenger.ts';

/** The person's channels, those with something new marked but for the one that is shown, and a way to make another one. */
export function ChannelList({ messenger }: { messenger: Messenger }) {
  const creating = useSignal(false);
  const open = messenger.openArn.value;
  return (
    <nav class="channels" aria-label={`Channels of ${messenger.name}`}>
      <ul>
        {[...messenger.channels.value.values()].map((channel) => (
          <li key={channel.arn}>
            <button
              type="button"
              class="channel"
              aria-current={channel.arn === open}
              onClick={() => messenger.read(channel.arn)}
            >
              <span class="channel-name">{channel.name}</span>
              {channel.arn !== open && isUnread(channel) && (
                <span class="unread">
                  <span class="visually-hidden">unread</span>
                </span>
              )}
            </button>
          </li>
        ))}
        <li>
          <button
            type="button"
            class="channel new"
            aria-expanded={creating.value}
            onClick={() => {
              creating.value = !creating.value;
            }}
          >
            New<span class="visually-hidden"> channel</span>
          </button>
        </li>
      </ul>
      {creating.value && (
        <NewChannel
          messenger={messenger}
          onDone={() => {
            creating.value = false;
          }}
        />
      )}
    </nav>
  );
}

function NewChannel({ messenger, onDone }: { messenger: Messenger; onDone: () => void }) {
  const name = useSignal('');
  const id = `${messenger.id}-new-channel`;

  function create(event: Event) {
    event.preventDefault();
    const chosen = name.value.trim();
    if (chosen === '') return;
    void messenger.create(chosen);
    onDone();
  }

  return (
    <form class="new-channel" onSubmit={create}>
      <label class="visually-hidden" for={id}>
        Name of the new channel
      </label>
      <input
        id={id}
        ref={(input) => input?.focus()}
        placeholder="Name"
        autocomplete="off"
        maxLength={256}
        value={name.value}
        onInput={(event) => {
          name.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
        }}
      />
      <button type="submit" class="primary">
        Create
      </button>
    </form>
  );
}
