/**
 * A seeded simulation of sessions that come and go while their users join and leave topics. Whatever happens in whatever
 * order: from its joining to its leaving a session is given every event of a topic once and in order, the event of its
 * leaving last; what is held follows what goes first; and a session that has settled is where its user is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBus } from '../../src/bus/local.ts';
import { textFrame } from '../../src/engine/frame.ts';
import { Hub } from '../../src/engine/hub.ts';
import type { Effect } from '../../src/engine/ports.ts';
import type { Session } from '../../src/engine/session.ts';
import { Chance, SimulatedClock, SimulatedPeer } from './support/world.ts';

const TOPICS = ['a', 'b', 'c', 'd'];
const SUBJECTS = ['ann', 'bob', 'cleo', 'dan'];
const TICKS = 300;
/** Connect first, so that fan-outs are cut into slices. */
const CROWD = 300;
/** Topics of nobody else, with which some sessions take several ticks to settle. */
const FILLERS = 300;
const FILLER_MS = 0.05;

/** A stay on a topic, in places of the topic's events. */
interface Stay {
  /** It must be given what stands at or after `certain`, and may be given what stands between. */
  readonly possible: number;
  certain: number;
  end: number;
}

interface Hold {
  readonly topic: string;
  readonly place: number;
  readonly first: string;
  state: 'held' | 'released' | 'void';
}

interface Member {
  readonly session: Session;
  readonly peer: SimulatedPeer;
  readonly subject: string;
  readonly stays: Map<string, Stay[]>;
  readonly holds: Hold[];
  settled: 'no' | 'reading' | 'yes';
  vanished: boolean;
}

class World {
  readonly chance: Chance;
  readonly clock = new SimulatedClock();
  readonly hub: Hub;
  readonly members: Member[] = [];
  /** Who gets the event at each place of a topic; undefined: all. */
  readonly told = new Map<string, ((subject: string) => boolean)[]>(TOPICS.map((topic) => [topic, []]));
  /** What a database would say: each subject's topics. */
  readonly entitled = new Map(SUBJECTS.map((subject) => [subject, new Set<string>()]));
  leaves = 0;
  /** What members that are still reading have read and not been made to leave. */
  readonly #reading = new Map<Member, Set<string>>();
  #holds = 0;

  constructor(seed: number) {
    this.chance = new Chance(seed);
    const bus = localBus();
    const subscribe = (topic: string) => {
      if (topic.startsWith('filler')) this.clock.spend(FILLER_MS);
      return bus.subscribe(topic);
    };
    const observer = { fannedOut: () => undefined, sessionReset: (cause: string) => assert.fail(cause) };
    this.hub = new Hub({ bus: { ...bus, subscribe }, clock: this.clock, observer });
  }

  get open(): Member[] {
    return this.members.filter(({ session }) => session.open);
  }

  get holding(): Member[] {
    return this.open.filter(({ holds }) => holds.some(({ state }) => state === 'held'));
  }

  async connect(): Promise<void> {
    const subject = this.chance.pick(SUBJECTS);
    const peer = new SimulatedPeer(true, () => this.clock.spend(this.chance.next() * 0.2));
    const owner = { expired: () => undefined };
    const session = this.hub.open(peer, { subject, owner, expiresAtMs: Number.POSITIVE_INFINITY });
    const stays = new Map<string, Stay[]>(TOPICS.map((topic) => [topic, []]));
    const member: Member = { session, peer, subject, stays, holds: [], settled: 'no', vanished: false };
    this.members.push(member);
    await this.hub.join(session, `user/${subject}`);
    this.hub.settle(session);
    const read = [...(this.entitled.get(subject) ?? [])];
    const unread = new Set(read);
    this.#reading.set(member, unread);
    for (const topic of read) if (this.chance.next() < 0.3) this.hold(member, topic);
    if (this.chance.next() < 0.7) await this.#ticks(this.chance.below(4)); // the database takes its time
    member.settled = 'reading';
    for (const topic of session.open ? unread : []) {
      if (current(member, topic) === undefined) this.#begin(member, topic, Number.POSITIVE_INFINITY);
    }
    const fillers = Array.from(
      { length: this.chance.next() < 0.3 ? FILLERS : 0 },
      (_, index) => `filler/${this.members.length}/${index}`,
    );
    const names = [...fillers, ...read].sort(() => this.chance.next() - 0.5);
    await this.hub.settled(session, names);
    member.settled = 'yes';
    this.#reading.delete(member);
    for (const topic of TOPICS) {
      const stay = current(member, topic);
      if (stay !== undefined) stay.certain = Math.min(stay.certain, this.place(topic));
    }
  }

