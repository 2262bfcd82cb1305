/**
 * A seeded simulation: random people do random things with members, moderators and bans of random channels. Every answer
 * and every listing is what a naive model says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from '../../sim/support/world.ts';
import { answerTo } from './support/channel-calls.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const STEPS = 400;
/** The first two are admins. */
const PEOPLE = ['a0', 'a1', 'u0', 'u1', 'u2', 'u3', 'u4', 'u5'] as const;
/** Nobody by this name is there. */
const NOBODY = 'nobody';
const MEMBERS_PER_CHANNEL = 5;
const CHANNELS_PER_MEMBER = 3;
const MODERATORS_PER_CHANNEL = 3;

const DONE = 'done';
const FORBIDDEN = 'ForbiddenException';
const NOT_FOUND = 'NotFoundException';
const CONFLICT = 'ConflictException';
const LIMIT = 'ResourceLimitExceededException';

type Type = 'DEFAULT' | 'HIDDEN';

/** A channel as the model has it: who was listed by whom. */
class Channel {
  readonly members = new Map<string, { readonly type: Type; readonly by: string }>();
  readonly moderators = new Map<string, string>();
  readonly bans = new Map<string, string>();
  readonly open: boolean;
  readonly unrestricted: boolean;
  readonly all: readonly Channel[];

  constructor(privacy: string, mode: string, founder: string, all: readonly Channel[]) {
    this.unrestricted = mode === 'UNRESTRICTED';
    this.open = privacy === 'PUBLIC';
    this.all = all;
    this.members.set(founder, { type: 'DEFAULT', by: founder });
    this.moderators.set(founder, founder);
  }

  moderates(who: string): boolean {
    return who.startsWith('a') || this.moderators.has(who);
  }

  reads(who: string): boolean {
    return this.moderates(who) || this.members.has(who) || this.open;
  }

  mayAdd(who: string, whom: readonly string[], type: Type): boolean {
    if (this.moderates(who)) return true;
    if (type === 'HIDDEN' || !this.unrestricted) return false;
    return this.members.has(who) || (this.open && whom.every((each) => each === who));
  }

  /** Why the person cannot become a member, if so; the channel's own limit aside. */
  obstacle(whom: string): string {
    if (whom === NOBODY) return NOT_FOUND;
    if (this.bans.has(whom)) return FORBIDDEN;
    if (this.members.has(whom)) return CONFLICT;
    return this.all.filter(({ members }) => members.has(whom)).length >= CHANNELS_PER_MEMBER ? LIMIT : DONE;
  }

  add(who: string, whom: string, type: Type): string {
    if (!this.mayAdd(who, [whom], type)) return FORBIDDEN;
    const obstacle = this.obstacle(whom);
    if (obstacle !== DONE) return obstacle;
    if (this.members.size >= MEMBERS_PER_CHANNEL) return LIMIT;
    this.members.set(whom, { type, by: who });
    return DONE;
  }

  /** Who is added, and why the others are not; or the error. */
  addAll(who: string, whom: readonly string[], type: Type): string {
    const each = [...new Set(whom)];
    if (!this.mayAdd(who, each, type)) return FORBIDDEN;
    const outcomes = each.map((one) => [one, this.obstacle(one)] as const);
    const added = outcomes.filter(([, outcome]) => outcome === DONE).map(([one]) => one);
    if (added.length > 0 && this.members.size + added.length > MEMBERS_PER_CHANNEL) return LIMIT;
    for (const one of added) this.members.set(one, { type, by: who });
    return batchInShort(
      added,
      outcomes.filter(([, outcome]) => outcome !== DONE),
    );
  }

  remove(who: string, whom: string): string {
    if (!this.moderates(who) && !(this.members.has(who) && who === whom)) return FORBIDDEN;
    this.members.delete(whom);
    return DONE;
  }

  appoint(who: string, whom: string): string {
    if (!this.moderates(who) || whom === NOBODY || this.bans.has(whom)) return FORBIDDEN;
    if (this.moderators.has(whom)) return CONFLICT;
    if (this.moderators.size >= MODERATORS_PER_CHANNEL) return LIMIT;
    this.moderators.set(whom, who);
    return DONE;
  }

  dismiss(who: string, whom: string): string {
    if (!this.moderates(who)) return FORBIDDEN;
    this.moderators.delete(whom);
    return DONE;
  }

  ban(who: string, whom: string): string {
    if (!this.moderates(who) || whom === NOBODY || this.moderates(whom)) return FORBIDDEN;
    if (this.bans.has(whom)) return CONFLICT;
    this.bans.set(whom, who);
    this.members.delete(whom);
    return DONE;
  }

