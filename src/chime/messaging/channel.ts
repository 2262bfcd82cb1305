/** Channels as replies and events show them (appendix B). */

import type { Scope } from '../../aws/arn.ts';
import { enumeration, epochSeconds, integer, optional, string, structure } from '../../aws/shape.ts';
import { arnOf } from '../arns.ts';
import { describeIdentity, Identity, type IdentityColumns } from '../identity.ts';
import type { ShowTime } from '../times.ts';

export const ChannelMode = enumeration('UNRESTRICTED', 'RESTRICTED');
export const ChannelPrivacy = enumeration('PUBLIC', 'PRIVATE');

export const ExpirationSettings = structure({
  ExpirationDays: integer({ min: 1, max: 5475 }),
  ExpirationCriterion: enumeration('CREATED_TIMESTAMP', 'LAST_MESSAGE_TIMESTAMP'),
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
  ExpirationSettings: optional(ExpirationSettings),
});

/** What `ChannelSummary` is made of. `CHANNEL_SUMMARY` selects it from `chime_channel c`. */
export interface ChannelSummaryColumns {
  readonly channel_id: string;
  readonly channel_name: string;
  readonly mode: 'UNRESTRICTED' | 'RESTRICTED';
  readonly privacy: 'PUBLIC' | 'PRIVATE';
  readonly channel_metadata: string | null;
  /** Of the newest persistent message that whoever asks may see, milliseconds since the epoch. */
  readonly last_message_at: number | null;
}

export const CHANNEL_SUMMARY =
  'c.id AS channel_id, c.name AS channel_name, c.mode, c.privacy, c.metadata AS channel_metadata, c.last_message_at';

/** What `Channel` is made of. */
export interface ChannelColumns extends ChannelSummaryColumns, IdentityColumns<'creator'> {
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

export function describeChannel<T>(scope: Scope, appInstanceId: string, row: ChannelColumns, show: ShowTime<T>) {
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