  place(topic: string): number {
    return this.told.get(topic)?.length ?? 0;
  }

  publish(topic: string, effect?: Effect): void {
    const framed = effect === undefined || this.chance.next() < 0.7;
    const one = this.chance.next() < 0.2 ? this.chance.pick(SUBJECTS) : undefined;
    const frame = textFrame(`${topic}:${this.place(topic)}`);
    if (framed) this.told.get(topic)?.push((subject) => one === undefined || one === subject);
    this.hub.publish({
      topic,
      ...(framed ? { frame } : {}),
      ...(framed && one !== undefined ? { audience: [one] } : {}),
      ...(effect === undefined ? {} : { effect }),
    });
  }

  join(): void {
    const [subject, topic] = [this.chance.pick(SUBJECTS), this.chance.pick(TOPICS)];
    this.entitled.get(subject)?.add(topic);
    for (const member of this.open) {
      if (member.subject !== subject) continue;
      const stay = current(member, topic);
      if (stay === undefined) this.#begin(member, topic, this.place(topic));
      else stay.certain = Math.min(stay.certain, this.place(topic));
    }
    this.hub.publish({ topic: `user/${subject}`, effect: { kind: 'join', topic } });
    if (this.chance.next() < 0.5) this.publish(topic);
  }

  leave(): void {
    const topic = this.chance.pick(TOPICS);
    const subject = this.chance.next() < 0.8 ? this.chance.pick(SUBJECTS) : undefined;
    const affected = SUBJECTS.filter((each) => subject === undefined || each === subject);
    for (const each of affected) this.entitled.get(each)?.delete(topic);
    this.publish(topic, subject === undefined ? { kind: 'leave' } : { kind: 'leave', subject });
    for (const member of this.open) {
      if (!affected.includes(member.subject)) continue;
      this.#reading.get(member)?.delete(topic);
      const stay = current(member, topic);
      const on = stay !== undefined;
      if (on) this.#end(stay, topic);
      if (!on && member.settled === 'yes') continue;
      for (const hold of member.holds) if (hold.topic === topic && hold.state === 'held') hold.state = 'void';
      this.leaves += 1;
    }
  }

  hold(member: Member, topic: string): void {
    if (member.holds.some((hold) => hold.topic === topic && hold.state === 'held')) return;
    member.holds.push({ topic, place: this.place(topic), first: `first:${this.#holds++}`, state: 'held' });
    this.hub.hold(member.session, topic);
  }

  release(member: Member): void {
    const hold = this.chance.pick(member.holds.filter(({ state }) => state !== 'released'));
    if (hold === undefined) return;
    // One that is void may have been followed by another hold of the topic.
    if (hold.state === 'void' && member.holds.some(({ topic, state }) => topic === hold.topic && state === 'held'))
      return;
    this.hub.release(member.session, hold.topic, textFrame(hold.first));
    if (hold.state === 'held') hold.state = 'released';
  }

  end(member: Member): void {
    this.#stop(member);
    if (this.chance.next() < 0.5) {
      member.session.end({ code: 1000, reason: '' });
    } else {
      member.vanished = true;
      this.hub.close(member.session);
    }
  }

  async #ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick++) await new Promise<void>((resolve) => this.clock.endOfTick(resolve));
  }

  #begin(member: Member, topic: string, certain: number): void {
    member.stays.get(topic)?.push({ possible: this.place(topic), certain, end: Number.POSITIVE_INFINITY });
  }

  #end(stay: Stay, topic: string): void {
    stay.end = this.place(topic);
    stay.certain = Math.min(stay.certain, stay.end);
  }

  #stop(member: Member): void {
    for (const topic of TOPICS) {
      const stay = current(member, topic);
      if (stay !== undefined) this.#end(stay, topic);
    }
    for (const hold of member.holds) if (hold.state === 'held') hold.state = 'void';
  }
}

