import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Bar } from '../bar.tsx';
import { HowToSwitchOn } from '../demo/how-to-switch-on.tsx';
import { type DemoPerson, fetchDemoCredentials, serverStatus } from '../server.ts';
import { EventList } from './event-list.tsx';
import { Messenger } from './messenger.ts';
import { MessengerPane } from './messenger-pane.tsx';
import { OverTls } from './over-tls.tsx';

const PEOPLE: readonly DemoPerson[] = ['alice', 'bob', 'carol'];

/** The three people; none while they are asked for. */
const messengers = signal<readonly Messenger[]>([]);
/** Why they could not be had. */
const failure = signal('');

async function open(): Promise<void> {
  failure.value = '';
  try {
    const lent = await Promise.all(PEOPLE.map(async (id) => new Messenger(id, await fetchDemoCredentials(id))));
    messengers.value = lent;
    for (const messenger of lent) messenger.connect();
  } catch (error) {
    failure.value = error instanceof Error ? error.message : String(error);
  }
}

export function MessagingPage() {
  return (
    <>
      <a class="skip-link" href="#demo">
        Skip to the demo
      </a>
      <Bar wide />
      <main class="wrap wide messaging-page" id="demo">
        <section class="messaging-head" aria-labelledby="title">
          <h1 id="title">Three people, talking</h1>
          <p class="section-lead">
            Each has a WebSocket of their own and credentials that can act as them alone, and speaks the protocol of
            Amazon Chime SDK messaging. Alice moderates the Lobby and the Kitchen: she can remove any message, and
            anybody.
          </p>
        </section>
        <Content />
      </main>
    </>
  );
}

function Content() {
  const status = serverStatus.value;
  if (status === undefined) return <p class="empty">Asking the server …</p>;
  if (!status.demo) return <HowToSwitchOn />;
  return location.protocol === 'https:' ? <Demo /> : <OverTls tls={status.tls} />;
}

function Demo() {
  useEffect(() => void open(), []);
  if (failure.value !== '') {
    return (
      <div class="card demo-off" role="alert">
        <p>{failure.value}</p>
        <button type="button" onClick={() => void open()}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <div class="messaging">
      {messengers.value.map((messenger) => (
        <MessengerPane key={messenger.id} messenger={messenger} everybody={messengers.value} />
      ))}
      <EventList />
    </div>
  );
}
