/**
 * The tables of Chime SDK messaging, as migrations/ makes them. Rows are joined by their integer keys (`pk`), which are
 * never given out and never used again. Times are milliseconds since the epoch, positions microseconds.
 */
import type { Generated } from 'kysely';

export interface AppInstanceRow {
  readonly pk: Generated<number>;
  readonly id: string;
  readonly name: string;
  readonly metadata: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  /** JSON: an object of strings. */
  readonly tags: string;
  /** Null: messages are kept. */
  readonly retention_days: number | null;
  /** How many there are: too many to count at each creation. */
  readonly users: number;
  readonly channels: number;
  /** When messages beyond the retention begin to be deleted rather than hidden. */
  readonly retention_deletes_at: number | null;
}

/** An AppInstanceUser or an AppInstanceBot: whoever can be a bearer, a member, a moderator, an admin. */
export interface IdentityRow {
  readonly pk: Generated<number>;
  readonly app_instance_pk: number;
  readonly kind: 'user' | 'bot';
  readonly id: string;
  /** Empty once it is deleted: messages keep their sender's ARN. */
  readonly name: string;
  readonly metadata: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly tags: string;
  /** Null: it exists. One that is created again with the same id is the same row. */
  readonly deleted_at: number | null;
  readonly expiration_days: number | null;
  readonly expires_at: number | null;
  /** JSON of a bot, as in the API. */
  readonly configuration: string | null;
}

export interface AdminRow {
  readonly app_instance_pk: number;
  readonly identity_pk: number;
  readonly created_at: number;
}

export interface EndpointRow {
  readonly id: string;
  readonly identity_pk: number;
  readonly name: string | null;
  readonly type: 'APNS' | 'APNS_SANDBOX' | 'GCM';
  readonly resource_arn: string;
  /** JSON, as in the API. */
  readonly attributes: string;
  readonly allow_messages: 'ALL' | 'NONE';
  readonly created_at: number;
  readonly updated_at: number;
}

export interface ChannelRow {
  readonly pk: Generated<number>;
  readonly app_instance_pk: number;
  readonly id: string;
  readonly name: string;
  readonly mode: 'UNRESTRICTED' | 'RESTRICTED';
  readonly privacy: 'PUBLIC' | 'PRIVATE';
  readonly metadata: string | null;
  readonly created_by: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly tags: string;
  /** The position of the newest message; positions of a channel only grow. */
  readonly position: number;
  /** When the newest persistent message came that every member sees. */
  readonly last_message_at: number | null;
  readonly expiration_days: number | null;
  readonly expiration_criterion: 'CREATED_TIMESTAMP' | 'LAST_MESSAGE_TIMESTAMP' | null;
  /** It does not expire before; when messages put it off, that is found out then. */
  readonly expires_at: number | null;
}

export interface MembershipRow {
  readonly channel_pk: number;
  readonly identity_pk: number;
  readonly type: 'DEFAULT' | 'HIDDEN';
  readonly invited_by: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly read_marker_at: number | null;
  /** When the newest persistent message came that is targeted at the member, or by it. */
  readonly last_targeted_at: number | null;
  /** JSON, as in the API. */
  readonly preferences: string | null;
}

/** A moderator of a channel, or somebody who is banned from it. */
export interface AppointmentRow {
  readonly channel_pk: number;
  readonly identity_pk: number;
  readonly created_by: number;
  readonly created_at: number;
}

/**
 * A persistent message, or the empty row that is left of one: that has no channel (0), and a position and id of nothing.
 * Text that may have to disappear: appended by integer key, in no index, emptied rather than deleted, never made longer
 * (docs/decisions/0001-durability.md).
 */
export interface MessageRow {
  readonly pk: Generated<number>;
  readonly channel_pk: number;
  /** Microseconds since the epoch, no two alike in a channel: the order of the channel, and when it was sent. */
  readonly position: number;
  /** 64 hexadecimal digits; the first 14 are the position. */
  readonly id: string;
  readonly sender_pk: number;
  readonly target_pk: number | null;
  readonly type: 'STANDARD' | 'CONTROL';
  /** Null once it is redacted; then metadata and attributes are too. */
  readonly content: string | null;
  readonly metadata: string | null;
  /** JSON, as in the API. */
  readonly attributes: string | null;
  readonly content_type: string | null;
  readonly edited_at: number | null;
  readonly updated_at: number;
  readonly redacted: 0 | 1;
}

/** What became of a request with a client token, so that it is not done twice. */
export interface RequestRow {
  /** The operation and what its tokens are distinct in: `SendChannelMessage/<channel>/<bearer>`. */
  readonly scope: string;
  readonly token: string;
  /** SHA-256 of the request's other parameters. */
  readonly hash: string;
  /** JSON: what it was answered. */
  readonly result: string;
  readonly expires_at: number;
}

/** What is deleted but not yet gone: its rows are removed in the background, some at a time. */
export interface RemovalRow {
  readonly pk: Generated<number>;
  readonly kind: 'app-instance' | 'channel' | 'identity';
  /** The `pk` that it had. */
  readonly target_pk: number;
}

export interface ChimeTables {
  readonly chime_app_instance: AppInstanceRow;
  readonly chime_identity: IdentityRow;
  readonly chime_admin: AdminRow;
  readonly chime_endpoint: EndpointRow;
  readonly chime_channel: ChannelRow;
  readonly chime_membership: MembershipRow;
  readonly chime_moderator: AppointmentRow;
  readonly chime_ban: AppointmentRow;
  readonly chime_message: MessageRow;
  readonly chime_request: RequestRow;
  readonly chime_removal: RemovalRow;
}
