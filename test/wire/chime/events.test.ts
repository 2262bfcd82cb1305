/** Every event, as the official JS client tells of it: its headers, its members, and who has it (spec/chime-messaging 1.2, 1.3). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { temporaryDirectory } from '../support/server.ts';
import { trust } from '../support/trust.ts';
import { message } from './support/message.ts';
import { Participant } from './support/participant.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const MESSAGE = [
  ...['ChannelArn', 'Content', 'CreatedTimestamp', 'LastUpdatedTimestamp', 'MessageId', 'Persistence', 'Redacted'],
  ...['Sender', 'Status', 'Type'],
];
const ALL_OF_MESSAGE = [...MESSAGE, 'ContentType', 'MessageAttributes', 'Metadata'];
const CHANNEL = [
  ...['ChannelArn', 'CreatedBy', 'CreatedTimestamp', 'LastMessageTimestamp', 'LastUpdatedTimestamp'],
  ...['Metadata', 'Mode', 'Name', 'Privacy'],
];
const MEMBERSHIP = ['ChannelArn', 'CreatedTimestamp', 'InvitedBy', 'LastUpdatedTimestamp', 'Member', 'Type'];
const BATCH = ['ChannelArn', 'InvitedBy', 'Members', 'Type'];
const DETAILS = ['Channel', 'ChannelMemberships', 'ChannelMessages', 'ChannelMessagesHasMore'];

/** Those who listen: what each is to the channel, and Bob a second time. */
const CAST = ['sender', 'bob', 'bobAgain', 'hidden', 'newcomer', 'moderator', 'admin', 'stranger'] as const;
type Who = (typeof CAST)[number];
const MEMBERS: readonly Who[] = ['sender', 'bob', 'bobAgain', 'hidden'];
const ALL_WITH_NEWCOMER: readonly Who[] = [...MEMBERS, 'newcomer'];

