import { reachable, type ServerStatus, serverStatus } from './server.ts';

const UNKNOWN = '–';

export function StatusCard() {
  const status = serverStatus.value;
  return (
    <aside class="card status" aria-label="Status of the server">
      <p class="status-line" data-state={reachable.value ? 'open' : 'closed'}>
        <span class="dot" aria-hidden="true" />
        {reachable.value ? 'Up' : 'No answer'}
        <span class="status-uptime">{status === undefined ? '' : `for ${duration(status.uptimeSeconds)}`}</span>
      </p>
      <dl>
        {facts(status).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

function facts(status: ServerStatus | undefined): [string, string][] {
  return [
    ['Version', status?.version ?? UNKNOWN],
    ['Connections', status?.connections.toLocaleString('en') ?? UNKNOWN],
    ['Region', status?.region ?? UNKNOWN],
    ['Account', status?.accountId ?? UNKNOWN],
    ['Listens on', status?.address.replace(/^https?:\/\//, '') ?? UNKNOWN],
    ['Demo chat', status === undefined ? UNKNOWN : status.demo ? 'on' : 'off'],
  ];
}

/** The two largest units: `3 d 4 h`, `12 min 5 s`. */
function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  let rest = Math.floor(seconds);
  const parts: string[] = [];
  for (const [size, unit] of units) {
    if (rest >= size || (size === 1 && parts.length === 0)) parts.push(`${Math.floor(rest / size)} ${unit}`);
    rest %= size;
  }
  return parts.slice(0, 2).join(' ');
}
