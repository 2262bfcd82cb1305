/**
 * A seeded simulation of hub, sessions and bus. Whatever happens in whatever order: one order per topic, nothing after
 * the end, nothing lost before it, one write per session and tick, budgets kept.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBus } from '../../src/bus/local.ts';
import { textFrame } from '../../src/engine/frame.ts';
import { Hub } from '../../src/engine/hub.ts';
import type { Session } from '../../src/engine/session.ts';
import { Chance, SimulatedClock, SimulatedPeer } from './support/world.ts';

const TOPICS = ['a', 'b', 'c'];
const SUBJECTS = ['ann', 'bob', 'cleo', 'dan', 'eve'];
const TICKS = 400;

interface Member {
  readonly session: Session;
  readonly peer: SimulatedPeer;
  readonly subject: string;
  readonly topics: readonly string[];
  /** What its topics had been told before it joined. The end of it, still being given out, may arrive. */
  readonly earlier: readonly string[];
  /** What must arrive, in order of its happening: `topic:number` or `direct:number`. */
  readonly expected: string[];
  ended: number | undefined;
}

class World {
  readonly chance: Chance;
  readonly clock = new SimulatedClock();
  readonly hub: Hub;
  readonly members: Member[] = [];
  resets = 0;
  readonly #told: string[] = [];
  #next = 0;

  constructor(seed: number) {
    this.chance = new Chance(seed);
    const observer = {
      fannedOut: () => undefined,
      sessionReset: () => {
        this.resets += 1;
      },
    };
    const backlog = { sessionBytes: 4096, ageMs: 10_000, processBytes: 16_384 };
    this.hub = new Hub({ bus: localBus(), clock: this.clock, observer, backlog });
  }

  get open(): Member[] {
    return this.members.filter(({ session }) => session.open);
  }

  async join(): Promise<void> {
    const subject = this.chance.pick(SUBJECTS);
    const topics = TOPICS.filter(() => this.chance.next() < 0.6);
    // Each write takes its time, so that fan-outs are cut into slices.
    const peer = new SimulatedPeer(this.chance.next() < 0.9, () => this.clock.spend(this.chance.next() * 0.1));
    const owner = { expired: () => undefined };
    const session = this.hub.open(peer, { subject, owner, expiresAtMs: Number.POSITIVE_INFINITY });
    for (const topic of topics) await this.hub.join(session, topic);
    this.members.push({ session, peer, subject, topics, earlier: [...this.#told], expected: [], ended: undefined });
  }

  publish(): void {
    const topic = this.chance.pick(TOPICS);
    const text = `${topic}:${this.#next++}`;
    const targeted = this.chance.next() < 0.15;
    const audience = targeted ? [this.chance.pick(SUBJECTS), this.chance.pick(SUBJECTS)] : undefined;
    const kicked = this.chance.next() < 0.05 ? this.chance.pick(SUBJECTS) : undefined;
    for (const member of this.open) {
      if (!member.topics.includes(topic)) continue;
      if (audience?.includes(member.subject) ?? true) member.expected.push(text);
      if (member.subject === kicked) member.ended = 1000;
    }
    if (audience === undefined) this.#told.push(text);
    this.hub.publish({
      topic,
      frame: textFrame(text),
      ...(audience === undefined ? {} : { audience }),
      ...(kicked === undefined ? {} : { effect: { kind: 'end' as const, subject: kicked, code: 1000, reason: '' } }),
    });
  }

  direct(): void {
    const member = this.chance.pick(this.open);
    if (member === undefined) return;
    const text = `direct:${this.#next++}`;
    member.expected.push(text);
    member.session.send(textFrame(text));
  }

  end(): void {
    const member = this.chance.pick(this.open);
    if (member === undefined) return;
    member.ended = 1008;
    member.session.end({ code: 1008, reason: '' });
    const late = textFrame('late:0');
    member.session.send(late); // must never arrive
  }

  vanish(): void {
    const member = this.chance.pick(this.open);
    if (member !== undefined) this.hub.close(member.session);
  }
}

/** Order within a topic, and of direct frames relative to it. Across topics none is promised. */
function assertOrder({ peer, earlier, expected }: Member, lost: boolean): void {
  const received = peer.texts;
  for (const topic of TOPICS) {
    const concerns = (text: string) => text.startsWith(`${topic}:`) || text.startsWith('direct:');
    const got = received.filter(concerns);
    const before = earlier.filter(concerns);
    const late = got[0] === undefined ? -1 : before.indexOf(got[0]);
    const want = [...(late < 0 ? [] : before.slice(late)), ...expected.filter(concerns)];
    assert.deepEqual(got, lost ? want.slice(0, got.length) : want);
  }
  assert.ok(!received.some((text) => text.startsWith('late:')), 'nothing arrives after the end');
}

async function simulate(seed: number): Promise<World> {
  const world = new World(seed);
  const { chance, clock } = world;
  for (let index = 0; index < 300; index++) await world.join();
  for (let tick = 0; tick < TICKS; tick++) {
    const before = new Map(world.members.map((member) => [member, member.peer.writes]));
    for (let count = chance.below(8); count > 0; count--) {
      const dice = chance.next();
      if (dice < 0.7) world.publish();
      else if (dice < 0.9) world.direct();
      else if (dice < 0.94) await world.join();
      else if (dice < 0.97) world.end();
      else world.vanish();
    }
    clock.endTick();
    for (const [member, writes] of before) {
      assert.ok(member.peer.writes - writes <= 1, 'one write per session and tick');
      const { unsent } = member.peer;
      assert.ok(member.session.closed || !member.session.open || unsent <= 4096, 'no session passes its budget');
    }
    if (chance.next() < 0.1) clock.pass(chance.below(2000));
  }
  for (const { peer } of world.members) {
    peer.reads = true;
    peer.unsent = 0;
  }
  clock.pass(1000);
  return world;
}

for (const seed of [1, 2, 3, 20_221_202, Date.now() % 1_000_000]) {
  test(`order, completeness and budgets hold with seed ${seed}`, async () => {
    const world = await simulate(seed);
    let complete = 0;
    for (const member of world.members) {
      const lost = member.peer.ended === 'reset' || (member.session.closed && member.ended === undefined);
      assertOrder(member, lost);
      if (member.ended !== undefined && !lost) assert.equal(member.peer.ended, member.ended);
      if (!lost) complete += 1;
    }
    assert.ok(complete > 50, `most sessions live through it: ${complete}`);
    assert.ok(world.resets > 0, 'some peers do not read');
  });
}