  unban(who: string, whom: string): string {
    if (!this.moderates(who)) return FORBIDDEN;
    this.bans.delete(whom);
    return DONE;
  }

  /** The membership as it is shown to somebody: type and inviter. */
  membershipOf(who: string, whom: string): string {
    const found = this.members.get(whom);
    if (!this.reads(who)) return FORBIDDEN;
    if (!found || (found.type === 'HIDDEN' && who !== whom && !this.moderates(who))) return NOT_FOUND;
    return `${found.type} by ${found.by}`;
  }

  list(who: string, type: Type): string {
    if (!this.reads(who) || (type === 'HIDDEN' && !this.moderates(who))) return FORBIDDEN;
    return inOrder([...this.members].filter(([, member]) => member.type === type).map(([name]) => name));
  }
}

const inOrder = (names: readonly string[]) => names.toSorted().join(' ');

function batchInShort(added: readonly string[], failed: readonly (readonly [string, string])[]): string {
  return JSON.stringify([added, failed]);
}

/** How often what was done with which outcome, in all simulations. */
const done = new Map<string, number>();

class World {
  readonly chance: Chance;
  readonly #venue: ChimeVenue;
  readonly #arns: Record<string, string>;
  /** Models by ARN. */
  readonly channels: ReadonlyMap<string, Channel>;

  constructor(seed: number, venue: ChimeVenue, arns: Record<string, string>, channels: ReadonlyMap<string, Channel>) {
    this.chance = new Chance(seed);
    this.#venue = venue;
    this.#arns = arns;
    this.channels = channels;
  }

