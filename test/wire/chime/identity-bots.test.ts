/** App instance bots and what configures them (spec/chime-messaging 6, Bots). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Configuration, CreateAppInstanceBotCommandInput } from '@aws-sdk/client-chime-sdk-identity';
import { stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const LEX = {
  LexBotAliasArn: 'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/0123456789',
  LocaleId: 'en_US',
};
const FULL: Configuration = {
  Lex: {
    ...LEX,
    RespondsTo: 'STANDARD_MESSAGES',
    InvokedBy: { StandardMessages: 'MENTIONS', TargetedMessages: 'ALL' },
    WelcomeIntent: 'Hello_There',
  },
};
const clock = stoppedClock();
let venue: ChimeVenue;

before(async () => {
  venue = await openChimeVenue({}, clock);
});
after(() => venue[Symbol.asyncDispose]());

async function create(wishes: Partial<CreateAppInstanceBotCommandInput> = {}): Promise<string> {
  const { AppInstanceBotArn = '' } = await venue.identity.createAppInstanceBot({
    AppInstanceArn: venue.appInstanceArn,
    ClientRequestToken: crypto.randomUUID(),
    Configuration: FULL,
    ...wishes,
  });
  return AppInstanceBotArn;
}

const describeOf = async (AppInstanceBotArn: string) =>
  (await venue.identity.describeAppInstanceBot({ AppInstanceBotArn })).AppInstanceBot ?? {};

describe('CreateAppInstanceBot', () => {
  test('names it by a UUID, and keeps its configuration', async () => {
    const AppInstanceBotArn = await create({ Name: 'Robot', Metadata: 'm' });
    assert.match(AppInstanceBotArn, /\/bot\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.ok(AppInstanceBotArn.startsWith(`${venue.appInstanceArn}/bot/`));
    const now = new Date(clock.now());
    const expected = { AppInstanceBotArn, Name: 'Robot', Metadata: 'm', Configuration: FULL };
    const times = { CreatedTimestamp: now, LastUpdatedTimestamp: now };
    assert.deepEqual(await describeOf(AppInstanceBotArn), { ...expected, ...times });
  });

  test('needs neither a name nor more than a bot alias and its locale', async () => {
    const { Name, Configuration, Metadata } = await describeOf(await create({ Configuration: { Lex: LEX } }));
    assert.deepEqual([Name, Metadata, Configuration], ['', undefined, { Lex: LEX }]);
  });

  test('is done once for one token, which stands for one request', async () => {
    const ClientRequestToken = 'one-bot';
    const arn = await create({ ClientRequestToken });
    assert.equal(await create({ ClientRequestToken }), arn);
    await refused(create({ ClientRequestToken, Name: 'other' }), 'ConflictException', { Code: 'Conflict' });
    const { AppInstanceArn } = await venue.identity.createAppInstance({ Name: 'other', ClientRequestToken });
    assert.notEqual(await create({ ClientRequestToken, AppInstanceArn }), arn);
  });

  test('is refused what the model refuses', async () => {
    const lex = (changes: object) => create({ Configuration: { Lex: { ...LEX, ...changes } } });
    for (const LexBotAliasArn of [
      'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ',
      'arn:aws:lex:us-east-1:12345678901:bot-alias/ABCDEFGHIJ/0123456789',
      'arn:aws:lex:us-east-1:123456789012:bot-alias/abcdefghij/0123456789',
      `${LEX.LexBotAliasArn}0`,
    ]) {
      await refused(lex({ LexBotAliasArn }), 'BadRequestException', { Code: 'BadRequest' });
    }
    for (const WelcomeIntent of ['', 'a__b', '_a', 'a1', 'x'.repeat(101)]) {
      await refused(lex({ WelcomeIntent }), 'BadRequestException');
    }
    for (const InvokedBy of [
      { StandardMessages: 'SOME', TargetedMessages: 'ALL' },
      { StandardMessages: 'AUTO', TargetedMessages: 'AUTO' },
      { StandardMessages: 'AUTO' },
    ]) {
      await refused(lex({ InvokedBy }), 'BadRequestException');
    }
    await refused(lex({ RespondsTo: 'ALL' }), 'BadRequestException');
    await refused(lex({ LocaleId: undefined }), 'BadRequestException');
    await refused(create({ Configuration: undefined }), 'BadRequestException');
    await refused(create({ Name: 'x'.repeat(257) }), 'BadRequestException');
    await refused(create({ AppInstanceArn: `${venue.appInstanceArn}x` }), 'ForbiddenException');
  });
});

describe('UpdateAppInstanceBot', () => {
  test('replaces name and metadata, and the configuration when it is given', async () => {
    const AppInstanceBotArn = await create({ Name: 'Before' });
    clock.advance(1000);
    const update = { AppInstanceBotArn, Name: 'After', Metadata: 'new' };
    const { $metadata, ...reply } = await venue.identity.updateAppInstanceBot(update);
    assert.deepEqual(reply, { AppInstanceBotArn });
    const { Name, Metadata, Configuration, LastUpdatedTimestamp } = await describeOf(AppInstanceBotArn);
    assert.deepEqual([Name, Metadata, Configuration], ['After', 'new', FULL]);
    assert.deepEqual(LastUpdatedTimestamp, new Date(clock.now()));
    await venue.identity.updateAppInstanceBot({ ...update, Name: '', Configuration: { Lex: LEX } });
    const bare = await describeOf(AppInstanceBotArn);
    assert.deepEqual([bare.Name, bare.Configuration], ['', { Lex: LEX }]);
  });

  test('needs a name and metadata', async () => {
    const AppInstanceBotArn = await create();
    const update = (Name: string | undefined, Metadata: string | undefined) =>
      venue.identity.updateAppInstanceBot({ AppInstanceBotArn, Name, Metadata });
    await refused(update(undefined, ''), 'BadRequestException');
    await refused(update('', undefined), 'BadRequestException');
  });
});

test('ListAppInstanceBots gives those of one app instance, in pages', async () => {
  const request = { Name: 'bots', ClientRequestToken: 'bots' };
  const { AppInstanceArn = '' } = await venue.identity.createAppInstance(request);
  const created: string[] = [];
  for (const Name of ['a', 'b', 'c']) created.push(await create({ AppInstanceArn, Name, Metadata: 'm' }));
  const first = await venue.identity.listAppInstanceBots({ AppInstanceArn, MaxResults: 2 });
  const { NextToken } = first;
  const second = await venue.identity.listAppInstanceBots({ AppInstanceArn, MaxResults: 2, NextToken });
  assert.deepEqual([first.AppInstanceArn, second.NextToken], [AppInstanceArn, undefined]);
  const listed = [...(first.AppInstanceBots ?? []), ...(second.AppInstanceBots ?? [])];
  assert.deepEqual(listed.map(({ AppInstanceBotArn }) => AppInstanceBotArn).sort(), created.sort());
  for (const bot of listed) assert.deepEqual(Object.keys(bot).sort(), ['AppInstanceBotArn', 'Metadata', 'Name']);
  const elsewhere = { AppInstanceArn: venue.appInstanceArn, NextToken };
  await refused(venue.identity.listAppInstanceBots(elsewhere), 'BadRequestException');
});

test('a bot is a bearer, a member and a moderator', async () => {
  const bot = await create({ Name: 'Robot' });
  const alice = await venue.user('alice');
  const ChannelArn = await venue.channel(bot, { MemberArns: [alice] });
  const listener = await venue.connect(alice);
  await venue.say(ChannelArn, bot, 'beep');
  const { payload } = await listener.hear('CREATE_CHANNEL_MESSAGE');
  assert.deepEqual(payload.Sender, { Arn: bot, Name: 'Robot' });
  await venue.messaging.updateChannel({ ChannelArn, ChimeBearer: bot, Name: 'by a bot' });
});

describe('DeleteAppInstanceBot', () => {
  test('leaves nothing of it but its messages', async () => {
    const AppInstanceBotArn = await create();
    const alice = await venue.user('alice-2');
    const ChannelArn = await venue.channel(alice, { MemberArns: [AppInstanceBotArn] });
    await venue.say(ChannelArn, AppInstanceBotArn, 'beep');
    const { $metadata } = await venue.identity.deleteAppInstanceBot({ AppInstanceBotArn });
    assert.equal($metadata.httpStatusCode, 204);
    await refused(describeOf(AppInstanceBotArn), 'NotFoundException', { Code: 'NotFound' });
    await refused(venue.say(ChannelArn, AppInstanceBotArn, 'boop'), 'UnauthorizedClientException');
    const { ChannelMessages } = await venue.messaging.listChannelMessages({ ChannelArn, ChimeBearer: alice });
    assert.equal(ChannelMessages?.[0]?.Sender?.Arn, AppInstanceBotArn);
    await venue.identity.deleteAppInstanceBot({ AppInstanceBotArn });
  });

  test('deletes no user', async () => {
    const alice = await venue.user('alice-3');
    await refused(venue.identity.deleteAppInstanceBot({ AppInstanceBotArn: alice }), 'ForbiddenException');
    assert.ok(await venue.identity.describeAppInstanceUser({ AppInstanceUserArn: alice }));
  });
});

test('one that does not exist is not found by describing, and forbidden to change', async () => {
  const AppInstanceBotArn = `${venue.appInstanceArn}/bot/nobody`;
  await refused(describeOf(AppInstanceBotArn), 'NotFoundException');
  const update = { AppInstanceBotArn, Name: 'a', Metadata: '' };
  await refused(venue.identity.updateAppInstanceBot(update), 'ForbiddenException');
});
