import type { ConnectionState } from './connection-state.ts';

const STATES: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting',
  open: 'Connected',
  closed: 'Disconnected',
};

export interface PaneHeadProps {
  readonly name: string;
  /** Of the heading, which names the pane. */
  readonly titleId: string;
  /** The heading's level on the page. */
  readonly heading: 'h2' | 'h3';
  readonly state: ConnectionState;
  /** What the button is called that opens the connection again. */
  readonly connectLabel: string;
  onConnect(): void;
  onDisconnect(): void;
}

/** Who it is, whether they are connected, and the button that changes it. */
export function PaneHead(props: PaneHeadProps) {
  const { name, titleId, heading: Heading, state, connectLabel, onConnect, onDisconnect } = props;
  return (
    <header class="pane-head">
      <span class="avatar" aria-hidden="true">
        {name.charAt(0)}
      </span>
      <div class="pane-who">
        <Heading id={titleId}>{name}</Heading>
        <p class="connection" role="status" data-state={state}>
          <span class="dot" aria-hidden="true" />
          {STATES[state]}
        </p>
      </div>
      {state === 'closed' ? (
        <button type="button" class="primary" onClick={onConnect}>
          {connectLabel}
        </button>
      ) : (
        <button type="button" onClick={onDisconnect}>
          Disconnect
        </button>
      )}
    </header>
  );
}
