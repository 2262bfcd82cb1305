import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { DemoPerson } from '../server.ts';
import { type Line, lines } from './event-log.ts';
import { decode, type MessagingEvent } from './messaging-session.ts';

const PEOPLE: readonly { readonly id: DemoPerson; readonly name: string }[] = [
  { id: 'alice', name: 'Alice' },
  { id: 'bob', name: 'Bob' },
  { id: 'carol', name: 'Carol' },
];

/** Everything that came over the three WebSockets, as it came, newest first. */
export function EventList() {
  const shown = useSignal<DemoPerson | 'all'>('all');
  const found = lines.value.filter(({ of }) => shown.value === 'all' || of === shown.value);
  return (
    <section class="card events" aria-labelledby="events-title">
      <header class="events-head">
        <h2 id="events-title">Events</h2>
        <label>
          <span class="visually-hidden">Whose events are shown</span>
          <select
            value={shown.value}
            onChange={(event) => {
              shown.value = event.currentTarget.value as DemoPerson | 'all';
            }}
          >
            <option value="all">Everybody's</option>
            {PEOPLE.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}'s
              </option>
            ))}
          </select>
        </label>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ol tabIndex={0} aria-label="Events, newest first">
        {found.map((line) => (
          <Item key={line.key} line={line} />
        ))}
      </ol>
    </section>
  );
}

function Item({ line }: { line: Line }) {
  const head = (
    <>
      <span class="whose" data-person={line.of}>
        {PEOPLE.find(({ id }) => id === line.of)?.name}
      </span>
      <time>{line.time}</time>
    </>
  );
  return (
    <li class="event" data-kind={line.kind}>
      {line.kind === 'event' ? (
        <Frame head={head} text={line.text} />
      ) : (
        <p>
          {head}
          <span class="event-name">{line.text}</span>
        </p>
      )}
    </li>
  );
}

/** What the frame is and what it is about; unfolded, all of it, with its payload as JSON for reading. */
function Frame({ head, text }: { head: ComponentChildren; text: string }) {
  const { type, gist, whole } = useMemo(() => {
    const { Headers } = JSON.parse(text) as { Headers: Record<string, string> };
    const event = decode(text);
    const whole = JSON.stringify({ Headers, Payload: event.payload ?? '' }, undefined, 2);
    return { type: event.type, gist: gistOf(event), whole };
  }, [text]);
  return (
    <details data-type={type}>
      <summary>
        {head}
        <span class="event-name">{type}</span>
        {gist !== '' && <span class="event-gist">{gist}</span>}
      </summary>
      <pre>
        <code>{whole}</code>
      </pre>
    </details>
  );
}

function gistOf({ type, payload }: MessagingEvent): string {
  switch (type) {
    case 'CHANNEL_DETAILS':
      return `${payload.Channel.Name}, ${payload.ChannelMessages.length} messages`;
    case 'CREATE_CHANNEL_MESSAGE':
    case 'UPDATE_CHANNEL_MESSAGE':
    case 'REDACT_CHANNEL_MESSAGE':
    case 'DELETE_CHANNEL_MESSAGE':
      return payload.Redacted ? payload.Sender.Name : `${payload.Sender.Name}: ${payload.Content}`;
    case 'UPDATE_CHANNEL':
    case 'DELETE_CHANNEL':
      return payload.Name;
    case 'CREATE_CHANNEL_MEMBERSHIP':
    case 'DELETE_CHANNEL_MEMBERSHIP':
      return payload.Member.Name;
    case 'BATCH_CREATE_CHANNEL_MEMBERSHIP':
      return payload.Members.map(({ Name }) => Name).join(', ');
    default:
      return '';
  }
}