interface Told {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

const directory = temporaryDirectory();
const resources = new AsyncDisposableStack();
let venue: ChimeVenue;
const arns = new Map<string, string>();
const told = new Map<Who, Told[]>(CAST.map((who) => [who, []]));
let channel: string;
/** Where all of them are members: what is said here comes behind all that happened before. */
let everywhere: string;

const arn = (who: Who) => arns.get(who.replace('Again', '')) ?? '';
const bySender = () => ({ ChannelArn: channel, ChimeBearer: arn('sender') });

before(async () => {
  venue = await openChimeVenue({ tls: true, 'tls-port': '0', 'data-dir': directory.path });
  trust(readFileSync(venue.server.parlor.tls?.caFile ?? '', 'utf8'));
  for (const who of CAST) if (who !== 'bobAgain') arns.set(who, await venue.user(who));
  const AppInstanceArn = venue.appInstanceArn;
  await venue.identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn: arn('admin') });
  everywhere = await venue.channel(arn('sender'), { MemberArns: [...arns.values()].slice(1) });
  channel = await venue.channel(arn('sender'), {
    Metadata: '{}',
    Mode: 'UNRESTRICTED',
    MemberArns: [arn('bob')],
    ModeratorArns: [arn('moderator')],
  });
  await venue.messaging.createChannelMembership({ ...bySender(), MemberArn: arn('hidden'), Type: 'HIDDEN' });
  for (const who of CAST) await listen(who);
});
after(async () => {
  await resources.disposeAsync();
  await venue[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

async function listen(who: Who, prefetch = false, heard = told.get(who) ?? []): Promise<void> {
  const participant = resources.use(new Participant(venue.messaging, arn(who), { prefetch }));
  participant.session.addObserver({
    messagingSessionDidReceiveMessage: ({ type, headers, payload }) =>
      void heard.push({ type, headers, payload: payload === null ? null : JSON.parse(payload) }),
  });
  await participant.session.start();
}

let fences = 0;

/** What each has been told until now, since the last time: message type, event and members of the payload. */
async function toldTo(): Promise<Record<string, string[]>> {
  const fence = `fence ${++fences}`;
  await venue.say(everywhere, arn('sender'), fence);
  const isFence = ({ payload }: Told) => payload?.['Content'] === fence;
  await eventually(() => [...told.values()].every((heard) => heard.some(isFence)));
  const all = [...told].map(([who, heard]): [string, string[]] => [who, heard.splice(0).slice(0, -1).map(inShort)]);
  return Object.fromEntries(all.filter(([, heard]) => heard.length > 0));
}

function inShort({ type, headers, payload }: Told): string {
  const { 'x-amz-chime-event-type': event, 'x-amz-chime-message-type': messageType, ...others } = headers;
  assert.equal(event, type);
  assert.deepEqual(others, {});
  return `${messageType} ${type} ${Object.keys(payload ?? {}).sort()}`;
}

/** Does it, and checks that exactly these are told exactly this. */
async function tells(
  act: () => Promise<unknown>,
  event: string,
  members: readonly string[],
  whom: readonly Who[],
): Promise<void> {
  await toldTo();
  await act();
  const expected = whom.map((who) => [who, [`${event} ${[...members].sort()}`]]);
  assert.deepEqual(await toldTo(), Object.fromEntries(expected));
}

let id = '';
async function send(wishes: Parameters<typeof message>[2]): Promise<void> {
  const sent = await venue.messaging.sendChannelMessage(message(channel, arn('sender'), wishes));
  id = sent.MessageId ?? '';
}
const onMessage = () => ({ ...bySender(), MessageId: id });

test('SESSION_ESTABLISHED: the connection alone, first, without a payload', async () => {
  const all = [...told.values()];
  await eventually(() => all.every((heard) => heard.length > 0));
  assert.ok(all.every((heard) => heard.splice(0)[0]?.type === 'SESSION_ESTABLISHED'));
  const own: Told[] = [];
  await listen('bob', false, own);
  assert.deepEqual(await toldTo(), {});
  await eventually(() => own.length === 2);
  assert.deepEqual([own[0]?.payload, own[0] && inShort(own[0])], [null, 'SYSTEM SESSION_ESTABLISHED ']);
});

for (const type of ['STANDARD', 'CONTROL'] as const) {
  const wishes = {
    Type: type,
    ...(type === 'STANDARD' && { Metadata: 'm' }),
    ContentType: 'text/plain',
    MessageAttributes: { a: { StringValues: ['b'] } },
  };
  const all = ALL_OF_MESSAGE.filter((member) => member in wishes || MESSAGE.includes(member));

  test(`CREATE_CHANNEL_MESSAGE, ${type}: all members, the sender among them`, () =>
    tells(() => send(wishes), `${type} CREATE_CHANNEL_MESSAGE`, all, MEMBERS));

  test(`CREATE_CHANNEL_MESSAGE, ${type}, not kept: all members`, () =>
    tells(() => send({ ...wishes, Persistence: 'NON_PERSISTENT' }), `${type} CREATE_CHANNEL_MESSAGE`, all, MEMBERS));

  test(`UPDATE_CHANNEL_MESSAGE, ${type}: all members`, async () => {
    await send(wishes);
    const update = () => venue.messaging.updateChannelMessage({ ...onMessage(), Content: 'edited' });
    await tells(update, `${type} UPDATE_CHANNEL_MESSAGE`, [...all, 'LastEditedTimestamp'], MEMBERS);
  });

  test(`REDACT_CHANNEL_MESSAGE, ${type}: all members`, () =>
    tells(
      () => venue.messaging.redactChannelMessage(onMessage()),
      `${type} REDACT_CHANNEL_MESSAGE`,
      [...MESSAGE, 'LastEditedTimestamp'],
      MEMBERS,
    ));

  test(`DELETE_CHANNEL_MESSAGE, ${type}: all members`, async () => {
    await send(wishes);
    const remove = () => venue.messaging.deleteChannelMessage({ ...onMessage(), ChimeBearer: arn('admin') });
    // Nobody is told again what is to be gone.
    await tells(remove, `${type} DELETE_CHANNEL_MESSAGE`, MESSAGE, MEMBERS);
  });

  test(`events of a targeted message, ${type}: its sender and its target`, async () => {
    const pair: readonly Who[] = ['sender', 'bob', 'bobAgain'];
    const targeted = { Type: type, Target: [{ MemberArn: arn('bob') }] };
    const members = [...MESSAGE, 'Target'];
    await tells(() => send(targeted), `${type} CREATE_CHANNEL_MESSAGE`, members, pair);
    const update = () => venue.messaging.updateChannelMessage({ ...onMessage(), Content: 'edited' });
    const edited = [...members, 'LastEditedTimestamp'];
    await tells(update, `${type} UPDATE_CHANNEL_MESSAGE`, edited, pair);
    await tells(
      () => venue.messaging.redactChannelMessage(onMessage()),
      `${type} REDACT_CHANNEL_MESSAGE`,
      edited,
      pair,
    );
    const remove = () => venue.messaging.deleteChannelMessage({ ...onMessage(), ChimeBearer: arn('admin') });
    await tells(remove, `${type} DELETE_CHANNEL_MESSAGE`, edited, pair);
  });
}

test('UPDATE_CHANNEL: all members', async () => {
  const update = () => venue.messaging.updateChannel({ ...bySender(), Name: 'renamed' });
  await tells(update, 'SYSTEM UPDATE_CHANNEL', CHANNEL, MEMBERS);
});

test('CREATE_CHANNEL_MEMBERSHIP: all members, the new one among them', async () => {
  const add = () =>
    venue.messaging.createChannelMembership({ ...bySender(), MemberArn: arn('newcomer'), Type: 'DEFAULT' });
  await tells(add, 'SYSTEM CREATE_CHANNEL_MEMBERSHIP', MEMBERSHIP, ALL_WITH_NEWCOMER);
});

test('DELETE_CHANNEL_MEMBERSHIP: all members, and who was removed', async () => {
  const remove = () => venue.messaging.deleteChannelMembership({ ...bySender(), MemberArn: arn('newcomer') });
  await tells(remove, 'SYSTEM DELETE_CHANNEL_MEMBERSHIP', MEMBERSHIP, ALL_WITH_NEWCOMER);
});

test('BATCH_CREATE_CHANNEL_MEMBERSHIP: all members, the new ones among them', async () => {
  const add = () => venue.messaging.batchCreateChannelMembership({ ...bySender(), MemberArns: [arn('newcomer')] });
  await tells(add, 'SYSTEM BATCH_CREATE_CHANNEL_MEMBERSHIP', BATCH, ALL_WITH_NEWCOMER);
});

test('DELETE_CHANNEL_MEMBERSHIP of a ban: all members, and who is banned', async () => {
  const ban = () => venue.messaging.createChannelBan({ ...bySender(), MemberArn: arn('newcomer') });
  await tells(ban, 'SYSTEM DELETE_CHANNEL_MEMBERSHIP', MEMBERSHIP, ALL_WITH_NEWCOMER);
});

test('CHANNEL_DETAILS: the connection alone', async () => {
  await toldTo();
  const own: Told[] = [];
  await listen('bob', true, own);
  await eventually(() => own.length === 3);
  const [details] = own.filter(({ payload }) => Object(payload?.['Channel']).ChannelArn === channel);
  assert.equal(details && inShort(details), `SYSTEM CHANNEL_DETAILS ${DETAILS}`);
  assert.deepEqual(await toldTo(), {});
});

test('DELETE_CHANNEL: all members', () =>
  tells(() => venue.messaging.deleteChannel(bySender()), 'SYSTEM DELETE_CHANNEL', CHANNEL, MEMBERS));

test('CREATE_CHANNEL_MEMBERSHIP when a channel is created: its first members', async () => {
  const create = () => venue.channel(arn('sender'));
  await tells(create, 'SYSTEM CREATE_CHANNEL_MEMBERSHIP', MEMBERSHIP, ['sender']);
});
