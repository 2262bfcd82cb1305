/** Whom a channel lists: its members, its moderators, and those who are banned from it. */
import type { Command } from 'commander';
import {
  addBearerOptions,
  type BearerOptions,
  type ChannelConnection,
  connectChannel,
  identityCells,
  pages,
} from './chime.ts';
import { addJson, printListing } from './listing.ts';

interface RosterOptions extends BearerOptions {
  /** Of members. */
  readonly hidden?: true;
  readonly json?: true;
}

interface Roster {
  add(connection: ChannelConnection, userArn: string, options: RosterOptions): Promise<unknown>;
  remove(connection: ChannelConnection, userArn: string): Promise<unknown>;
  list(connection: ChannelConnection, options: RosterOptions): Promise<void>;
}

const members: Roster = {
  add: ({ client, chime, on }, MemberArn, options) =>
    client.call(chime.CreateChannelMembership, { ...on, MemberArn, Type: typeOf(options) }),
  remove: ({ client, chime, on }, MemberArn) => client.call(chime.DeleteChannelMembership, { ...on, MemberArn }),
  list({ client, chime, on }, options) {
    const memberships = pages(
      (next) => client.call(chime.ListChannelMemberships, { ...on, Type: typeOf(options), ...next }),
      ({ ChannelMemberships }) => ChannelMemberships,
    );
    return printListing(memberships, 'ChannelMemberships', options, ({ Member }) => identityCells(Member));
  },
};

const moderators: Roster = {
  add: ({ client, chime, on }, ChannelModeratorArn) =>
    client.call(chime.CreateChannelModerator, { ...on, ChannelModeratorArn }),
  remove: ({ client, chime, on }, ChannelModeratorArn) =>
    client.call(chime.DeleteChannelModerator, { ...on, ChannelModeratorArn }),
  list({ client, chime, on }, options) {
    const listed = pages(
      (next) => client.call(chime.ListChannelModerators, { ...on, ...next }),
      ({ ChannelModerators }) => ChannelModerators,
    );
    return printListing(listed, 'ChannelModerators', options, ({ Moderator }) => identityCells(Moderator));
  },
};

const bans: Roster = {
  add: ({ client, chime, on }, MemberArn) => client.call(chime.CreateChannelBan, { ...on, MemberArn }),
  remove: ({ client, chime, on }, MemberArn) => client.call(chime.DeleteChannelBan, { ...on, MemberArn }),
  list({ client, chime, on }, options) {
    const listed = pages(
      (next) => client.call(chime.ListChannelBans, { ...on, ...next }),
      ({ ChannelBans }) => ChannelBans,
    );
    return printListing(listed, 'ChannelBans', options, ({ Member }) => identityCells(Member));
  },
};

function typeOf({ hidden }: RosterOptions): 'HIDDEN' | 'DEFAULT' {
  return hidden ? 'HIDDEN' : 'DEFAULT';
}

/** Adds `parlor channel member|moderator|ban`, each with `add|remove|list`. */
export function addRosters(channel: Command): void {
  addRoster(channel, members, {
    name: 'member',
    description: 'add, remove and list members',
    add: 'make users members',
    remove: 'make users members no more',
    list: 'print ARN and name of every member',
    hidden: 'members who are not listed among the others, and do not send',
  });
  addRoster(channel, moderators, {
    name: 'moderator',
    description: 'add, remove and list moderators',
    add: 'make users moderators, who need not be members',
    remove: 'make users moderators no more',
    list: 'print ARN and name of every moderator',
  });
  addRoster(channel, bans, {
    name: 'ban',
    description: 'ban users from a channel, end and list bans',
    add: 'ban users, who cease to be members',
    remove: 'end bans; users do not become members again by that',
    list: 'print ARN and name of everybody who is banned',
  });
}

function addRoster(
  channel: Command,
  roster: Roster,
  texts: Readonly<Record<'name' | 'description' | 'add' | 'remove' | 'list', string>> & { readonly hidden?: string },
): void {
  const command = channel.command(texts.name).description(texts.description);
  const one = (name: 'add' | 'remove' | 'list') => {
    const sub = command.command(name).description(texts[name]).argument('<channel>', 'its ARN or id');
    return texts.hidden === undefined || name === 'remove' ? sub : sub.option('--hidden', texts.hidden);
  };
  for (const name of ['add', 'remove'] as const) {
    addBearerOptions(one(name).argument('<user...>', 'ARNs or ids')).action(
      async (channel: string, users: readonly string[], options: RosterOptions) => {
        const connection = await connectChannel(channel, options);
        for (const user of users) await roster[name](connection, connection.userArn(user), options);
      },
    );
  }
  addBearerOptions(addJson(one('list'))).action(async (channel: string, options: RosterOptions) =>
    roster.list(await connectChannel(channel, options), options),
  );
}
