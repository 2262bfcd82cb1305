import { DemoChat } from './demo/demo-chat.tsx';
import { Endpoints } from './endpoints.tsx';
import { reachable, serverStatus } from './server.ts';
import { Snippets } from './snippets.tsx';
import { StatusCard } from './status-card.tsx';

const LINKS = [
  { href: '/healthz', text: 'healthz' },
  { href: '/readyz', text: 'readyz' },
  { href: '/metrics', text: 'metrics' },
] as const;

const DOCUMENTATION = 'https://docs.aws.amazon.com/ivs/latest/ChatAPIReference/Welcome.html';

export function Page() {
  return (
    <>
      <a class="skip-link" href="#demo">
        Skip to the demo chat
      </a>
      <header class="bar">
        <div class="wrap bar-row">
          <span class="brand">
            <Mark />
            Parlor
          </span>
          <nav aria-label="Server">
            {LINKS.map(({ href, text }) => (
              <a key={href} href={href}>
                {text}
              </a>
            ))}
            <a href={DOCUMENTATION}>API reference</a>
          </nav>
        </div>
      </header>
      <main class="wrap">
        <section class="hero" aria-labelledby="title">
          <div>
            <h1 id="title">{reachable.value ? 'Parlor is running.' : 'Parlor does not answer.'}</h1>
            <p class="lead">
              A self-hosted real-time chat server: applications written for Amazon IVS Chat run against it by changing
              an endpoint.
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
          Parlor {serverStatus.value?.version} is compatible with Amazon IVS Chat. It is not affiliated with or endorsed
          by Amazon.
        </p>
      </footer>
    </>
  );
}

/** The logo: a speech bubble with a door in it. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M8 2h16a6 6 0 0 1 6 6v13a6 6 0 0 1-6 6H13l-6.2 4.4A.5.5 0 0 1 6 31v-4.3A6 6 0 0 1 2 21V8a6 6 0 0 1 6-6Z" />
      <path class="mark-door" d="M11 22v-8a5 5 0 0 1 10 0v8Z" />
      <circle cx="18" cy="16.5" r="1.2" />
    </svg>
  );
}
