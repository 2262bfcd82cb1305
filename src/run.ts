/** The server as a process: it announces itself, and ends with the process's signals. */
import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Config } from './config.ts';
import { type InheritedSockets, type Parlor, start } from './main.ts';
import { NOT_SERVED } from './operations.ts';
import { printable } from './ops/printable.ts';

/** Starts the server of this process, prints what a person needs, and ends with the process's signals. */
export async function run(config: Config, inherited: InheritedSockets | undefined): Promise<void> {
  const settings = { level: config.logLevel, base: null, hooks: { streamWrite: printable } };
  const log = pino(settings, pino.destination({ dest: 2, sync: true }));
  const parlor = await start(config, {
    inherited,
    log,
    onFatal(error) {
      log.fatal({ err: error }, 'the server cannot go on');
      process.exit(1);
    },
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= parlor.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => (stopping === undefined ? stop() : process.exit(130))); // a second Ctrl-C does not wait
  process.on('disconnect', stop); // the supervisor is gone
  process.channel?.unref();

  process.stdout.write(banner(config, parlor));
  for (const warning of config.warnings) log.warn(warning);
}

function banner(config: Config, { url, tls, rootKey, rootKeyIsNew }: Parlor): string {
  const secret = rootKeyIsNew ? `  ${rootKey.secretAccessKey}  (shown only now)` : '  (secret: parlor root-key show)';
  return [
    `Parlor listening on ${url}`,
    '',
    `  Data        ${config.dataDir}`,
    `  Root key    ${rootKey.accessKeyId}${config.rootKey === undefined ? secret : ''}`,
    ...(tls === undefined ? [] : tlsLines(tls)),
    '',
    `  Welcome     ${url}/`,
    '  Try         npx parlor room create --name hello',
    ...NOT_SERVED.map((text) => `  Warning     ${text}`),
    '',
    '',
  ].join('\n');
}

/** Browsers and Node refuse a WebSocket with an unknown certificate without a word of why. */
function tlsLines({ url, caFile }: NonNullable<Parlor['tls']>): string[] {
  if (caFile === undefined) return [`  TLS         ${url}`];
  return [
    `  TLS         ${url}  with a certificate of this server's own CA, which clients must trust:`,
    `    Node      NODE_EXTRA_CA_CERTS=${resolve(caFile)}`,
    `    Browser   open ${url}/ once and accept the certificate, or import the CA above`,
  ];
}
