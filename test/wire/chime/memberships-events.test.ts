/** What members hear of memberships, and from when until when they hear anything (spec/chime-messaging 1.2, 1.3). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Heard, Listener } from './support/listener.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const CREATE = 'CREATE_CHANNEL_MEMBERSHIP';
const BATCH = 'BATCH_CREATE_CHANNEL_MEMBERSHIP';
const DELETE = 'DELETE_CHANNEL_MEMBERSHIP';
const MESSAGE = 'CREATE_CHANNEL_MESSAGE';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let carol: string;
let dave: string;

before(async () => {
  venue = await openChimeVenue({ limit: ['connections-per-user=100'] });
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  carol = await venue.user('carol', 'Carol');
  dave = await venue.user('dave', 'Dave');
});
after(() => venue[Symbol.asyncDispose]());

const add = (ChannelArn: string, MemberArn: string, Type: 'DEFAULT' | 'HIDDEN' = 'DEFAULT') =>
  venue.messaging.createChannelMembership({ ChannelArn, MemberArn, ChimeBearer: alice, Type });

const addAll = (ChannelArn: string, MemberArns: string[], Type: 'DEFAULT' | 'HIDDEN' = 'DEFAULT') =>
  venue.messaging.batchCreateChannelMembership({ ChannelArn, MemberArns, ChimeBearer: alice, Type });

const remove = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.deleteChannelMembership({ ChannelArn, MemberArn, ChimeBearer });

/** What the listener heard of the channel up to the message, each by type and by what it tells, which is the last. */
async function heardUntil(listener: Listener, ChannelArn: string, content: string): Promise<string[]> {
  await listener.hear(MESSAGE, ({ payload }) => payload.ChannelArn === ChannelArn && payload.Content === content);
  return listener.heard.filter(({ payload }) => payload?.ChannelArn === ChannelArn).map(inShort);
}

function inShort({ type, payload }: Heard): string {
  const names = (payload.Members ?? [payload.Member]).map((member: { Name: string } | undefined) => member?.Name);
  return type === MESSAGE ? payload.Content : `${type} ${names.join(', ')}`;
}

describe('CREATE_CHANNEL_MEMBERSHIP', () => {
  test('tells all members, the new one included, who is in from then on', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
    const [ofAlice, ofBob, ofCarol, alsoOfCarol] = await Promise.all(
      [alice, bob, carol, carol].map((user) => venue.connect(user)),
    );
    assert.ok(ofAlice && ofBob && ofCarol && alsoOfCarol);
    await venue.say(ChannelArn, alice, 'before');
    await add(ChannelArn, carol);
    await venue.say(ChannelArn, alice, 'after');
    for (const listener of [ofAlice, ofBob]) {
      assert.deepEqual(await heardUntil(listener, ChannelArn, 'after'), ['before', `${CREATE} Carol`, 'after']);
    }
    for (const listener of [ofCarol, alsoOfCarol]) {
      assert.deepEqual(await heardUntil(listener, ChannelArn, 'after'), [`${CREATE} Carol`, 'after']);
    }
  });

  test('has the membership as its payload, with times as text', async () => {
    const ChannelArn = await venue.channel(alice);
    const listener = await venue.connect(alice);
    await add(ChannelArn, bob);
    const { messageType, payload } = await listener.hear(CREATE, ({ payload }) => payload.ChannelArn === ChannelArn);
    const { ChannelMembership } = await venue.messaging.describeChannelMembership({
      ChannelArn,
      ChimeBearer: alice,
      MemberArn: bob,
    });
    assert.equal(messageType, 'SYSTEM');
    assert.deepEqual(payload, JSON.parse(JSON.stringify(ChannelMembership)));
  });

  test('does not come when nothing was added', async () => {
    const ChannelArn = await venue.channel(alice);
    const listener = await venue.connect(alice);
    await assert.rejects(add(ChannelArn, alice), { name: 'ConflictException' });
    await addAll(ChannelArn, [alice]);
    await venue.say(ChannelArn, alice, 'end');
    assert.deepEqual(await heardUntil(listener, ChannelArn, 'end'), ['end']);
  });
});

