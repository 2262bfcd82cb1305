import { useSignal } from '@preact/signals';
import type { Messenger } from './messenger.ts';

/** Where the person writes. The others are told while it is being written. */
export function Composer({ messenger }: { messenger: Messenger }) {
  const draft = useSignal('');
  const id = `${messenger.id}-draft`;
  const disabled = messenger.open.value === undefined || messenger.connection.value.state !== 'open';

  function send(event: Event) {
    event.preventDefault();
    const content = draft.value.trim();
    if (content === '' || disabled) return;
    draft.value = '';
    void messenger.say(content);
  }

  return (
    <form class="composer" onSubmit={send}>
      <label class="visually-hidden" for={id}>
        Message as {messenger.name}
      </label>
      <input
        id={id}
        placeholder="Message"
        autocomplete="off"
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
          if (!disabled) void messenger.tellTyping();
        }}
      />
      <button type="submit" class="primary" disabled={disabled}>
        Send
      </button>
    </form>
  );
}
