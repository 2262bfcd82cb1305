const LINKS = [
  { href: '/healthz', text: 'healthz' },
  { href: '/readyz', text: 'readyz' },
  { href: '/metrics', text: 'metrics' },
] as const;

const DOCUMENTATION = 'https://docs.aws.amazon.com/ivs/latest/ChatAPIReference/Welcome.html';

/** What both pages begin with. @param wide as wide as a page that needs much room */
export function Bar({ wide = false }: { wide?: boolean }) {
  return (
    <header class="bar">
      <div class={wide ? 'wrap wide bar-row' : 'wrap bar-row'}>
        <a class="brand" href="/">
          <Mark />
          Parlor
        </a>
        <nav aria-label="Server">
          <a href="/#demo">Chat demo</a>
          <a href="/demo/messaging">Messaging demo</a>
          {LINKS.map(({ href, text }) => (
            <a key={href} href={href}>
              {text}
            </a>
          ))}
          <a href={DOCUMENTATION}>API reference</a>
        </nav>
      </div>
    </header>
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