describe('BATCH_CREATE_CHANNEL_MEMBERSHIP', () => {
  test('comes once, to all members and those added, in place of single events', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
    const [ofBob, ofCarol, ofDave] = await Promise.all([bob, carol, dave].map((user) => venue.connect(user)));
    assert.ok(ofBob && ofCarol && ofDave);
    const { BatchChannelMemberships } = await addAll(ChannelArn, [carol, bob, dave]);
    await venue.say(ChannelArn, bob, 'end');
    for (const listener of [ofBob, ofCarol, ofDave]) {
      assert.deepEqual(await heardUntil(listener, ChannelArn, 'end'), [`${BATCH} Carol, Dave`, 'end']);
    }
    const { messageType, payload } = await ofBob.hear(BATCH);
    assert.equal(messageType, 'SYSTEM');
    assert.deepEqual(payload, BatchChannelMemberships);
  });
});

describe('DELETE_CHANNEL_MEMBERSHIP', () => {
  const InvitedBy = () => ({ Arn: alice, Name: 'Alice' });

  test('is the last that the removed hears, and tells the rest', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob, carol] });
    const [ofBob, alsoOfBob, ofCarol] = await Promise.all([bob, bob, carol].map((user) => venue.connect(user)));
    assert.ok(ofBob && alsoOfBob && ofCarol);
    await remove(ChannelArn, bob);
    await venue.say(ChannelArn, alice, 'without Bob');
    await add(ChannelArn, bob);
    await venue.say(ChannelArn, alice, 'end');
    for (const listener of [ofBob, alsoOfBob]) {
      assert.deepEqual(await heardUntil(listener, ChannelArn, 'end'), [`${DELETE} Bob`, `${CREATE} Bob`, 'end']);
    }
    assert.deepEqual(await heardUntil(ofCarol, ChannelArn, 'end'), [
      `${DELETE} Bob`,
      'without Bob',
      `${CREATE} Bob`,
      'end',
    ]);
    const { messageType, payload } = await ofBob.hear(DELETE, ({ payload }) => payload.ChannelArn === ChannelArn);
    const { CreatedTimestamp, LastUpdatedTimestamp, ...rest } = payload;
    assert.equal(messageType, 'SYSTEM');
    assert.equal(new Date(CreatedTimestamp).toISOString(), CreatedTimestamp);
    assert.equal(LastUpdatedTimestamp, CreatedTimestamp);
    assert.deepEqual(rest, { InvitedBy: InvitedBy(), Type: 'DEFAULT', Member: { Arn: bob, Name: 'Bob' }, ChannelArn });
  });

  test('comes when a member leaves, once', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
    const [ofAlice, ofBob] = await Promise.all([alice, bob].map((user) => venue.connect(user)));
    assert.ok(ofAlice && ofBob);
    await remove(ChannelArn, bob, bob);
    await remove(ChannelArn, bob);
    await venue.say(ChannelArn, alice, 'end');
    assert.deepEqual(await heardUntil(ofAlice, ChannelArn, 'end'), [`${DELETE} Bob`, 'end']);
    await ofBob.hear(DELETE, ({ payload }) => payload.ChannelArn === ChannelArn);
  });

  test('is all that is heard of a ban', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob, carol] });
    const [ofBob, ofCarol] = await Promise.all([bob, carol].map((user) => venue.connect(user)));
    assert.ok(ofBob && ofCarol);
    const on = { ChannelArn, ChimeBearer: alice };
    await venue.messaging.createChannelBan({ ...on, MemberArn: bob });
    await venue.messaging.createChannelBan({ ...on, MemberArn: dave });
    await venue.messaging.deleteChannelBan({ ...on, MemberArn: bob });
    await venue.say(ChannelArn, alice, 'without Bob');
    await add(ChannelArn, bob);
    await venue.say(ChannelArn, alice, 'end');
    assert.deepEqual(await heardUntil(ofBob, ChannelArn, 'end'), [`${DELETE} Bob`, `${CREATE} Bob`, 'end']);
    const ofRest = [`${DELETE} Bob`, 'without Bob', `${CREATE} Bob`, 'end'];
    assert.deepEqual(await heardUntil(ofCarol, ChannelArn, 'end'), ofRest);
  });
});

test('moderators, read markers and preferences make no sound', async () => {
  const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
  const listener = await venue.connect(bob);
  const on = { ChannelArn, ChimeBearer: alice };
  await venue.messaging.createChannelModerator({ ...on, ChannelModeratorArn: bob });
  await venue.messaging.deleteChannelModerator({ ...on, ChannelModeratorArn: bob });
  await venue.messaging.updateChannelReadMarker({ ChannelArn, ChimeBearer: bob });
  await venue.messaging.putChannelMembershipPreferences({
    ChannelArn,
    ChimeBearer: bob,
    MemberArn: bob,
    Preferences: { PushNotifications: { AllowNotifications: 'NONE' } },
  });
  await venue.say(ChannelArn, alice, 'end');
  assert.deepEqual(await heardUntil(listener, ChannelArn, 'end'), ['end']);
});

