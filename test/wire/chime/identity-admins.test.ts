/** Admins of an app instance: users and bots who are moderators everywhere (spec/chime-messaging 6, Admins). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const LEX = {
  LexBotAliasArn: 'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/0123456789',
  LocaleId: 'en_US',
};
let venue: ChimeVenue;
let AppInstanceArn: string;
let alice: string;
let bob: string;
let bot: string;

before(async () => {
  venue = await openChimeVenue({ limit: ['admins-per-app-instance=3'] });
  AppInstanceArn = venue.appInstanceArn;
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  const { AppInstanceBotArn = '' } = await venue.identity.createAppInstanceBot({
    AppInstanceArn,
    Name: 'Robot',
    ClientRequestToken: 'robot',
    Configuration: { Lex: LEX },
  });
  bot = AppInstanceBotArn;
});
after(() => venue[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const admin of [alice, bob, bot]) await demote(admin);
});

const promote = (AppInstanceAdminArn: string) =>
  venue.identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn });
const demote = (AppInstanceAdminArn: string) =>
  venue.identity.deleteAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn });
const describeOf = (AppInstanceAdminArn: string) =>
  venue.identity.describeAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn });

test('users and bots become admins, and are shown as such', async () => {
  const { $metadata, ...reply } = await promote(alice);
  assert.equal($metadata.httpStatusCode, 201);
  assert.deepEqual(reply, { AppInstanceAdmin: { Arn: alice, Name: 'Alice' }, AppInstanceArn });
  assert.deepEqual((await promote(bot)).AppInstanceAdmin, { Arn: bot, Name: 'Robot' });
  const { AppInstanceAdmin = {} } = await describeOf(alice);
  const { CreatedTimestamp, ...rest } = AppInstanceAdmin;
  assert.ok(CreatedTimestamp instanceof Date);
  assert.deepEqual(rest, { Admin: { Arn: alice, Name: 'Alice' }, AppInstanceArn });
});

test('they are listed in pages', async () => {
  for (const admin of [alice, bob, bot]) await promote(admin);
  const first = await venue.identity.listAppInstanceAdmins({ AppInstanceArn, MaxResults: 2 });
  assert.equal(first.AppInstanceArn, AppInstanceArn);
  const { NextToken } = first;
  const second = await venue.identity.listAppInstanceAdmins({ AppInstanceArn, MaxResults: 2, NextToken });
  assert.equal(second.NextToken, undefined);
  const listed = [first, second].flatMap(({ AppInstanceAdmins = [] }) => AppInstanceAdmins.map(({ Admin }) => Admin));
  const expected = [
    { Arn: alice, Name: 'Alice' },
    { Arn: bob, Name: 'Bob' },
    { Arn: bot, Name: 'Robot' },
  ];
  assert.deepEqual(listed, expected);
  const { AppInstanceArn: other = '' } = await venue.identity.createAppInstance({
    Name: 'other',
    ClientRequestToken: 'other',
  });
  const foreign = { AppInstanceArn: other, NextToken };
  await refused(venue.identity.listAppInstanceAdmins(foreign), 'BadRequestException');
});

test('they have the powers of a moderator at once, and lose them at once', async () => {
  const ChannelArn = await venue.channel(alice);
  const rename = (Name: string) => venue.messaging.updateChannel({ ChannelArn, ChimeBearer: bob, Name });
  await refused(rename('by nobody'), 'ForbiddenException');
  await promote(bob);
  await rename('by an admin');
  await demote(bob);
  await refused(rename('by nobody'), 'ForbiddenException');
});

test('who is one is a conflict; demoting who is none is not', async () => {
  await promote(alice);
  await refused(promote(alice), 'ConflictException', { Code: 'Conflict' });
  const { $metadata } = await demote(alice);
  assert.equal($metadata.httpStatusCode, 204);
  await demote(alice);
  assert.ok(await venue.identity.describeAppInstanceUser({ AppInstanceUserArn: alice }));
});

test('who is none is forbidden to describe', () => refused(describeOf(alice), 'ForbiddenException'));

test('nobody is promoted but users and bots of the app instance', async () => {
  const { AppInstanceArn: other = '' } = await venue.identity.createAppInstance({
    Name: 'elsewhere',
    ClientRequestToken: 'elsewhere',
  });
  const { AppInstanceUserArn: stranger = '' } = await venue.identity.createAppInstanceUser({
    AppInstanceArn: other,
    AppInstanceUserId: 'stranger',
    Name: 'Stranger',
    ClientRequestToken: 'stranger',
  });
  const channel = await venue.channel(alice);
  for (const arn of [stranger, channel, AppInstanceArn, `${AppInstanceArn}/user/nobody`]) {
    await refused(promote(arn), 'ForbiddenException');
    await refused(describeOf(arn), 'ForbiddenException');
  }
  // Who is not there is no admin any more.
  await demote(`${AppInstanceArn}/user/nobody`);
  await demote(stranger);
  for (const arn of [channel, AppInstanceArn]) await refused(demote(arn), 'ForbiddenException');
});

test('they end at the quota', async () => {
  for (const admin of [alice, bob, bot]) await promote(admin);
  const carol = await venue.user('carol');
  await refused(promote(carol), 'ResourceLimitExceededException', { Code: 'ResourceLimitExceeded' });
  await demote(bot);
  await promote(carol);
  await demote(carol);
});
