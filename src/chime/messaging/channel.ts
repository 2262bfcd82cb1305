/** Channels as they are kept, and as replies and events show them (spec/chime-messaging 3.1, appendix B). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, epochSeconds, integer, optional, string, structure } from '../../aws/shape.ts';
import type { Query, Transaction } from '../../storage/database.ts';
import { arnOf } from '../arns.ts';
import { channelTopic, eventFrame } from '../events.ts';
import { describeIdentity, Identity, type IdentityColumns, identityColumns } from '../identity.ts';
import type { ChimeContext } from '../operation.ts';
import type { ChimeTables } from '../tables.ts';
import { iso, type ShowTime } from '../times.ts';

export const ChannelMode = enumeration('UNRESTRICTED', 'RESTRICTED');
export const ChannelPrivacy = enumeration('PUBLIC', 'PRIVATE');

export const ExpirationSettings = structure({
  ExpirationDays: integer({ min: 1, max: 5475 }),
  ExpirationCriterion: enumeration('CREATED_TIMESTAMP', 'LAST_MESSAGE_TIMESTAMP'),
});

export const ElasticChannelConfiguration = structure({
  MaximumSubChannels: integer({ min: 2 }),
  TargetMembershipsPerSubChannel: integer({ min: 2 }),
  MinimumMembershipPercentage: integer({ min: 1, max: 40 }),
});

const summary = {
  Name: string(),
  ChannelArn: string(),
  Mode: ChannelMode,
  Privacy: ChannelPrivacy,
  Metadata: optional(string()),
  LastMessageTimestamp: optional(epochSeconds()),
};

export const ChannelSummary = structure(summary);

export const Channel = structure({
  ...summary,
  CreatedBy: Identity,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
  ChannelFlowArn: optional(string()),
  ElasticChannelConfiguration: optional(ElasticChannelConfiguration),
  ExpirationSettings: optional(ExpirationSettings),
});

/** What `ChannelSummary` is made of. */
export interface ChannelSummaryColumns {
  readonly channel_id: string;
  readonly channel_name: string;
  readonly mode: 'UNRESTRICTED' | 'RESTRICTED';
  readonly privacy: 'PUBLIC' | 'PRIVATE';
  readonly channel_metadata: string | null;
  /** Of the newest persistent message that whoever asks may see, milliseconds since the epoch. */
  readonly last_message_at: number | null;
}

/**
 * Selects `ChannelSummaryColumns` from `chime_channel c` and `chime_membership v`, the membership of whoever asks, if
 * there is one: messages that are targeted at others are none of theirs.
 */
export const CHANNEL_SUMMARY = `c.id AS channel_id, c.name AS channel_name, c.mode, c.privacy,
  c.metadata AS channel_metadata, CASE WHEN v.last_targeted_at > coalesce(c.last_message_at, 0)
    THEN v.last_targeted_at ELSE c.last_message_at END AS last_message_at`;

/** Joins `v`. Its parameter is the `pk` of whoever asks; 0: nobody, who sees what all members see. */
export const VIEWER = 'LEFT JOIN chime_membership v ON v.channel_pk = c.pk AND v.identity_pk = ?';

/** What `Channel` is made of. */
export interface ChannelColumns extends ChannelSummaryColumns, IdentityColumns<'creator'> {
  readonly app_instance_pk: number;
  readonly app_instance_id: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly expiration_days: number | null;
  readonly expiration_criterion: 'CREATED_TIMESTAMP' | 'LAST_MESSAGE_TIMESTAMP' | null;
}

export function summariseChannel<T>(
  scope: Scope,
  appInstanceId: string,
  row: ChannelSummaryColumns,
  show: ShowTime<T>,
) {
  return {
    Name: row.channel_name,
    ChannelArn: arnOf(scope, { kind: 'channel', appInstanceId, id: row.channel_id }),
    Mode: row.mode,
    Privacy: row.privacy,
    ...(row.channel_metadata !== null && { Metadata: row.channel_metadata }),
    ...(row.last_message_at !== null && { LastMessageTimestamp: show(row.last_message_at) }),
  };
}

export function describeChannel<T>(scope: Scope, row: ChannelColumns, show: ShowTime<T>) {
  const { app_instance_id: appInstanceId } = row;
  const { creator_kind: kind, creator_id: id, creator_name: name, expiration_days: days, expiration_criterion } = row;
  return {
    ...summariseChannel(scope, appInstanceId, row, show),
    CreatedBy: describeIdentity(scope, { appInstanceId, kind, id, name }),
    CreatedTimestamp: show(row.created_at),
    LastUpdatedTimestamp: show(row.updated_at),
    ...(days !== null &&
      expiration_criterion !== null && {
        ExpirationSettings: { ExpirationDays: days, ExpirationCriterion: expiration_criterion },
      }),
  };
}

/** @param viewerPk of whoever asks; 0: nobody. @returns undefined when the channel is gone */
export async function findChannel(query: Query, pk: number, viewerPk: number): Promise<ChannelColumns | undefined> {
  const [row] = await query<ChannelColumns>(
    `SELECT ${CHANNEL_SUMMARY}, c.created_at, c.updated_at, c.expiration_days, c.expiration_criterion,
       c.app_instance_pk, a.id AS app_instance_id, ${identityColumns('creator')}
     FROM chime_channel c
     JOIN chime_app_instance a ON a.pk = c.app_instance_pk
     JOIN chime_identity creator ON creator.pk = c.created_by
     ${VIEWER}
     WHERE c.pk = ?`,
    viewerPk,
    pk,
  );
  return row;
}

type Unit = Pick<Transaction<ChimeTables>, 'query' | 'onDurable'>;
type Announcing = Pick<ChimeContext, 'publish'> & { readonly scope: Scope };

/** Tells the members what the channel is now. */
export async function announceUpdate({ query, onDurable }: Unit, { scope, publish }: Announcing, pk: number) {
  const channel = await findChannel(query, pk, 0);
  if (!channel) return;
  const frame = eventFrame('UPDATE_CHANNEL', 'SYSTEM', describeChannel(scope, channel, iso));
  onDurable(() => publish({ topic: channelTopic(pk), frame }));
}

/**
 * Deletes a channel and tells its members. Its id is free at once; what was in it is out of reach, and removed later.
 * @returns what it was; undefined when it was gone
 */
export async function deleteChannel(
  { query, onDurable }: Unit,
  { scope, publish, removeSoon }: Announcing & Pick<ChimeContext, 'removeSoon'>,
  pk: number,
): Promise<ChannelColumns | undefined> {
  const channel = await findChannel(query, pk, 0);
  if (!channel) return undefined;
  await query('DELETE FROM chime_channel WHERE pk = ?', pk);
  await query('UPDATE chime_app_instance SET channels = channels - 1 WHERE pk = ?', channel.app_instance_pk);
  await query("INSERT INTO chime_removal (kind, target_pk) VALUES ('channel', ?)", pk);
  const frame = eventFrame('DELETE_CHANNEL', 'SYSTEM', describeChannel(scope, channel, iso));
  onDurable(() => {
    publish({ topic: channelTopic(pk), frame, effect: { kind: 'leave' } });
    removeSoon();
  });
  return channel;
}
