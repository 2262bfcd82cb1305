import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { clockTime } from '../clock-time.ts';
import type { Channel, Message } from './channels.ts';
import type { Messenger } from './messenger.ts';

/** Scrolled less than this from the end, the reader is taken to be following. */
const FOLLOWING_PX = 80;
/** Scrolled less than this from the beginning, older messages are loaded. */
const NEAR_BEGINNING_PX = 120;

/** The messages of the open channel. They stay where they are while older ones come in above them. */
export function Conversation({ messenger, channel }: { messenger: Messenger; channel: Channel }) {
  const list = useRef<HTMLDivElement>(null);
  /** What was in view when it was scrolled last. */
  const place = useRef({ following: true, fromEnd: 0 });
  const { messages, hasMore } = channel;
  const oldest = messages[0]?.id;

  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const { following, fromEnd } = place.current;
    element.scrollTop = element.scrollHeight - (following ? 0 : fromEnd);
  }, [oldest]);

  useLayoutEffect(() => {
    follow();
    remember();
  }, [messages]);

  useEffect(() => {
    // The list gives way to what is unfolded or told above it.
    const observer = new ResizeObserver(follow);
    if (list.current !== null) observer.observe(list.current);
    return () => observer.disconnect();
  }, []);

  function follow() {
    const element = list.current;
    if (element !== null && place.current.following) element.scrollTop = element.scrollHeight;
  }

  function remember() {
    const element = list.current;
    if (element === null) return;
    const fromEnd = element.scrollHeight - element.scrollTop;
    place.current = { following: fromEnd - element.clientHeight < FOLLOWING_PX, fromEnd };
    if (hasMore && element.scrollTop < NEAR_BEGINNING_PX) void messenger.loadOlder();
  }

  return (
    <div class="conversation">
      <div
        ref={list}
        class="messages"
        role="log"
        aria-live="polite"
        aria-label={`Messages as ${messenger.name} sees them`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={remember}
      >
        <p class="beginning">{beginning(channel, messenger.loading.value)}</p>
        <ol>
          {messages.map((message) => (
            <Line key={message.id} messenger={messenger} channel={channel} message={message} />
          ))}
        </ol>
      </div>
      <p class="typing" role="status">
        {typing(messenger.typing)}
      </p>
    </div>
  );
}

/** What stands above the first message. */
function beginning({ hasMore, messages }: Channel, loading: boolean): string {
  if (hasMore) return loading ? 'Loading older messages …' : 'Scroll up for older messages';
  return messages.length === 0 ? 'Nothing said yet.' : 'The beginning of the channel';
}

function typing(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} typing …`;
}

function Line({ messenger, channel, message }: { messenger: Messenger; channel: Channel; message: Message }) {
  const { sender, sentAt, redacted, content } = message;
  const own = sender.Arn === messenger.arn;
  const mayRedact = !redacted && (own || messenger.moderates(channel));
  return (
    <li class="message" data-own={own}>
      <p class="byline">
        <span>{sender.Name}</span>
        <time dateTime={sentAt.toISOString()}>{clockTime(sentAt)}</time>
        {mayRedact && (
          <button type="button" class="quiet" onClick={() => void messenger.redact(channel, message.id)}>
            Redact<span class="visually-hidden"> “{content}”</span>
          </button>
        )}
      </p>
      {redacted ? <p class="bubble redacted">This message was redacted.</p> : <p class="bubble">{content}</p>}
    </li>
  );
}
