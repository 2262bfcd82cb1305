/** What every implementation of Bus does, whatever carries it (src/engine/ports.ts). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Bus, Event } from '../../src/engine/ports.ts';

const PATIENCE_MS = 10_000;

/** A bus and what it has delivered. */
class Listener implements AsyncDisposable {
  readonly bus: Bus;
  readonly events: Event[] = [];
  /** Hears of every event as it is delivered. */
  heard: (event: Event) => void = () => undefined;

  constructor(bus: Bus) {
    this.bus = bus;
    bus.connect((event) => {
      this.events.push(event);
      this.heard(event);
    });
  }

  tell(topic: string, text: string): void {
    this.bus.publish({ topic, frame: Buffer.from(text) });
  }

  /** The texts of the topic so far, once the given one is among them. */
  async upTo(topic: string, last: string): Promise<string[]> {
    const deadline = Date.now() + PATIENCE_MS;
    const texts = () => this.events.filter((event) => event.topic === topic).map(({ frame }) => `${frame}`);
    while (!texts().includes(last)) {
      if (Date.now() > deadline) throw new Error(`Waited in vain for ${last} on ${topic}: ${texts()}`);
      await new Promise(setImmediate);
    }
    return texts();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bus[Symbol.asyncDispose]();
  }
}

/** Runs the contract against an implementation; `open` gives a fresh bus, not connected yet. */
export function busContract(implementation: string, open: () => Promise<Bus>): void {
  const listen = async () => new Listener(await open());

  describe(`${implementation}: subscriptions`, () => {
    test('the publisher hears its own events through the bus', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      listener.tell('room', 'one');
      assert.deepEqual(await listener.upTo('room', 'one'), ['one']);
    });

    test('a topic that is not subscribed is not heard', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      listener.tell('other', 'one');
      listener.tell('room', 'end');
      await listener.upTo('room', 'end');
      assert.equal(listener.events.length, 1);
    });

    test('after unsubscribe returns, nothing of the topic is heard', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      await listener.bus.subscribe('other');
      listener.tell('room', 'one');
      await listener.upTo('room', 'one');
      listener.bus.unsubscribe('room');
      listener.tell('room', 'two');
      listener.tell('other', 'end');
      await listener.upTo('other', 'end');
      assert.equal(listener.events.length, 2);
    });

    test('a leave is heard without a subscription', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      const leave: Event = { topic: 'other', frame: Buffer.from('one'), effect: { kind: 'leave', subject: 'ann' } };
      listener.bus.publish(leave);
      listener.tell('room', 'end');
      await listener.upTo('room', 'end');
      await listener.upTo('other', 'one');
      assert.ok(listener.events.some((event) => isDeepStrictEqual(event, leave)));
    });

    test('a topic may be unsubscribed while one of its events is heard', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      await listener.bus.subscribe('other');
      listener.heard = ({ topic }) => listener.bus.unsubscribe(topic);
      for (const text of ['one', 'two', 'three']) listener.tell('room', text);
      listener.tell('other', 'end');
      await listener.upTo('other', 'end');
      assert.deepEqual(await listener.upTo('room', 'one'), ['one']);
    });

    test('a topic that was unsubscribed can be subscribed again', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      listener.bus.unsubscribe('room');
      await listener.bus.subscribe('room');
      listener.tell('room', 'one');
      assert.deepEqual(await listener.upTo('room', 'one'), ['one']);
    });

    test('subscribing twice is subscribing once', async () => {
      await using listener = await listen();
      await Promise.all([listener.bus.subscribe('room'), listener.bus.subscribe('room')]);
      listener.tell('room', 'one');
      listener.tell('room', 'end');
      assert.deepEqual(await listener.upTo('room', 'end'), ['one', 'end']);
      listener.bus.unsubscribe('room');
      await listener.bus.subscribe('other');
      listener.tell('room', 'two');
      listener.tell('other', 'end');
      await listener.upTo('other', 'end');
      assert.equal(listener.events.length, 3);
    });

    test('unsubscribing what is not subscribed does nothing', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      listener.bus.unsubscribe('other');
      listener.bus.unsubscribe('other');
      listener.tell('room', 'one');
      assert.deepEqual(await listener.upTo('room', 'one'), ['one']);
    });

    test('names of topics are names, not patterns', async () => {
      await using listener = await listen();
      const names = ['ivs/room/AbCdEf123456', 'ivs/room/*', '*', 'a?', '[ab]', '{x}', 'with space', 'ünï·😀', 'A', 'a'];
      for (const name of names) await listener.bus.subscribe(name);
      for (const name of names) listener.tell(name, `to ${name}`);
      for (const name of names) assert.deepEqual(await listener.upTo(name, `to ${name}`), [`to ${name}`]);
      assert.equal(listener.events.length, names.length);
    });

    test('hundreds of topics are told apart', async () => {
      await using listener = await listen();
      const names = Array.from({ length: 500 }, (_, index) => `room/${index}`);
      await Promise.all(names.map((name) => listener.bus.subscribe(name)));
      for (const name of names) listener.tell(name, name);
      for (const name of names) assert.deepEqual(await listener.upTo(name, name), [name]);
    });
  });

  describe(`${implementation}: events`, () => {
    test('those of a topic arrive in the order of their publishing, each once', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      const texts = Array.from({ length: 1000 }, (_, index) => `${index}`);
      for (const text of texts) listener.tell('room', text);
      assert.deepEqual(await listener.upTo('room', '999'), texts);
    });

    test('one published while another is heard comes after it', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      listener.heard = ({ frame }) => {
        if (`${frame}` === 'one') listener.tell('room', 'two');
      };
      listener.tell('room', 'one');
      assert.deepEqual(await listener.upTo('room', 'two'), ['one', 'two']);
    });

    test('a frame arrives byte for byte', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const frames = [Buffer.alloc(0), bytes, Buffer.alloc(200_000, bytes)];
      for (const frame of frames) listener.bus.publish({ topic: 'room', frame });
      listener.tell('room', 'end');
      await listener.upTo('room', 'end');
      assert.deepEqual(
        listener.events.slice(0, -1).map(({ frame = '' }) => Buffer.from(frame)),
        frames,
      );
    });

    test('audience and effect arrive with it', async () => {
      await using listener = await listen();
      await listener.bus.subscribe('room');
      const effect = { kind: 'end', subject: 'bob "x" 😀', code: 1000, reason: 'Disconnected.' } as const;
      const events: Event[] = [
        { topic: 'room', frame: Buffer.from('one') },
        { topic: 'room', frame: Buffer.from('two'), audience: [] },
        { topic: 'room', frame: Buffer.from('three'), audience: ['ann', 'ünï,"x"'] },
        { topic: 'room', frame: Buffer.from('four'), effect },
        { topic: 'room', frame: Buffer.from('five'), audience: ['ann'], effect },
        { topic: 'room', effect: { kind: 'join', topic: 'ünï "x"' } },
        { topic: 'room', effect: { kind: 'leave', subject: 'ann' } },
        { topic: 'room', frame: Buffer.from('six'), effect: { kind: 'leave' } },
      ];
      for (const event of events) listener.bus.publish(event);
      await listener.upTo('room', 'six');
      assert.deepEqual(listener.events, events);
    });
  });
}
