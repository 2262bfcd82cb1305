/** Who may do what with those whom a channel lists: the table of spec/chime-messaging 4.2, asked of the server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerTo, CHANNEL_CALLS, type ChannelCall, channelCalls } from './support/channel-calls.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const PRIVACIES = ['PUBLIC', 'PRIVATE'] as const;
const MODES = ['UNRESTRICTED', 'RESTRICTED'] as const;

/** Who asks: the column of the table, and whether it is a member of the channel too. */
const PEOPLE = {
  admin: { column: 0, member: false },
  'admin-member': { column: 0, member: true },
  moderator: { column: 1, member: false },
  'moderator-member': { column: 1, member: true },
  member: { column: 2, member: true },
  hidden: { column: 2, member: true },
  'non-member': { column: 3, member: false },
} as const;
type Person = keyof typeof PEOPLE;
const people = Object.keys(PEOPLE) as readonly Person[];

/** What a cell may ask for besides the role. */
const CELLS = {
  allowed: () => true,
  denied: () => false,
  'if public': ({ privacy }) => privacy === 'PUBLIC',
  'if unrestricted': ({ mode }) => mode === 'UNRESTRICTED',
  'itself if public and unrestricted': ({ privacy, mode, itself }) =>
    itself && privacy === 'PUBLIC' && mode === 'UNRESTRICTED',
  itself: ({ itself }) => itself,
  'if member': ({ member }) => member,
  'itself if member': ({ itself, member }) => itself && member,
} as const satisfies Readonly<Record<string, (facts: Facts) => boolean>>;

interface Facts {
  readonly privacy: (typeof PRIVACIES)[number];
  readonly mode: (typeof MODES)[number];
  readonly itself: boolean;
  readonly member: boolean;
}

type Row = readonly [keyof typeof CELLS, keyof typeof CELLS, keyof typeof CELLS, keyof typeof CELLS];
const MODERATION: Row = ['allowed', 'allowed', 'denied', 'denied'];

/** Admin, moderator, member, non-member. */
const TABLE: Readonly<Record<ChannelCall, Row>> = {
  CreateChannelMembership: ['allowed', 'allowed', 'if unrestricted', 'itself if public and unrestricted'],
  BatchCreateChannelMembership: ['allowed', 'allowed', 'if unrestricted', 'itself if public and unrestricted'],
  DescribeChannelMembership: ['allowed', 'allowed', 'allowed', 'if public'],
  ListChannelMemberships: ['allowed', 'allowed', 'allowed', 'if public'],
  DeleteChannelMembership: ['allowed', 'allowed', 'itself', 'denied'],
  CreateChannelModerator: MODERATION,
  DescribeChannelModerator: MODERATION,
  ListChannelModerators: MODERATION,
  DeleteChannelModerator: MODERATION,
  CreateChannelBan: MODERATION,
  DescribeChannelBan: MODERATION,
  ListChannelBans: MODERATION,
  DeleteChannelBan: MODERATION,
  UpdateChannelReadMarker: ['if member', 'if member', 'if member', 'denied'],
  GetChannelMembershipPreferences: ['itself if member', 'itself if member', 'itself if member', 'denied'],
  PutChannelMembershipPreferences: ['itself if member', 'itself if member', 'itself if member', 'denied'],
};

let venue: ChimeVenue;
const arns = {} as Record<Person | 'founder' | 'bystander' | 'outsider', string>;

before(async () => {
  venue = await openChimeVenue();
  for (const id of [...people, 'founder', 'bystander', 'outsider'] as const) arns[id] = await venue.user(id);
  for (const id of ['admin', 'admin-member'] as const) {
    const admin = { AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: arns[id] };
    await venue.identity.createAppInstanceAdmin(admin);
  }
});
after(() => venue[Symbol.asyncDispose]());

async function openChannel(Privacy: Facts['privacy'], Mode: Facts['mode'], person: Person): Promise<string> {
  const channel = await venue.channel(arns.founder, {
    Privacy,
    Mode,
    ModeratorArns: [arns.moderator, arns['moderator-member']],
    MemberArns: [arns['admin-member'], arns['moderator-member'], arns.member, arns.bystander],
  });
  if (person === 'hidden') {
    const hidden = { ChannelArn: channel, ChimeBearer: arns.founder, MemberArn: arns.hidden, Type: 'HIDDEN' } as const;
    await venue.messaging.createChannelMembership(hidden);
  }
  return channel;
}

/** Whom the call is about when not the bearer: somebody for whom nothing but the bearer's role stands in the way. */
const others = (operation: ChannelCall) => (operation.startsWith('Create') ? arns.outsider : arns.bystander);

for (const operation of CHANNEL_CALLS) {
  test(`${operation}: ${TABLE[operation].join(', ')}`, async () => {
    const aboutSomebody = /Membership$|Preferences$/.test(operation);
    for (const privacy of PRIVACIES) {
      for (const mode of MODES) {
        for (const person of people) {
          for (const itself of aboutSomebody ? [true, false] : [false]) {
            const { column, member } = PEOPLE[person];
            const allowed = CELLS[TABLE[operation][column]]({ privacy, mode, itself, member });
            const channel = await openChannel(privacy, mode, person);
            const on = { bearer: arns[person], channel, target: itself ? arns[person] : others(operation) };
            const answer = await answerTo(channelCalls[operation](venue.messaging, on));
            const where = `${person} ${itself ? 'about itself' : 'about another'} in ${privacy} ${mode}`;
            assert.equal(answer !== 'ForbiddenException', allowed, `${where}: ${answer ?? 'done'}`);
            assert.notEqual(answer, 'BadRequestException', where);
          }
        }
      }
    }
  });
}
