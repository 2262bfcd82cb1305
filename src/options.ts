/** The table of options: what the flags, the environment and the configuration file are read by, and what the help prints. */

/** One row of the table of options. */
export interface Option {
  /** Long flag without its dashes, and the name in a configuration file. */
  readonly name: string;
  /** What the flag takes, as the help prints it; absent: a switch, with `--no-` as its opposite. */
  readonly value?: string;
  readonly env?: string;
  /** May be given more than once. */
  readonly repeatable?: true;
  /** Only in the environment or a file: a command line is visible to every user of the machine. */
  readonly secret?: true;
  readonly default?: string | boolean;
  readonly help: string;
}

export const OPTIONS = [
  { name: 'host', value: 'address', env: 'PARLOR_HOST', default: '127.0.0.1', help: 'address to listen on' },
  { name: 'port', value: 'number', env: 'PARLOR_PORT', default: '8080', help: 'port to listen on; 0 picks a free one' },
  {
    name: 'tls',
    env: 'PARLOR_TLS',
    help: 'a second listener for https and wss (default: with a certificate, or when listening on loopback)',
  },
  {
    name: 'tls-port',
    value: 'number',
    env: 'PARLOR_TLS_PORT',
    default: '8443',
    help: 'its port; 0 picks a free one',
  },
  {
    name: 'tls-cert',
    value: 'file',
    env: 'PARLOR_TLS_CERT',
    help: 'its certificate with the chain, PEM, read again when it changes; default: one of a local CA',
  },
  { name: 'tls-key', value: 'file', env: 'PARLOR_TLS_KEY', help: 'the private key of that certificate, PEM' },
  {
    name: 'cors-origin',
    value: 'origin',
    env: 'PARLOR_CORS_ORIGIN',
    repeatable: true,
    default: '*',
    help: 'pages of this origin may call the API; may be repeated; "*": all',
  },
  {
    name: 'websocket-origin',
    value: 'origin',
    env: 'PARLOR_WEBSOCKET_ORIGIN',
    repeatable: true,
    help: 'pages of this origin may connect; may be repeated; default: all. Clients that are no pages always may',
  },
  {
    name: 'trusted-proxy',
    value: 'address',
    env: 'PARLOR_TRUSTED_PROXY',
    repeatable: true,
    help: 'address or network (10.0.0.0/8) of a proxy whose X-Forwarded-For is believed; may be repeated',
  },
  { name: 'data-dir', value: 'path', env: 'PARLOR_DATA_DIR', default: './data', help: 'where the database is kept' },
  { name: 'region', value: 'name', env: 'PARLOR_REGION', default: 'us-east-1', help: 'region in ARNs and signatures' },
  {
    name: 'account-id',
    value: '12 digits',
    env: 'PARLOR_ACCOUNT_ID',
    default: '000000000000',
    help: 'account in ARNs',
  },
  {
    name: 'access-key-id',
    value: 'id',
    env: 'PARLOR_ACCESS_KEY_ID',
    secret: true,
    help: 'root access key id; default: generated on first start and kept in the data directory',
  },
  {
    name: 'secret-access-key',
    value: 'secret',
    env: 'PARLOR_SECRET_ACCESS_KEY',
    secret: true,
    help: 'root secret access key, given together with its id',
  },
  {
    name: 'limits',
    value: 'default|aws|off',
    env: 'PARLOR_LIMITS',
    default: 'default',
    help: 'default: per connection, per room and sizes as AWS; aws: every quota; off: no rates and no pace',
  },
  {
    name: 'limit',
    value: 'name=value',
    repeatable: true,
    help: 'one limit by name ("parlor doctor" lists them); may be repeated; value "off" lifts a rate',
  },
  {
    name: 'token-seconds',
    value: 'seconds',
    env: 'PARLOR_TOKEN_SECONDS',
    default: '60',
    help: 'how long a chat token may be used to connect: 1 to 60, or 120 to 3600',
  },
  {
    name: 'oidc-issuer',
    value: 'url=audience',
    env: 'PARLOR_OIDC_ISSUER',
    repeatable: true,
    help: 'issuer whose tokens for this audience may assume roles (AssumeRoleWithWebIdentity); may be repeated',
  },
  {
    name: 'creds-role',
    value: 'role',
    env: 'PARLOR_CREDS_ROLE',
    help: 'name or ARN of the role whose sessions POST /creds gives to browsers; default: there is no /creds',
  },
  {
    name: 'creds-app-instance',
    value: 'arn',
    env: 'PARLOR_CREDS_APP_INSTANCE',
    help: 'ARN of the app instance that their users belong to',
  },
  {
    name: 'creds-issuer',
    value: 'url=audience',
    env: 'PARLOR_CREDS_ISSUER',
    repeatable: true,
    help: 'issuer whose tokens for this audience prove who the user is; may be repeated for further audiences',
  },
  {
    name: 'creds-claim',
    value: 'name',
    env: 'PARLOR_CREDS_CLAIM',
    default: 'sub',
    help: 'claim of these tokens that is the user id',
  },
  {
    name: 'creds-webhook',
    value: 'url',
    env: 'PARLOR_CREDS_WEBHOOK',
    help: 'in place of an issuer: a URL that is sent each token and answers whose it is',
  },
  {
    name: 'creds-webhook-secret',
    value: 'secret',
    env: 'PARLOR_CREDS_WEBHOOK_SECRET',
    secret: true,
    help: 'what requests to the webhook are signed with',
  },
  {
    name: 'creds-seconds',
    value: 'seconds',
    env: 'PARLOR_CREDS_SECONDS',
    default: '3600',
    help: 'how long these credentials last, unless the role has shorter sessions: 900 to 43200',
  },
  {
    name: 'messaging-endpoint',
    value: 'host:port',
    env: 'PARLOR_MESSAGING_ENDPOINT',
    help: 'where clients of Chime SDK messaging connect, without a scheme; default: the host asked, TLS port',
  },
  {
    name: 'drain-seconds',
    value: 'seconds',
    env: 'PARLOR_DRAIN_SECONDS',
    default: '10',
    help: 'over how long connections are sent away at shutdown: 0 to 3600',
  },
  { name: 'demo', env: 'PARLOR_DEMO', help: 'serve the demo chat (default: when listening on loopback)' },
  {
    name: 'path-prefix',
    value: 'path',
    env: 'PARLOR_PATH_PREFIX',
    default: '',
    help: 'prefix of every HTTP path, behind a proxy that keeps it',
  },
  {
    name: 'log-level',
    value: 'level',
    env: 'PARLOR_LOG_LEVEL',
    default: 'info',
    help: 'debug, info, warn, error or silent',
  },
  {
    name: 'audit-log',
    value: 'file',
    env: 'PARLOR_AUDIT_LOG',
    help: 'a JSON line for each call and handshake goes there; "-": standard output; default: nowhere',
  },
  {
    name: 'audit-log-bytes',
    value: 'bytes',
    env: 'PARLOR_AUDIT_LOG_BYTES',
    default: '100000000',
    help: 'a file that would become larger is moved aside: 65536 to 999999999',
  },
  {
    name: 'audit-log-files',
    value: 'number',
    env: 'PARLOR_AUDIT_LOG_FILES',
    default: '5',
    help: 'how many of those moved aside are kept: 1 to 100',
  },
  {
    name: 'config',
    value: 'file',
    env: 'PARLOR_CONFIG',
    help: 'JSON file with these names (without dashes) as members',
  },
  {
    name: 'supervise',
    env: 'PARLOR_SUPERVISE',
    help: 'keep the listening socket open in a small parent while the server restarts',
  },
] as const satisfies readonly Option[];
