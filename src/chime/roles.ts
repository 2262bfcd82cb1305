/**
 * The second gate: what the role of the bearer allows, whatever IAM policies say (spec/chime-messaging 4.2). One row for
 * each operation, one column for each role, as in the specification; where its source contradicts itself the cells hold
 * the reading that it recommends.
 */

/** The most powerful one that the bearer has. Admins are moderators of every channel. */
export type Role = 'admin' | 'moderator' | 'member' | 'nonMember';

/** What a cell may depend on. */
export interface Circumstances {
  readonly mode: 'UNRESTRICTED' | 'RESTRICTED';
  readonly privacy: 'PUBLIC' | 'PRIVATE';
  /** The bearer's own membership, which admins and moderators need not have. */
  readonly membership: 'DEFAULT' | 'HIDDEN' | undefined;
  /** Whether the bearer acts upon itself: its own membership, ARN, message. */
  readonly own: boolean;
}

type Cell = (circumstances: Circumstances) => boolean;
type Row = Readonly<Record<Role, Cell>>;

const allow: Cell = () => true;
const deny: Cell = () => false;
const ofPublic: Cell = ({ privacy }) => privacy === 'PUBLIC';
const own: Cell = (facts) => facts.own;
const inUnrestricted: Cell = ({ mode }) => mode === 'UNRESTRICTED';
/** Whoever is no member may add itself where the channel is open in both respects. */
const selfToOpen: Cell = (facts) => facts.own && ofPublic(facts) && inUnrestricted(facts);
/** Hidden members receive, but do not send. */
const asMember: Cell = ({ membership }) => membership === 'DEFAULT';
const ofOwnMembership: Cell = ({ membership, own }) => own && membership !== undefined;

const row = (admin: Cell, moderator: Cell, member: Cell, nonMember: Cell): Row => ({
  admin,
  moderator,
  member,
  nonMember,
});

/** The table. Messages and preferences have further conditions of their own, which stand with their operations. */
export const MATRIX = {
  // admin, moderator, member, non-member
  UpdateChannel: row(allow, allow, deny, deny),
  DeleteChannel: row(allow, allow, deny, deny),
  DescribeChannel: row(allow, allow, allow, ofPublic),
  DescribeChannelMembershipForAppInstanceUser: row(allow, own, own, own),
  DescribeChannelModeratedByAppInstanceUser: row(allow, own, own, own),
  CreateChannelMembership: row(allow, allow, inUnrestricted, selfToOpen),
  BatchCreateChannelMembership: row(allow, allow, inUnrestricted, selfToOpen),
  DescribeChannelMembership: row(allow, allow, allow, ofPublic),
  ListChannelMemberships: row(allow, allow, allow, ofPublic),
  DeleteChannelMembership: row(allow, allow, own, deny),
  SendChannelMessage: row(asMember, asMember, asMember, deny),
  GetChannelMessage: row(allow, allow, allow, ofPublic),
  ListChannelMessages: row(allow, allow, allow, ofPublic),
  GetChannelMessageStatus: row(own, own, own, own),
  UpdateChannelMessage: row(own, own, own, deny),
  RedactChannelMessage: row(allow, allow, own, deny),
  DeleteChannelMessage: row(allow, deny, deny, deny),
  CreateChannelModerator: row(allow, allow, deny, deny),
  DeleteChannelModerator: row(allow, allow, deny, deny),
  DescribeChannelModerator: row(allow, allow, deny, deny),
  ListChannelModerators: row(allow, allow, deny, deny),
  CreateChannelBan: row(allow, allow, deny, deny),
  DeleteChannelBan: row(allow, allow, deny, deny),
  DescribeChannelBan: row(allow, allow, deny, deny),
  ListChannelBans: row(allow, allow, deny, deny),
  UpdateChannelReadMarker: row(ofOwnMembership, ofOwnMembership, ofOwnMembership, deny),
  GetChannelMembershipPreferences: row(ofOwnMembership, ofOwnMembership, ofOwnMembership, deny),
  PutChannelMembershipPreferences: row(ofOwnMembership, ofOwnMembership, ofOwnMembership, deny),
  AssociateChannelFlow: row(allow, allow, deny, deny),
  DisassociateChannelFlow: row(allow, allow, deny, deny),
  ListSubChannels: row(allow, allow, deny, deny),
  PutChannelExpirationSettings: row(allow, allow, deny, deny),
} as const satisfies Readonly<Record<string, Row>>;

/** The operations of a bearer on a channel. */
export type ChannelOperation = keyof typeof MATRIX;

/** Whether the role may do it. */
export function permits(operation: ChannelOperation, role: Role, circumstances: Circumstances): boolean {
  return MATRIX[operation][role](circumstances);
}
