/** The operation on read markers: up to when a member has read a channel (spec/chime-messaging 3.2). */
import { path, string, structure } from '../../aws/shape.ts';
import { bearerAndChannel, ChimeBearer, requireAccess } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { Conflict } from '../errors.ts';
import { operation } from '../operation.ts';

interface Seen {
  readonly last_message_at: number | null;
  readonly last_targeted_at: number | null;
}

export const readMarkers = {
  UpdateChannelReadMarker: operation({
    http: 'PUT /channels/{channelArn}/readMarker 200',
    action: 'chime:UpdateChannelReadMarker',
    resource: bearerAndChannel,
    input: structure({ ChimeBearer, ChannelArn: path('channelArn', ChimeArn) }),
    output: structure({ ChannelArn: string() }),
    errors: [Conflict],
    /** All messages until now are read, those too whose positions have run ahead of the clock. */
    async handle({ input, scope, write, clock }) {
      await write(async ({ query }) => {
        const { bearer, channel } = await requireAccess(query, scope, 'UpdateChannelReadMarker', input, true);
        const [seen] = await query<Seen>(
          `SELECT c.last_message_at, m.last_targeted_at FROM chime_channel c
           JOIN chime_membership m ON m.channel_pk = c.pk AND m.identity_pk = ? WHERE c.pk = ?`,
          bearer.pk,
          channel.pk,
        );
        await query(
          'UPDATE chime_membership SET read_marker_at = ? WHERE channel_pk = ? AND identity_pk = ?',
          Math.max(clock.now(), seen?.last_message_at ?? 0, seen?.last_targeted_at ?? 0),
          channel.pk,
          bearer.pk,
        );
      });
      return { ChannelArn: input.ChannelArn };
    },
  }),
};
