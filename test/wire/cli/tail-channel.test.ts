/** `parlor tail` of a channel: the events that a member receives, one frame a line. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ChimeVenue, openChimeVenue } from '../chime/support/venue.ts';
import { ROOT_KEY, temporaryDirectory } from '../support/server.ts';
import { complaint, printed, startParlor } from './command-line.ts';

let venue: ChimeVenue;
let ada = '';
let bob = '';
before(async () => {
  venue = await openChimeVenue();
  ada = await venue.user('ada', 'Ada');
  bob = await venue.user('bob', 'Bob');
});
after(() => venue[Symbol.asyncDispose]());

/** What a printed frame says. */
function read(line: string) {
  const { Headers, Payload } = JSON.parse(line);
  return { type: Headers['x-amz-chime-event-type'], payload: JSON.parse(Payload) };
}

test('events are printed as they came, in order, and none of another channel', async () => {
  const [channel, other] = [await venue.channel(ada), await venue.channel(ada)];
  await using tail = startParlor(venue.server, 'tail', channel, '--as', ada);
  await tail.noted(/Connected/);
  await venue.say(channel, ada, 'one');
  await venue.say(other, ada, 'elsewhere');
  await venue.messaging.createChannelMembership({
    ChannelArn: channel,
    ChimeBearer: ada,
    MemberArn: bob,
    Type: 'DEFAULT',
  });
  await venue.say(channel, bob, 'two');
  const events = [read(await tail.nextLine()), read(await tail.nextLine()), read(await tail.nextLine())];
  assert.deepEqual(
    events.map(({ type, payload }) => [type, payload.Content ?? payload.Member.Name]),
    [
      ['CREATE_CHANNEL_MESSAGE', 'one'],
      ['CREATE_CHANNEL_MEMBERSHIP', 'Bob'],
      ['CREATE_CHANNEL_MESSAGE', 'two'],
    ],
  );
});

test('a frame has nothing that terminals obey', async () => {
  const channel = await venue.channel(ada);
  await using tail = startParlor(venue.server, 'tail', channel, '--as', ada);
  await tail.noted(/Connected/);
  const content = '\u001b[2J\u009b2J\u007f';
  await venue.say(channel, ada, content);
  const line = await tail.nextLine();
  assert.doesNotMatch(line, /\p{Cc}/u);
  assert.equal(read(line).payload.Content, content);
});

test('channel and member may be named by their ids', async () => {
  await venue.channel(ada, { ChannelId: 'hall' });
  await using tail = startParlor(venue.server, 'tail', 'hall', '--as', 'ada');
  await tail.noted(/Connected/);
  await venue.say(`${venue.appInstanceArn}/channel/hall`, ada, 'hello');
  assert.equal(read(await tail.nextLine()).payload.Content, 'hello');
});

test('it may be ended', async () => {
  await using tail = startParlor(venue.server, 'tail', await venue.channel(ada), '--as', ada);
  await tail.noted(/Connected/);
  tail.child.kill('SIGINT');
  assert.equal(await tail.ended, 0);
});

test('it comes back when the server does', async () => {
  using directory = temporaryDirectory();
  const env = { PARLOR_ACCESS_KEY_ID: ROOT_KEY.accessKeyId, PARLOR_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey };
  const serve = (port: string) => startParlor({ env }, 'serve', '--data-dir', directory.path, '--port', port);
  await using first = serve('0');
  const url = (await first.nextLine()).replace('Parlor listening on ', '');
  const run = (...args: string[]) => printed({ url }, ...args);
  await run('app-instance', 'create', 'house');
  await run('chime-user', 'create', 'ada');
  await run('channel', 'create', 'hall', '--id', 'hall', '--as', 'ada');
  await using tail = startParlor({ url }, 'tail', 'hall', '--as', 'ada');
  await tail.noted(/Connected/);
  first.child.kill('SIGKILL');
  await tail.noted(/The connection has ended/);
  await using _second = serve(new URL(url).port);
  await tail.noted(/Connected/);
  await run('channel', 'send', 'hall', 'again', '--as', 'ada');
  assert.equal(read(await tail.nextLine()).payload.Content, 'again');
});

test('a channel is not followed by nobody', async () => {
  const line = await complaint(venue.server, 'tail', await venue.channel(ada));
  assert.equal(line, 'A channel is followed by a member: name one with --as.');
});

test('who is no member would hear nothing, and is told so', async () => {
  const channel = await venue.channel(ada, { Privacy: 'PUBLIC' });
  const line = await complaint(venue.server, 'tail', channel, '--as', bob);
  assert.equal(line, `Only members receive what is sent: "parlor channel member add" makes ${bob} one.`);
});

test('a member that is deleted follows no more', async () => {
  const carol = await venue.user('carol');
  const channel = await venue.channel(ada, { MemberArns: [carol] });
  await using tail = startParlor(venue.server, 'tail', channel, '--as', carol);
  await tail.noted(/Connected/);
  await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: carol });
  await tail.noted(/The server ends the connection of .*\/user\/carol: 4003 /);
  assert.equal(await tail.ended, 1);
});