  /** Does one thing, and compares the answers. */
  async step(): Promise<void> {
    const { chance } = this;
    const [arn, model] = chance.pick([...this.channels]);
    const who = chance.pick(PEOPLE);
    const whom = chance.pick([...PEOPLE, who, who, NOBODY]);
    const type = chance.below(4) === 0 ? 'HIDDEN' : 'DEFAULT';
    const { messaging } = this.#venue;
    const on = { ChannelArn: arn, ChimeBearer: this.#arnOf(who) };
    const member = { ...on, MemberArn: this.#arnOf(whom) };
    const moderator = { ...on, ChannelModeratorArn: this.#arnOf(whom) };
    const batch = [whom, chance.pick(PEOPLE), chance.pick(PEOPLE)].slice(0, 1 + chance.below(3));
    const things: Readonly<Record<string, readonly [() => string, () => Promise<string>]>> = {
      add: [
        () => model.add(who, whom, type),
        () => outcome(messaging.createChannelMembership({ ...member, Type: type })),
      ],
      addAll: [() => model.addAll(who, batch, type), () => this.#addAll(on, batch, type)],
      remove: [() => model.remove(who, whom), () => outcome(messaging.deleteChannelMembership(member))],
      appoint: [() => model.appoint(who, whom), () => outcome(messaging.createChannelModerator(moderator))],
      dismiss: [() => model.dismiss(who, whom), () => outcome(messaging.deleteChannelModerator(moderator))],
      ban: [() => model.ban(who, whom), () => outcome(messaging.createChannelBan(member))],
      unban: [() => model.unban(who, whom), () => outcome(messaging.deleteChannelBan(member))],
      describe: [() => model.membershipOf(who, whom), () => this.#membershipOf(member)],
      list: [() => model.list(who, type), () => this.#list(on, type)],
    };
    const thing = chance.pick(['add', 'add', 'add', ...Object.keys(things)]);
    const [expected, actual] = things[thing] ?? assert.fail();
    const wanted = expected();
    assert.equal(await actual(), wanted, `${who} ${thing} ${thing === 'addAll' ? batch : whom} ${type}`);
    const kind = `${thing}: ${/Exception$/.test(wanted) ? wanted : DONE}`;
    done.set(kind, (done.get(kind) ?? 0) + 1);
  }

  /** All that is listed, to an admin. */
  async compareListings(): Promise<void> {
    const { messaging } = this.#venue;
    for (const [ChannelArn, model] of this.channels) {
      const on = { ChannelArn, ChimeBearer: this.#arnOf('a0') };
      assert.equal(await this.#list(on, 'DEFAULT'), model.list('a0', 'DEFAULT'));
      assert.equal(await this.#list(on, 'HIDDEN'), model.list('a0', 'HIDDEN'));
      const { ChannelModerators = [] } = await messaging.listChannelModerators(on);
      assert.equal(
        inOrder(ChannelModerators.map(({ Moderator }) => nameOf(Moderator))),
        inOrder([...model.moderators.keys()]),
      );
      const { ChannelBans = [] } = await messaging.listChannelBans(on);
      assert.equal(inOrder(ChannelBans.map(({ Member }) => nameOf(Member))), inOrder([...model.bans.keys()]));
      for (const [name, by] of model.moderators) {
        const named = { ...on, ChannelModeratorArn: this.#arnOf(name) };
        const { ChannelModerator } = await messaging.describeChannelModerator(named);
        assert.equal(nameOf(ChannelModerator?.CreatedBy), by);
      }
      for (const [name, by] of model.bans) {
        const { ChannelBan } = await messaging.describeChannelBan({ ...on, MemberArn: this.#arnOf(name) });
        assert.equal(nameOf(ChannelBan?.CreatedBy), by);
      }
    }
  }

  #arnOf(name: string): string {
    return this.#arns[name] ?? `${this.#venue.appInstanceArn}/user/${name}`;
  }

  async #addAll(on: Bearing, names: readonly string[], Type: Type): Promise<string> {
    const MemberArns = names.map((name) => this.#arnOf(name));
    const call = this.#venue.messaging.batchCreateChannelMembership({ ...on, MemberArns, Type });
    return resultOf(call, ({ BatchChannelMemberships, Errors = [] }) =>
      batchInShort(
        (BatchChannelMemberships?.Members ?? []).map(nameOf),
        Errors.map(({ MemberArn = '', ErrorCode }) => [lastOf(MemberArn), `${ErrorCode}Exception`]),
      ),
    );
  }

  #membershipOf(member: Bearing & { readonly MemberArn: string }): Promise<string> {
    return resultOf(this.#venue.messaging.describeChannelMembership(member), ({ ChannelMembership: found }) => {
      return `${found?.Type} by ${nameOf(found?.InvitedBy)}`;
    });
  }

  #list(on: Bearing, Type: Type): Promise<string> {
    const call = this.#venue.messaging.listChannelMemberships({ ...on, Type });
    return resultOf(call, ({ ChannelMemberships = [] }) =>
      inOrder(ChannelMemberships.map(({ Member }) => nameOf(Member))),
    );
  }
}

interface Bearing {
  readonly ChannelArn: string;
  readonly ChimeBearer: string;
}

const nameOf = (identity: { readonly Name?: string | undefined } | undefined) => identity?.Name ?? '';
const lastOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

async function outcome(call: Promise<object>): Promise<string> {
  return (await answerTo(call)) ?? DONE;
}

/** What the result says, or the name of the error. */
async function resultOf<Result extends object>(
  call: Promise<Result>,
  say: (result: Result) => string,
): Promise<string> {
  return (await answerTo(call)) ?? say(await call);
}

async function populate(seed: number, venue: ChimeVenue): Promise<World> {
  const arns: Record<string, string> = {};
  for (const name of PEOPLE) arns[name] = await venue.user(name);
  for (const name of ['a0', 'a1']) {
    const admin = { AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: arns[name] };
    await venue.identity.createAppInstanceAdmin(admin);
  }
  const models: Channel[] = [];
  const channels = new Map<string, Channel>();
  for (const Privacy of ['PUBLIC', 'PRIVATE'] as const) {
    for (const Mode of ['UNRESTRICTED', 'RESTRICTED'] as const) {
      const founder = PEOPLE[2 + models.length] ?? assert.fail();
      const arn = await venue.channel(arns[founder] ?? assert.fail(), { Privacy, Mode });
      const model = new Channel(Privacy, Mode, founder, models);
      models.push(model);
      channels.set(arn, model);
    }
  }
  return new World(seed, venue, arns, channels);
}

for (const seed of [1, 2, 3, Date.now() % 1_000_000]) {
  test(`answers and listings are as the model says with seed ${seed}`, async () => {
    await using venue = await openChimeVenue({
      limit: [
        `memberships-per-channel=${MEMBERS_PER_CHANNEL}`,
        `memberships-per-user=${CHANNELS_PER_MEMBER}`,
        `moderators-per-channel=${MODERATORS_PER_CHANNEL}`,
      ],
    });
    const world = await populate(seed, venue);
    for (let step = 0; step < STEPS; step++) await world.step();
    await world.compareListings();
  });
}

test('between them, everything was done, and denied', () => {
  for (const thing of ['add', 'addAll', 'remove', 'appoint', 'dismiss', 'ban', 'unban', 'describe', 'list']) {
    assert.ok(done.get(`${thing}: ${DONE}`), `nobody did ${thing}`);
    assert.ok(done.get(`${thing}: ${FORBIDDEN}`), `nobody was denied ${thing}`);
  }
  for (const thing of ['add', 'appoint']) {
    assert.ok(done.get(`${thing}: ${CONFLICT}`), `nobody met a conflict with ${thing}`);
    assert.ok(done.get(`${thing}: ${LIMIT}`), `nobody met a limit with ${thing}`);
  }
});
