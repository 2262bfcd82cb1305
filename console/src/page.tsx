import { Bar } from './bar.tsx';
import { DemoChat } from './demo/demo-chat.tsx';
import { Endpoints } from './endpoints.tsx';
import { reachable, serverStatus } from './server.ts';
import { Snippets } from './snippets/snippets.tsx';
import { StatusCard } from './status-card.tsx';

export function Page() {
  return (
    <>
      <a class="skip-link" href="#demo">
        Skip to the demo chat
      </a>
      <Bar />
      <main class="wrap">
        <section class="hero" aria-labelledby="title">
          <div>
            <h1 id="title">{reachable.value ? 'Parlor is running.' : 'Parlor does not answer.'}</h1>
            <p class="lead">
              A self-hosted real-time chat server: applications written for Amazon IVS Chat or Amazon Chime SDK
              messaging run against it by changing an endpoint.
            </p>
            <Endpoints />
          </div>
          <StatusCard />
        </section>
        <DemoChat />
        <Snippets />
      </main>
      <footer class="wrap">
        <p>
          Parlor {serverStatus.value?.version} is compatible with Amazon IVS Chat and Amazon Chime SDK messaging. It is
          not affiliated with or endorsed by Amazon.
        </p>
      </footer>
    </>
  );
}
