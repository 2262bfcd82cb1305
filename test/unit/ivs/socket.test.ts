/** What a connection does when something behind it breaks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBus } from '../../../src/bus/local.ts';
import { Admission } from '../../../src/engine/admission.ts';
import { Hub } from '../../../src/engine/hub.ts';
import { createIds } from '../../../src/engine/ids.ts';
import { createLimits } from '../../../src/engine/quotas.ts';
import { createBroadcast } from '../../../src/ivs/broadcast.ts';
import { createSocketLimits, ivsQuotas } from '../../../src/ivs/limits.ts';
import type { Room } from '../../../src/ivs/room.ts';
import { ChatDoor } from '../../../src/ivs/socket.ts';
import type { ChatToken } from '../../../src/ivs/tokens.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { SimulatedClock, SimulatedPeer } from '../../sim/support/world.ts';

const ROOM: Room = {
  arn: 'arn:aws:ivschat:us-east-1:000000000000:room/AAAAbbbb1234',
  id: 'AAAAbbbb1234',
  name: '',
  createTime: '2022-12-02T08:21:20.754Z',
  updateTime: '2022-12-02T08:21:20.754Z',
  loggingConfigurationIdentifiers: [],
  tags: {},
  maximumMessageLength: 500,
  maximumMessageRatePerSecond: 10,
};

/** A connection to a room of a server whose bus throws when told to. */
async function connection() {
  const clock = new SimulatedClock();
  const metrics = createMetrics();
  const bus = localBus();
  const failures: unknown[] = [];
  let broken = false;
  const publish: typeof bus.publish = (event) => {
    if (broken) throw new Error('The bus is gone.');
    bus.publish(event);
  };
  const hub = new Hub({
    bus: { ...bus, publish },
    clock,
    observer: metrics.engine,
  });
  const ids = createIds();
  const limits = createLimits({ mode: 'off', overrides: new Map(), quotas: ivsQuotas({}), clock });
  const token: ChatToken = {
    id: 'token',
    roomId: ROOM.id,
    userId: 'alice',
    capabilities: ['SEND_MESSAGE'],
    attributes: {},
    issuedAtMs: clock.now(),
    tokenExpiresAtMs: clock.now() + 60_000,
    sessionExpiresAtMs: clock.now() + 3_600_000,
  };
  const door = new ChatDoor({
    hub,
    clock,
    ids,
    coordinator: { claim: async () => true },
    admission: new Admission(clock, {
      connections: 10,
      handshakesPerSecond: 10,
      handshakesPerSubjectPerSecond: 10,
      waiting: 10,
      waitMs: 10_000,
    }),
    openToken: () => token,
    rooms: { peek: () => ROOM, load: async () => ROOM, drop: () => undefined },
    limits: createSocketLimits(limits, clock),
    broadcast: createBroadcast({ hub, clock, ids, observer: metrics.chat }),
    observer: metrics.chat,
    report: (error) => failures.push(error),
  });
  const answer = await door.admit({
    target: '/',
    headers: {},
    protocols: ['token'],
    address: '127.0.0.1',
    gone: new AbortController().signal,
  });
  assert.ok('opened' in answer);
  const peer = new SimulatedPeer(true, () => undefined);
  const receiver = answer.opened(peer);
  return {
    failures,
    breakBus: (state: boolean) => {
      broken = state;
    },
    /** Sends a request and gives the answers. */
    ask(request: object): { Type: string; RequestId: string; ErrorCode?: number }[] {
      const before = peer.texts.length;
      receiver.text(JSON.stringify(request));
      clock.endTick();
      return peer.texts.slice(before).map((text) => JSON.parse(text));
    },
  };
}

test('a request that fails inside is answered 500 and reported, and the connection goes on', async () => {
  const { ask, breakBus, failures } = await connection();
  const request = { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'hello' };
  breakBus(true);
  assert.deepEqual(
    ask(request).map(({ ErrorCode, RequestId }) => [ErrorCode, RequestId]),
    [[500, 'r-1']],
  );
  assert.equal(failures.length, 1);
  breakBus(false);
  assert.deepEqual(
    ask(request).map(({ Type }) => Type),
    ['MESSAGE'],
  );
});
