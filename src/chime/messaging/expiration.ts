/** When channels expire, and the operation that says so (spec/chime-messaging 3.7). */
import type { Scope } from '../../aws/arn.ts';
import { optional, path, string, structure, type TypeOf } from '../../aws/shape.ts';
import type { Transaction } from '../../storage/database.ts';
import { bearerAndChannel, ChimeBearer, notPermitted, requireAccess } from '../access.ts';
import { arnOf, ChimeArn } from '../arns.ts';
import { Conflict } from '../errors.ts';
import { type ChimeContext, operation } from '../operation.ts';
import type { ChannelRow, ChimeTables } from '../tables.ts';
import { DAY_MS, millisecondsOf } from '../times.ts';
import { deleteChannel, ExpirationSettings } from './channel.ts';

/**
 * The settings as a channel's row keeps them.
 * @param createdAt of the channel, milliseconds since the epoch: it does not expire any sooner, whatever they count from
 */
export function expirationColumns(
  createdAt: number,
  settings: TypeOf<typeof ExpirationSettings> | undefined,
): Pick<ChannelRow, 'expiration_days' | 'expiration_criterion' | 'expires_at'> {
  return {
    expiration_days: settings?.ExpirationDays ?? null,
    expiration_criterion: settings?.ExpirationCriterion ?? null,
    expires_at: settings ? createdAt + settings.ExpirationDays * DAY_MS : null,
  };
}

type Due = Pick<ChannelRow, 'created_at' | 'last_message_at' | 'expiration_days' | 'expiration_criterion'> & {
  /** The position of the newest message that is kept, whoever may see it. */
  readonly newest: number | null;
};

/**
 * Deletes a channel that has expired. That messages have put it off is found out here rather than written down with
 * each of them: then it gets a new date.
 * @param now milliseconds since the epoch
 * @returns the channel's ARN; undefined when it has not expired
 */
export async function expireChannel(
  unit: Pick<Transaction<ChimeTables>, 'query' | 'onDurable'>,
  to: Pick<ChimeContext, 'publish' | 'removeSoon'> & { readonly scope: Scope },
  pk: number,
  now: number,
): Promise<string | undefined> {
  const [channel] = await unit.query<Due>(
    `SELECT created_at, last_message_at, expiration_days, expiration_criterion,
       (SELECT max(m.position) FROM chime_message m WHERE m.channel_pk = chime_channel.pk) AS newest
     FROM chime_channel WHERE pk = ? AND expires_at <= ?`,
    pk,
    now,
  );
  if (!channel) return undefined;
  const expiresAt = expiryOf(channel);
  if (expiresAt > now) {
    await unit.query('UPDATE chime_channel SET expires_at = ? WHERE pk = ?', expiresAt, pk);
    return undefined;
  }
  const deleted = await deleteChannel(unit, to, pk);
  return (
    deleted && arnOf(to.scope, { kind: 'channel', appInstanceId: deleted.app_instance_id, id: deleted.channel_id })
  );
}

function expiryOf({ created_at, last_message_at, newest, expiration_days, expiration_criterion }: Due): number {
  const from =
    expiration_criterion === 'CREATED_TIMESTAMP'
      ? created_at
      : Math.max(created_at, last_message_at ?? 0, millisecondsOf(newest ?? 0));
  return from + (expiration_days ?? 0) * DAY_MS;
}

export const expiration = {
  PutChannelExpirationSettings: operation({
    http: 'PUT /channels/{channelArn}/expiration-settings 200',
    action: 'chime:PutChannelExpirationSettings',
    resource: bearerAndChannel,
    input: structure({
      ChimeBearer,
      ChannelArn: path('channelArn', ChimeArn),
      ExpirationSettings: optional(ExpirationSettings),
    }),
    output: structure({ ChannelArn: string(), ExpirationSettings: optional(ExpirationSettings) }),
    errors: [Conflict],
    /** Without settings the channel never expires. Bots may not (4.3). */
    async handle({ input, scope, write, clock }) {
      const { ExpirationSettings: settings } = input;
      await write(async ({ query, sql }) => {
        const { bearer, channel } = await requireAccess(query, scope, 'PutChannelExpirationSettings', input);
        if (bearer.kind === 'bot') throw notPermitted();
        const { created_at } = await sql
          .selectFrom('chime_channel')
          .select('created_at')
          .where('pk', '=', channel.pk)
          .executeTakeFirstOrThrow();
        await sql
          .updateTable('chime_channel')
          .set({ ...expirationColumns(created_at, settings), updated_at: clock.now() })
          .where('pk', '=', channel.pk)
          .execute();
      });
      return { ChannelArn: input.ChannelArn, ...(settings && { ExpirationSettings: settings }) };
    },
  }),
};
