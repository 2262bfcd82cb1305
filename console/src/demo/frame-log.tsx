import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Person, WireLine } from './person.ts';

const DIRECTIONS: Readonly<Record<WireLine['direction'], { sign: string; name: string }>> = {
  sent: { sign: '↑', name: 'sent' },
  received: { sign: '↓', name: 'received' },
  connection: { sign: '·', name: 'connection' },
};

/** What went over the person's WebSocket, as it was. */
export function FrameLog({ person, name }: { person: Person; name: string }) {
  const list = useRef<HTMLOListElement>(null);
  const lines = person.wire.value;

  function toEnd() {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }
  useLayoutEffect(toEnd, [lines]);

  return (
    <details class="frames" onToggle={toEnd}>
      <summary>
        Frames <span class="count">{lines.length}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ol ref={list} tabIndex={0} aria-label={`Frames of ${name}`}>
        {lines.map(({ key, time, direction, text }) => (
          <li key={key} data-direction={direction}>
            <time>{time}</time>
            <span class="direction" role="img" aria-label={DIRECTIONS[direction].name}>
              {DIRECTIONS[direction].sign}
            </span>
            <code>{text}</code>
          </li>
        ))}
      </ol>
    </details>
  );
}