test('a moderator hears nothing without a membership', async () => {
  const ChannelArn = await venue.channel(alice, { ModeratorArns: [bob] });
  const listener = await venue.connect(bob);
  await venue.say(ChannelArn, alice, 'unheard');
  await add(ChannelArn, bob);
  await venue.say(ChannelArn, alice, 'end');
  assert.deepEqual(await heardUntil(listener, ChannelArn, 'end'), [`${CREATE} Bob`, 'end']);
});

describe('of hidden members', () => {
  let admin: string;

  before(async () => {
    admin = await venue.user('admin', 'Admin');
    const named = { AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: admin };
    await venue.identity.createAppInstanceAdmin(named);
  });

  /** Alice moderates, the admin and Bob are members, the others come and go unseen. */
  async function watch() {
    const ChannelArn = await venue.channel(alice, { MemberArns: [admin, bob] });
    const [ofAlice, ofAdmin, ofBob, ofCarol, ofDave] = await Promise.all(
      [alice, admin, bob, carol, dave].map((user) => venue.connect(user)),
    );
    assert.ok(ofAlice && ofAdmin && ofBob && ofCarol && ofDave);
    return { ChannelArn, ofAlice, ofAdmin, ofBob, ofCarol, ofDave };
  }

  test('only they and the moderators with memberships hear; they hear everything', async () => {
    const { ChannelArn, ofAlice, ofAdmin, ofBob, ofCarol, ofDave } = await watch();
    await add(ChannelArn, dave, 'HIDDEN');
    await add(ChannelArn, carol, 'HIDDEN');
    await venue.say(ChannelArn, bob, 'with them');
    await remove(ChannelArn, carol);
    await venue.say(ChannelArn, bob, 'end');
    const all = [`${CREATE} Dave`, `${CREATE} Carol`, 'with them', `${DELETE} Carol`, 'end'];
    assert.deepEqual(await heardUntil(ofAlice, ChannelArn, 'end'), all);
    assert.deepEqual(await heardUntil(ofAdmin, ChannelArn, 'end'), all);
    assert.deepEqual(await heardUntil(ofBob, ChannelArn, 'end'), ['with them', 'end']);
    assert.deepEqual(await heardUntil(ofDave, ChannelArn, 'end'), [`${CREATE} Dave`, 'with them', 'end']);
    await ofCarol.hear(DELETE, ({ payload }) => payload.ChannelArn === ChannelArn);
    const last = await ofCarol.hear(CREATE, ({ payload }) => payload.ChannelArn === ChannelArn);
    assert.equal(last.payload.Type, 'HIDDEN');
  });

  test('who are added at once each hear of all', async () => {
    const { ChannelArn, ofAlice, ofAdmin, ofBob, ofCarol, ofDave } = await watch();
    await addAll(ChannelArn, [carol, dave], 'HIDDEN');
    await venue.say(ChannelArn, bob, 'end');
    for (const listener of [ofAlice, ofAdmin, ofCarol, ofDave]) {
      assert.deepEqual(await heardUntil(listener, ChannelArn, 'end'), [`${BATCH} Carol, Dave`, 'end']);
    }
    assert.deepEqual(await heardUntil(ofBob, ChannelArn, 'end'), ['end']);
  });

  test('who are banned the others hear nothing either', async () => {
    const { ChannelArn, ofAlice, ofBob, ofCarol } = await watch();
    await add(ChannelArn, carol, 'HIDDEN');
    await venue.messaging.createChannelBan({ ChannelArn, ChimeBearer: alice, MemberArn: carol });
    await venue.say(ChannelArn, bob, 'end');
    assert.deepEqual(await heardUntil(ofAlice, ChannelArn, 'end'), [`${CREATE} Carol`, `${DELETE} Carol`, 'end']);
    assert.deepEqual(await heardUntil(ofBob, ChannelArn, 'end'), ['end']);
    await ofCarol.hear(DELETE, ({ payload }) => payload.ChannelArn === ChannelArn);
  });
});
