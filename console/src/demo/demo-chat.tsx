import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { refreshStatus, serverStatus } from '../server.ts';
import { ChatPane } from './chat-pane.tsx';
import { HowToSwitchOn } from './how-to-switch-on.tsx';
import { Person } from './person.ts';

const moderator = new Person('moderator');
const viewer = new Person('viewer');

export function DemoChat() {
  const on = serverStatus.value?.demo;
  return (
    <section class="section" id="demo" aria-labelledby="demo-title">
      <h2 id="demo-title">Demo chat</h2>
      {on === false ? <HowToSwitchOn /> : <Panes ready={on === true} />}
    </section>
  );
}

function Panes({ ready }: { ready: boolean }) {
  useEffect(() => {
    if (!ready) return;
    moderator.connect();
    viewer.connect();
  }, [ready]);
  useSignalEffect(() => {
    if ([moderator, viewer].some(({ connection }) => connection.value.state === 'open')) void refreshStatus();
  });

  return (
    <>
      <p class="section-lead">
        Two people in one room, each on a WebSocket of their own: the moderator may delete and kick, the viewer may only
        write. Open the frames to read the protocol as it happens.
      </p>
      <div class="panes">
        <ChatPane person={moderator} other={viewer} />
        <ChatPane person={viewer} other={moderator} />
      </div>
      <p class="more">
        Three people in channels, with history, unread marks and typing:{' '}
        <a href="/demo/messaging">the demo of Chime SDK messaging</a>
      </p>
    </>
  );
}
