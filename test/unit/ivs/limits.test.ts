import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLimits, type LimitsMode } from '../../../src/engine/quotas.ts';
import { createSocketLimits, ivsQuotas } from '../../../src/ivs/limits.ts';
import { ivsOperations } from '../../../src/ivs/service.ts';

const OFF = Number.POSITIVE_INFINITY;

/** The service quotas of Amazon IVS Chat, as its user guide lists them. */
const AWS = {
  'create-chat-token-calls-per-second': 200,
  'create-room-calls-per-second': 5,
  'get-room-calls-per-second': 5,
  'list-rooms-calls-per-second': 5,
  'update-room-calls-per-second': 5,
  'delete-room-calls-per-second': 5,
  'create-logging-configuration-calls-per-second': 3,
  'get-logging-configuration-calls-per-second': 3,
  'list-logging-configurations-calls-per-second': 3,
  'update-logging-configuration-calls-per-second': 3,
  'delete-logging-configuration-calls-per-second': 3,
  'send-event-calls-per-second': 100,
  'delete-message-calls-per-second': 100,
  'disconnect-user-calls-per-second': 100,
  'list-tags-for-resource-calls-per-second': 10,
  'tag-resource-calls-per-second': 10,
  'untag-resource-calls-per-second': 10,
  connections: 50_000,
  rooms: 50_000,
  'logging-configurations': 10,
  'delete-message-requests-per-second': 100,
  'disconnect-user-requests-per-second': 100,
  'requests-per-connection-per-second': 10,
  'messages-per-second': 1000,
  'messages-per-room-per-second': 100,
  'token-attributes-bytes': 1024,
  'event-attributes-bytes': 4096,
};

function limitsOf(mode: LimitsMode, overrides: Record<string, number> = {}) {
  let now = 0;
  const clock = { monotonic: () => now };
  const limits = createLimits({
    mode,
    overrides: new Map(Object.entries(overrides)),
    quotas: ivsQuotas(ivsOperations),
    clock,
  });
  const advance = (ms: number) => {
    now += ms;
  };
  return { limits, socket: createSocketLimits(limits, clock), advance };
}

function effective(mode: LimitsMode): Record<string, number> {
  return Object.fromEntries(limitsOf(mode).limits.table.map(({ name, effective }) => [name, effective]));
}

test('aws is every quota as AWS has it', () => {
  const table = effective('aws');
  for (const [name, value] of Object.entries(AWS)) assert.equal(table[name], value, name);
  const ours = Object.keys(table).filter((name) => !Object.hasOwn(AWS, name));
  const documented = limitsOf('aws').limits.table.filter(
    ({ name, source }) => ours.includes(name) && !source.startsWith('Parlor'),
  );
  assert.deepEqual(documented, []);
});

test('default lifts the rates of a whole account, and nothing else', () => {
  const table = effective('default');
  for (const { name, kind, scope, value } of limitsOf('aws').limits.table) {
    assert.equal(table[name], kind === 'rate' && scope === 'account' ? OFF : value, name);
  }
  assert.equal(table['create-room-calls-per-second'], OFF);
  assert.equal(table['messages-per-second'], OFF);
  assert.equal(table['requests-per-connection-per-second'], 10);
});

test('off lifts all rates, and neither sizes nor amounts', () => {
  for (const { name, kind, value, effective } of limitsOf('off').limits.table) {
    assert.equal(effective, kind === 'rate' ? OFF : value, name);
  }
});

test('each limit can be set by its name, whatever the mode', () => {
  const { limits } = limitsOf('off', { rooms: 2, 'create-room-calls-per-second': 1 });
  assert.equal(limits.get('rooms'), 2);
  assert.equal(limits.take('create-room-calls-per-second'), true);
  assert.equal(limits.take('create-room-calls-per-second'), false);
});

test('every name is fit for the command line', () => {
  for (const { name } of limitsOf('aws').limits.table) assert.match(name, /^[a-z]+(-[a-z]+)*$/);
});

test('an unknown name is an error that names it', () => {
  assert.throws(() => limitsOf('default', { room: 1 }), /no limit room:/);
});

test('what is no rate cannot be switched off', () => {
  assert.throws(() => limitsOf('default', { 'frame-bytes': OFF }), /frame-bytes must be a number/);
});

describe('the limits of the socket', () => {
  function take(count: number, once: () => boolean): number {
    return Array.from({ length: count }, once).filter(Boolean).length;
  }

  test('a connection has a rate of its own', () => {
    const { socket } = limitsOf('default');
    const [one, other] = [socket.connection(), socket.connection()];
    assert.equal(
      take(20, () => one.take()),
      10,
    );
    assert.equal(
      take(20, () => other.take()),
      10,
    );
  });

  test('a room has the rate that it is set to, from now on', () => {
    const { socket, advance } = limitsOf('default');
    assert.equal(
      take(20, () => socket.sendMessage('a', 5)),
      5,
    );
    assert.equal(
      take(20, () => socket.sendMessage('b', 5)),
      5,
    );
    advance(1000);
    assert.equal(
      take(200, () => socket.sendMessage('a', 100)),
      100,
    );
  });

  test('no room is above the ceiling', () => {
    const { socket } = limitsOf('default', { 'messages-per-room-per-second': 3 });
    assert.equal(
      take(20, () => socket.sendMessage('a', 100)),
      3,
    );
  });

  test('off sets no pace to rooms and connections either', () => {
    const { socket } = limitsOf('off');
    const connection = socket.connection();
    assert.equal(
      take(500, () => connection.take() && socket.sendMessage('a', 1)),
      500,
    );
  });

  test('all rooms have a rate together', () => {
    const { socket } = limitsOf('aws');
    let room = 0;
    assert.equal(
      take(1500, () => socket.sendMessage(`room${room++}`, 100)),
      1000,
    );
  });

  test('deletions and disconnections share their rates with the API', () => {
    const { limits, socket } = limitsOf('aws');
    assert.equal(
      take(60, () => limits.take('delete-message-requests-per-second')),
      60,
    );
    assert.equal(
      take(60, () => socket.deleteMessage()),
      40,
    );
    assert.equal(
      take(60, () => socket.disconnectUser()),
      60,
    );
  });

  test('rooms that are quiet are forgotten', () => {
    const { socket, advance } = limitsOf('default');
    for (let room = 0; room < 5000; room++) {
      socket.sendMessage(`room${room}`, 1);
      advance(2);
    }
    // What a forgotten room is granted is what a new one is.
    assert.equal(socket.sendMessage('room0', 1), true);
    assert.equal(socket.sendMessage('room0', 1), false);
  });
});
