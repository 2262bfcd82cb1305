import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { MessageFrame } from '../chat-client.ts';
import { clockTime } from '../clock-time.ts';
import type { Person } from './person.ts';

/** Scrolled less than this from the end, the reader is taken to be following. */
const FOLLOWING_PX = 80;

/**
 * The conversation as one person sees it.
 * @param onGone called when a message that had the focus has vanished
 */
export function Messages({ person, name, onGone }: { person: Person; name: string; onGone: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const entries = person.entries.value;
  const held = list.current?.contains(document.activeElement);

  function follow() {
    const element = list.current;
    if (element !== null && following.current) element.scrollTop = element.scrollHeight;
  }

  useLayoutEffect(() => {
    follow();
    if (held && list.current?.contains(document.activeElement) === false) onGone();
  });

  useEffect(() => {
    // The list gives way when an error is shown below it.
    const observer = new ResizeObserver(follow);
    if (list.current !== null) observer.observe(list.current);
    return () => observer.disconnect();
  }, []);

  function remember() {
    const element = list.current;
    if (element === null) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOWING_PX;
  }

  return (
    <div
      ref={list}
      class="messages"
      role="log"
      aria-live="polite"
      aria-label={`Messages as ${name} sees them`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={remember}
    >
      {entries.length === 0 && <p class="empty">Nothing said yet.</p>}
      <ol>
        {entries.map((entry) =>
          entry.kind === 'notice' ? (
            <li key={entry.key} class="notice">
              {entry.text}
            </li>
          ) : (
            <Message key={entry.key} person={person} message={entry.message} />
          ),
        )}
      </ol>
    </div>
  );
}

function Message({ person, message }: { person: Person; message: MessageFrame }) {
  const sender = message.Sender.UserId;
  const own = sender === person.userId.value;
  const moderates = person.role === 'moderator' && person.connection.value.state === 'open';
  return (
    <li class="message" data-own={own}>
      <p class="byline">
        <span>{sender}</span>
        <time dateTime={message.SendTime}>{clockTime(new Date(message.SendTime))}</time>
        {moderates && (
          <button type="button" class="quiet" onClick={() => void person.delete(message.Id)}>
            Delete<span class="visually-hidden"> “{message.Content}”</span>
          </button>
        )}
        {moderates && !own && (
          <button type="button" class="quiet" onClick={() => void person.kick(sender)}>
            Kick<span class="visually-hidden"> {sender}</span>
          </button>
        )}
      </p>
      <p class="bubble">{message.Content}</p>
    </li>
  );
}
