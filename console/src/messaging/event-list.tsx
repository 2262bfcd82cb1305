import { useSignal } from '@preact/signals';
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
  const { time, of, kind, text } = line;
  const name = PEOPLE.find(({ id }) => id === of)?.name;
  const head = (
    <>
      <span class="whose" data-person={of}>
        {name}
      </span>
      <time>{time}</time>
    </>
  );
  if (kind === 'connection') {
    return (
      <li class="event" data-kind={kind}>
        <p>{head}</p>
        <p class="event-name">{text}</p>
      </li>
    );
  }
  const { type, gist, rest } = read(text);
  return (
    <li class="event" data-kind={kind} data-type={type}>
      <details>
        <summary>
          {head}
          <span class="event-name">{type}</span>
          {gist !== '' && <span class="event-gist">{gist}</span>}
        </summary>
        <pre>
          <code>{rest}</code>
        </pre>
      </details>
    </li>
  );
}

/** The type of the event, what it is about, and the frame with its payload unfolded for reading. */
function read(text: string): { type: string; gist: string; rest: string } {
  const { Headers, Payload } = JSON.parse(text) as { Headers: Record<string, string>; Payload: string };
  const payload: unknown = Payload === '' ? '' : JSON.parse(Payload);
  const rest = JSON.stringify({ Headers, Payload: payload }, undefined, 2);
  return { type: Headers['x-amz-chime-event-type'] ?? '', gist: gistOf(decode(text)), rest };
}

function gistOf({ type, payload }: MessagingEvent): string {
  switch (type) {
    case 'CHANNEL_DETAILS':
      return `${payload.Channel.Name}, ${payload.ChannelMessages.length} messages`;
    case 'CREATE_CHANNEL_MESSAGE':
    case 'UPDATE_CHANNEL_MESSAGE':
    case 'REDACT_CHANNEL_MESSAGE':
    case 'DELETE_CHANNEL_MESSAGE':
      return `${payload.Sender.Name}: ${payload.Content}`;
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
