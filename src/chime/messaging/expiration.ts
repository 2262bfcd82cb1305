/** When channels expire, and the operation that says so (spec/chime-messaging 3.7). */
import { optional, path, string, structure, type TypeOf } from '../../aws/shape.ts';
import { bearerAndChannel, ChimeBearer, notPermitted, requireAccess } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { Conflict } from '../errors.ts';
import { operation } from '../operation.ts';
import type { ChannelRow } from '../tables.ts';
import { ExpirationSettings } from './channel.ts';

export const DAY_MS = 86_400_000;

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
