/**
 * After SESSION_ESTABLISHED nothing of the user's channels is missing while the socket stays open, and nothing of
 * others is heard (spec/chime-messaging 1.2, 1.5): whatever happens at the same time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from '../../sim/support/world.ts';
import { eventually } from '../support/chat.ts';
import { temporaryDirectory } from '../support/server.ts';
import type { Heard, Listener } from './support/listener.ts';
import { addQuietChannels } from './support/quiet-channels.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const SEEDS = [1, 2, 3];
const USERS = 6;
const CHANNELS = 4;
/** Channels of everybody in which nothing happens. */
const QUIET_CHANNELS = 1500;
/** How many act at the same time, and how often each does. */
const ACTORS = 8;
const ACTS = 60;

/** A user's socket, and what had been said and done when it was established. */
interface Visit {
  readonly user: string;
  readonly listener: Listener;
  /** Contents of messages that were sent after it was established. */
  readonly owed: Set<string>;
  established: boolean;
  ended: boolean;
}

/** Events by channel, in their order, as one text each. */
function ofChannel(heard: readonly Heard[], channel: string): string[] {
  return heard
    .filter(({ type, payload }) => type !== 'CHANNEL_DETAILS' && payload?.ChannelArn === channel)
    .map(({ type, payload }) => JSON.stringify({ type, payload }));
}

/** Of all that happened in a channel what a user is to hear: from each joining up to the leaving, both included. */
function owedTo(user: string, all: readonly string[]): string[] {
  let member = false;
  return all.filter((text) => {
    const { type, payload } = JSON.parse(text);
    const own = payload.Member?.Arn === user;
    if (own && type === 'CREATE_CHANNEL_MEMBERSHIP') member = true;
    const hears = member;
    if (own && type === 'DELETE_CHANNEL_MEMBERSHIP') member = false;
    return hears;
  });
}

class World {
  readonly visits: Visit[] = [];
  readonly #venue: ChimeVenue;
  readonly #chance: Chance;
  readonly #witness: string;
  readonly #users: readonly string[];
  readonly #channels: readonly string[];
  #said = 0;

  constructor(
    venue: ChimeVenue,
    chance: Chance,
    witness: string,
    users: readonly string[],
    channels: readonly string[],
  ) {
    this.#venue = venue;
    this.#chance = chance;
    this.#witness = witness;
    this.#users = users;
    this.#channels = channels;
  }

  /** Somebody does something. */
  async act(): Promise<void> {
    const chance = this.#chance;
    const dice = chance.next();
    if (dice < 0.5) await this.say(chance.pick(this.#channels));
    else if (dice < 0.8) await this.#changeMembership(chance.pick(this.#channels), chance.pick(this.#users));
    else if (dice < 0.9) await this.#arrive(chance.pick(this.#users));
    else await this.#leave();
  }

  /** Somebody connects, and until that is done memberships of the same user begin and end. */
  async #arrive(user: string): Promise<void> {
    let arriving = true;
    const visit = this.#visit(user).finally(() => {
      arriving = false;
    });
    while (arriving) await this.#changeMembership(this.#chance.pick(this.#channels), user);
    await visit;
  }

  /** @returns what was said; every visitor that is established by now is owed it, if it is a member */
  async say(channel: string): Promise<string> {
    const content = `${++this.#said}`;
    for (const visit of this.visits) if (visit.established && !visit.ended) visit.owed.add(content);
    await this.#venue.say(channel, this.#witness, content);
    return content;
  }

  async #changeMembership(ChannelArn: string, MemberArn: string): Promise<void> {
    const { messaging } = this.#venue;
    const membership = { ChannelArn, MemberArn, ChimeBearer: this.#witness };
    if (this.#chance.next() < 0.4) {
      await messaging.deleteChannelMembership(membership);
      return;
    }
    await messaging.createChannelMembership({ ...membership, Type: 'DEFAULT' }).catch((error: Error) => {
      if (error.name !== 'ConflictException') throw error;
    });
  }

  async #visit(user: string): Promise<void> {
    const wishes = this.#chance.next() < 0.5 ? { 'prefetch-on': 'connect' } : {};
    const listener = this.#venue.dial(user, wishes);
    const visit: Visit = { user, listener, owed: new Set(), established: false, ended: false };
    this.visits.push(visit);
    await listener.hear('SESSION_ESTABLISHED');
    visit.established = true;
  }

  async #leave(): Promise<void> {
    const here = this.visits.filter(({ established, ended }) => established && !ended);
    if (here.length === 0) return;
    const visit = this.#chance.pick(here);
    visit.ended = true;
    visit.listener.socket.terminate();
    await visit.listener.closed;
  }
}

