/** What may be had and done at most (spec/chime-messaging 5.2, 5.3). Of the two regions the larger one's figures. */
import { parseArn } from '../aws/arn.ts';
import type { AwsError } from '../aws/errors.ts';
import { TokenBuckets } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { Limits, Quota, Quotas } from '../engine/quotas.ts';
import { ThrottledClient } from './errors.ts';

const UNDOCUMENTED = 'Parlor: AWS documents none';
const source = 'AWS General Reference, Amazon Chime SDK quotas';
/** Rates are doubled for a moment: how much more than them AWS takes at once is undocumented (5.3). */
const BURST_SECONDS = 2;

const amount = (value: number, unit: string, scope: string): Quota => ({ value, unit, scope, kind: 'amount', source });

const AMOUNTS = {
  'app-instances': amount(100, 'app instances', 'account'),
  'users-per-app-instance': amount(100_000, 'users', 'app instance'),
  'admins-per-app-instance': amount(100, 'admins', 'app instance'),
  'endpoints-per-user': amount(10, 'endpoints', 'user'),
  'connections-per-user': amount(10, 'connections; one more closes the oldest', 'user'),
  'messaging-connections': { ...amount(50_000, 'connections of all users', 'server'), source: UNDOCUMENTED },
  'channels-per-app-instance': amount(10_000_000, 'channels', 'app instance'),
  'memberships-per-channel': amount(10_000, 'memberships', 'channel'),
  'memberships-per-user': amount(20_000, 'memberships', 'user'),
  'moderators-per-channel': amount(1000, 'moderators', 'channel'),
} as const;

/** The members of inputs that say what a call counts for. */
interface Counted {
  readonly AppInstanceArn?: string;
  readonly AppInstanceUserArn?: string;
  readonly ChannelArn?: string;
  readonly ChimeBearer?: string;
}

/** What calls are counted for together: gives a key. */
const SCOPES = {
  account: () => '',
  // By its id: inputs name it itself, or something in it.
  'app instance': ({ AppInstanceArn, ChannelArn, AppInstanceUserArn = '' }: Counted) =>
    appInstanceOf(AppInstanceArn ?? ChannelArn ?? AppInstanceUserArn),
  channel: ({ ChannelArn = '' }: Counted) => ChannelArn,
  user: ({ AppInstanceUserArn, ChimeBearer = '' }: Counted) => AppInstanceUserArn ?? ChimeBearer,
  bearer: ({ ChimeBearer }: Counted) => ChimeBearer,
} as const;

interface Rate extends Quota {
  readonly scope: keyof typeof SCOPES;
  /** Those that are counted together. */
  readonly operations: readonly string[] | 'messaging' | 'identity';
}

/** Rates of calls hold with `--limits aws` alone. */
const rate = (value: number, scope: Rate['scope'], operations: Rate['operations']): Rate => ({
  value,
  scope,
  operations,
  unit: typeof operations === 'string' ? `calls/s of ${operations}` : `calls/s of ${operations.join(', ')}`,
  kind: 'rate',
  source,
  optIn: true,
});

const RATES: Readonly<Record<string, Rate>> = {
  'channel-changes-per-second': rate(15, 'app instance', ['CreateChannel', 'UpdateChannel', 'DeleteChannel']),
  'channel-lists-per-second': rate(10, 'app instance', ['ListChannels']),
  'channel-descriptions-per-second': rate(20, 'channel', ['DescribeChannel']),
  'membership-changes-per-second': rate(15, 'channel', [
    'CreateChannelMembership',
    'DeleteChannelMembership',
    'CreateChannelBan',
    'DeleteChannelBan',
    'CreateChannelModerator',
    'DeleteChannelModerator',
  ]),
  'membership-lists-per-second': rate(15, 'channel', [
    'ListChannelMemberships',
    'ListChannelBans',
    'ListChannelModerators',
  ]),
  'membership-batches-per-second': rate(1, 'channel', ['BatchCreateChannelMembership']),
  'message-changes-per-second': rate(30, 'channel', [
    'SendChannelMessage',
    'UpdateChannelMessage',
    'RedactChannelMessage',
    'DeleteChannelMessage',
    'ChannelFlowCallback',
  ]),
  'message-lists-per-second': rate(30, 'channel', ['ListChannelMessages']),
  'message-reads-per-second': rate(30, 'channel', ['GetChannelMessage']),
  'own-channel-lists-per-second': rate(15, 'user', [
    'ListChannelMembershipsForAppInstanceUser',
    'ListChannelsModeratedByAppInstanceUser',
  ]),
  'sub-channel-lists-per-second': rate(15, 'channel', ['ListSubChannels']),
  'calls-per-bearer-per-second': rate(10, 'bearer', 'messaging'),
  'app-instance-changes-per-second': rate(5, 'app instance', [
    'CreateAppInstance',
    'UpdateAppInstance',
    'DeleteAppInstance',
  ]),
  'user-changes-per-second': rate(10, 'app instance', [
    'CreateAppInstanceUser',
    'UpdateAppInstanceUser',
    'DeleteAppInstanceUser',
  ]),
  'app-instance-descriptions-per-second': rate(20, 'app instance', ['DescribeAppInstance']),
  'user-descriptions-per-second': rate(20, 'user', ['DescribeAppInstanceUser']),
  'app-instance-lists-per-second': rate(10, 'account', ['ListAppInstances']),
  'user-lists-per-second': rate(10, 'app instance', ['ListAppInstanceUsers']),
  'identity-calls-per-second': rate(50, 'account', 'identity'),
};

/** The pace of connecting holds by default too: who is faster waits. */
const CONNECTS: Quota = { value: 1, unit: 'connects/s; more wait', scope: 'user', kind: 'rate', source };

export const CHIME_QUOTAS = {
  ...AMOUNTS,
  ...RATES,
  'connects-per-user-per-second': CONNECTS,
} as const satisfies Quotas;

export type ChimeQuota = keyof typeof AMOUNTS | 'connects-per-user-per-second';

/**
 * Counts calls for their rates.
 * @param limits of the server
 * @param service which of the two
 * @returns throws ThrottledClientException for a call that is too much
 */
export function createThrottle(
  limits: Limits,
  service: 'messaging' | 'identity',
  clock: Pick<Clock, 'monotonic'>,
): (operation: string, input: unknown) => void {
  const buckets = new TokenBuckets(clock, BURST_SECONDS);
  const held = Object.entries(RATES).filter(([name]) => limits.get(name) !== Number.POSITIVE_INFINITY);
  return (operation, input) => {
    for (const [name, { scope, operations }] of held) {
      if (operations !== service && !operations.includes(operation)) continue;
      const counted = SCOPES[scope](input as Counted);
      if (counted === undefined) continue;
      if (!buckets.take(`${name} ${counted}`, limits.get(name))) throw throttled(name, limits.get(name), scope);
    }
  };
}

function throttled(name: string, value: number, scope: string): AwsError {
  return ThrottledClient(`Rate exceeded: ${name} of this ${scope} is ${value}.`);
}

/** The id of the app instance that an ARN is of, or in. */
function appInstanceOf(arn: string): string {
  const { resource = '' } = parseArn(arn) ?? {};
  return resource.split('/')[1] ?? '';
}