function current(member: Member, topic: string): Stay | undefined {
  return member.stays.get(topic)?.find(({ end }) => end === Number.POSITIVE_INFINITY);
}

/** The places of a topic's events among what a peer was given. */
function given(texts: readonly string[], topic: string): number[] {
  return texts.filter((text) => text.startsWith(`${topic}:`)).map((text) => Number(text.slice(2)));
}

function assertStays(world: World, member: Member, topic: string): void {
  const places = given(member.peer.texts, topic);
  const told = world.told.get(topic) ?? [];
  assert.deepEqual(
    places,
    [...new Set(places)].sort((a, b) => a - b),
    'in order, and each once',
  );
  const expected = (member.stays.get(topic) ?? []).flatMap(({ possible, certain, end }) => {
    const from = Math.min(certain, places.find((place) => place >= possible && place < end) ?? certain);
    return [...told.keys()].filter((place) => place >= from && place < end && told[place]?.(member.subject));
  });
  assert.deepEqual(places, member.vanished ? expected.slice(0, places.length) : expected, `topic ${topic}`);
}

function assertHolds({ peer: { texts }, holds, vanished }: Member): void {
  for (const { topic, place, first, state } of holds) {
    if (state === 'void') assert.ok(!texts.includes(first), 'nothing goes first where nothing is held');
    if (state !== 'released' || (vanished && !texts.includes(first))) continue;
    assert.ok(texts.includes(first));
    for (const early of given(texts.slice(0, texts.indexOf(first)), topic)) assert.ok(early < place, 'held back');
  }
}

async function simulate(seed: number): Promise<World> {
  const world = new World(seed);
  const { chance, clock } = world;
  const settling: Promise<void>[] = [];
  for (let count = 0; count < 20; count++) world.join();
  for (let count = 0; count < CROWD; count++) settling.push(world.connect());
  for (let tick = 0; tick < TICKS; tick++) {
    for (let count = chance.below(12); count > 0; count--) {
      const dice = chance.next();
      const member = chance.pick(world.open);
      if (dice < 0.5) world.publish(chance.pick(TOPICS));
      else if (dice < 0.65) world.join();
      else if (dice < 0.75) world.leave();
      else if (dice < 0.83) settling.push(world.connect());
      else if (member === undefined) continue;
      else if (dice < 0.9) world.hold(member, chance.pick(TOPICS));
      else if (dice < 0.98) world.release(chance.pick(world.holding) ?? member);
      else world.end(member);
    }
    clock.endTick();
    await new Promise(setImmediate);
  }
  const settled = Promise.all(settling);
  for (let tick = 0; tick < 1000; tick++) {
    clock.endTick();
    await new Promise(setImmediate);
  }
  await settled;
  for (const member of world.open) while (member.session.holds !== undefined) world.release(member);
  for (let tick = 0; tick < 100; tick++) clock.endTick();
  return world;
}

for (const seed of [1, 2, 3, 20_240_301, Date.now() % 1_000_000]) {
  test(`sessions are given all of their stays, and only these, with seed ${seed}`, async () => {
    const world = await simulate(seed);
    for (const member of world.members) {
      for (const topic of TOPICS) assertStays(world, member, topic);
      assertHolds(member);
    }
    for (const { session, subject } of world.open) {
      const on = [...session.topics.keys()].map(({ name }) => name).filter((name) => TOPICS.includes(name));
      assert.deepEqual(on.sort(), [...(world.entitled.get(subject) ?? [])].sort(), 'where its user is');
    }
    assert.ok(world.leaves > 50, `users leave: ${world.leaves}`);
    const released = world.members.flatMap(({ holds }) => holds).filter(({ state }) => state === 'released');
    assert.ok(released.length > 10, `topics are held: ${released.length}`);
    assert.ok(world.open.length > 10, `sessions stay: ${world.open.length}`);
  });
}
