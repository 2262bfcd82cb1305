/**
 * The tables of IAM, as migrations/ makes them. Times are milliseconds since the epoch; `name_key` is the name in lower
 * case, since names that differ in case alone are one name. Tags are JSON: an object of strings.
 */

interface Entity {
  /** Unique for ever, for example `AIDA…`. */
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly path: string;
  readonly created_at: number;
}

export interface UserRow extends Entity {
  /** The id of a managed policy. */
  readonly boundary_id: string | null;
  readonly tags: string;
}

export type GroupRow = Entity;

export interface RoleRow extends Entity {
  readonly description: string | null;
  /** Seconds. */
  readonly max_session_duration: number;
  /** JSON document. */
  readonly trust_policy: string;
  /** JSON: the ids of users and roles by the ARNs that the trust policy has. Null: not known. */
  readonly trusted: string | null;
  readonly boundary_id: string | null;
  readonly tags: string;
}

export interface MembershipRow {
  readonly group_id: string;
  readonly user_id: string;
}

export interface AccessKeyRow {
  readonly id: string;
  readonly user_id: string;
  /** Sealed with the keyring's purpose `access-key`. */
  readonly secret: string;
  readonly status: 'Active' | 'Inactive';
  readonly created_at: number;
  /** Of its last use, all three or none. */
  readonly used_at: number | null;
  readonly used_service: string | null;
  readonly used_region: string | null;
}

/** A policy within a user, group or role. */
export interface InlinePolicyRow {
  readonly owner_id: string;
  readonly name: string;
  /** As it was put. */
  readonly document: string;
}

/** A managed policy. */
export interface PolicyRow extends Entity {
  readonly description: string | null;
  readonly updated_at: number;
  readonly default_version: number;
  /** The highest number that a version ever had. */
  readonly last_version: number;
  readonly tags: string;
}

export interface PolicyVersionRow {
  readonly policy_id: string;
  readonly version: number;
  readonly document: string;
  readonly created_at: number;
}

/** A managed policy attached to a user, group or role. */
export interface AttachmentRow {
  readonly owner_id: string;
  readonly policy_id: string;
}

/** A user, group, role, managed policy or access key that the configuration file has declared. */
export interface DeclaredRow {
  readonly id: string;
}

export interface IamTables {
  readonly iam_user: UserRow;
  readonly iam_group: GroupRow;
  readonly iam_role: RoleRow;
  readonly iam_membership: MembershipRow;
  readonly iam_access_key: AccessKeyRow;
  readonly iam_inline_policy: InlinePolicyRow;
  readonly iam_policy: PolicyRow;
  readonly iam_policy_version: PolicyVersionRow;
  readonly iam_attachment: AttachmentRow;
  readonly iam_declared: DeclaredRow;
}