/** The details are no older than what was heard before them. */
function checkDetails({ heard }: Listener): void {
  for (const [place, { type, payload }] of heard.entries()) {
    if (type !== 'CHANNEL_DETAILS') continue;
    const before = heard
      .slice(0, place)
      .filter(
        (each) => each.type === 'CREATE_CHANNEL_MESSAGE' && each.payload.ChannelArn === payload.Channel.ChannelArn,
      );
    const shown = payload.ChannelMessages.map(({ MessageId }: { MessageId: string }) => MessageId);
    const [newest = ''] = shown;
    for (const each of before) {
      const { MessageId } = each.payload;
      assert.ok(shown.includes(MessageId) || MessageId < newest, `details without ${each.payload.Content}`);
    }
  }
}

for (const seed of SEEDS) {
  test(`everybody hears exactly what happens where and while they are members (seed ${seed})`, async () => {
    // A user may have more sockets here than a user of AWS, so that none is closed for another.
    using directory = temporaryDirectory();
    await using venue = await openChimeVenue({ limit: ['connections-per-user=100'], 'data-dir': directory.path });
    const witness = await venue.user('witness');
    const users: string[] = [];
    for (let count = 0; count < USERS; count++) users.push(await venue.user(`user-${count}`));
    // What is read as they connect takes a while, in which something can happen.
    const quiet = await venue.channel(witness, { MemberArns: users });
    addQuietChannels(directory.path, quiet, QUIET_CHANNELS);
    const everywhere = await venue.connect(witness);
    const channels: string[] = [];
    for (let count = 0; count < CHANNELS; count++) channels.push(await venue.channel(witness));
    const world = new World(venue, new Chance(seed), witness, users, channels);

    await Promise.all(
      Array.from({ length: ACTORS }, async () => {
        for (let count = 0; count < ACTS; count++) await world.act();
      }),
    );
    for (const channel of channels) {
      const last = await world.say(channel);
      const isLast = ({ payload }: Heard) => payload.Content === last;
      await everywhere.hear('CREATE_CHANNEL_MESSAGE', isLast);
      const all = ofChannel(everywhere.heard, channel);
      for (const { user, listener, owed, ended } of world.visits) {
        const expected = owedTo(user, all);
        const contentOf = (text: string): string => JSON.parse(text).payload.Content;
        const first = expected.findIndex((text) => owed.has(contentOf(text)));
        const hearing = () => ofChannel(listener.heard, channel);
        if (!ended && (first >= 0 || hearing().length > 0)) {
          await eventually(() => hearing().at(-1) === expected.at(-1), `what ends with ${expected.at(-1)}`);
        }
        const heard = hearing();
        // What came before it was established it may have heard or not, but from some point on all.
        const from = heard.length > 0 ? expected.indexOf(heard[0] ?? '') : 0;
        assert.deepEqual(heard, expected.slice(from, from + heard.length));
        assert.ok(ended || first < 0 || (heard.length > 0 && from <= first), 'what it was owed is missing');
      }
    }
    for (const { listener } of world.visits) checkDetails(listener);
    assert.ok(world.visits.some(({ listener }) => listener.types.includes('DELETE_CHANNEL_MEMBERSHIP')));
    assert.ok(world.visits.some(({ listener }) => listener.types.includes('CHANNEL_DETAILS')));
  });
}
