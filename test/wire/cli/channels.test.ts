/** `parlor channel`: channels, who is in them, and what is said. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ChimeVenue, openChimeVenue } from '../chime/support/venue.ts';
import { complaint, printed } from './command-line.ts';

let venue: ChimeVenue;
let ada = '';
let bob = '';
before(async () => {
  venue = await openChimeVenue();
  ada = await venue.user('ada', 'Ada');
  bob = await venue.user('bob', 'Bob');
});
after(() => venue[Symbol.asyncDispose]());

const run = (...args: string[]) => printed(venue.server, 'channel', ...args);
const refused = (...args: string[]) => complaint(venue.server, 'channel', ...args);
const asAda = ['--as', 'ada'];

describe('a channel', () => {
  test('create makes it as it is told to and prints its ARN alone', async () => {
    const settings = ['--id', 'hall', '--mode', 'UNRESTRICTED', '--privacy', 'PUBLIC', '--metadata', 'm'];
    const more = ['--member', 'bob', '--expiration-days', '30', '--tag', 'floor=1'];
    const stdout = await run('create', 'The hall', ...asAda, ...settings, ...more);
    assert.equal(stdout, `${venue.appInstanceArn}/channel/hall\n`);
    const channel = JSON.parse(await run('show', 'hall', '--as', ada));
    assert.equal(channel.Name, 'The hall');
    assert.equal(channel.Mode, 'UNRESTRICTED');
    assert.equal(channel.Privacy, 'PUBLIC');
    assert.equal(channel.Metadata, 'm');
    assert.equal(channel.CreatedBy.Arn, ada);
    assert.equal(channel.ExpirationSettings.ExpirationDays, 30);
    assert.equal(await run('member', 'list', 'hall', ...asAda), `${ada}\tAda\n${bob}\tBob\n`);
  });

  test('list prints those that are public, or those that the user is in', async () => {
    const open = await venue.channel(ada, { Name: 'open', Privacy: 'PUBLIC' });
    const closed = await venue.channel(ada, { Name: 'closed' });
    const listed = await run('list', '--as', 'bob');
    assert.ok(listed.includes(`${open}\topen\n`));
    assert.ok(!listed.includes(closed));
    assert.ok((await run('list', ...asAda, '--joined')).includes(`${closed}\tclosed\n`));
    const { Channels } = JSON.parse(await run('list', '--as', 'bob', '--privacy', 'PUBLIC', '--json'));
    assert.ok(Channels.some(({ ChannelArn }: { ChannelArn: string }) => ChannelArn === open));
  });

  test('update changes what is given alone, delete removes', async () => {
    const channel = await venue.channel(ada, { Name: 'before', Metadata: 'm' });
    assert.equal(await run('update', channel, '--name', 'after', ...asAda), '');
    const { Name, Metadata } = JSON.parse(await run('show', channel, ...asAda));
    assert.deepEqual({ Name, Metadata }, { Name: 'after', Metadata: 'm' });
    assert.equal(await run('delete', channel, ...asAda), '');
    assert.match(await refused('show', channel, ...asAda), /^ForbiddenException: /);
  });

  test('somebody must do it, who may', async () => {
    const channel = await venue.channel(ada);
    assert.match(await refused('show', channel), /'--as <user>' not specified/);
    assert.match(await refused('show', channel, '--as', 'nobody'), /^UnauthorizedClientException: /);
    assert.match(await refused('delete', channel, '--as', 'bob'), /^ForbiddenException: /);
    assert.equal(await refused('update', channel, ...asAda), 'One of --name, --mode and --metadata is needed.');
    assert.equal(await refused('show', 'a b', ...asAda), '"a b" is neither the ARN nor the id of a channel.');
  });
});

describe('who is in a channel', () => {
  test('members come and go, several at once', async () => {
    const channel = await venue.channel(ada);
    const carol = await venue.user('carol', 'Carol');
    assert.equal(await run('member', 'add', channel, 'bob', carol, ...asAda), '');
    assert.equal(await run('member', 'list', channel, ...asAda), `${ada}\tAda\n${bob}\tBob\n${carol}\tCarol\n`);
    assert.equal(await run('member', 'remove', channel, 'bob', 'carol', ...asAda), '');
    const { ChannelMemberships } = JSON.parse(await run('member', 'list', channel, ...asAda, '--json'));
    assert.deepEqual(ChannelMemberships, [{ Member: { Arn: ada, Name: 'Ada' } }]);
  });

  test('hidden members are listed by themselves', async () => {
    const channel = await venue.channel(ada);
    await run('member', 'add', channel, 'bob', '--hidden', ...asAda);
    assert.equal(await run('member', 'list', channel, ...asAda), `${ada}\tAda\n`);
    assert.equal(await run('member', 'list', channel, '--hidden', ...asAda), `${bob}\tBob\n`);
  });

  test('moderators are added, listed and removed', async () => {
    const channel = await venue.channel(ada);
    assert.equal(await run('moderator', 'add', channel, 'bob', ...asAda), '');
    assert.equal(await run('moderator', 'list', channel, ...asAda), `${ada}\tAda\n${bob}\tBob\n`);
    assert.equal(await run('moderator', 'remove', channel, 'bob', ...asAda), '');
    assert.equal(await run('moderator', 'list', channel, ...asAda), `${ada}\tAda\n`);
  });

  test('a ban ends a membership and keeps it from coming back, until it ends itself', async () => {
    const channel = await venue.channel(ada, { MemberArns: [bob] });
    assert.equal(await run('ban', 'add', channel, 'bob', ...asAda), '');
    assert.equal(await run('ban', 'list', channel, ...asAda), `${bob}\tBob\n`);
    assert.equal(await run('member', 'list', channel, ...asAda), `${ada}\tAda\n`);
    assert.match(await refused('member', 'add', channel, 'bob', ...asAda), /^ForbiddenException: bob is banned/);
    assert.equal(await run('ban', 'remove', channel, 'bob', ...asAda), '');
    assert.equal(await run('member', 'add', channel, 'bob', ...asAda), '');
  });
});

describe('what is said in a channel', () => {
  test('send prints the id of the message, show what became of it', async () => {
    const channel = await venue.channel(ada, { MemberArns: [bob] });
    const wishes = ['--metadata', 'm', '--content-type', 'text/plain', '--attribute', 'mention=Bob', '--to', 'bob'];
    const id = (await run('send', channel, '@bob hello', ...asAda, ...wishes)).trim();
    const { Sender, ...message } = JSON.parse(await run('message', 'show', channel, id, '--as', 'bob'));
    assert.equal(Sender.Arn, ada);
    assert.equal(message.Content, '@bob hello');
    assert.equal(message.Metadata, 'm');
    assert.equal(message.ContentType, 'text/plain');
    assert.deepEqual(message.MessageAttributes, { mention: { StringValues: ['Bob'] } });
    assert.deepEqual(message.Target, [{ MemberArn: bob }]);
  });

  test('the content may come from the standard input', async () => {
    const channel = await venue.channel(ada);
    const setting = { url: venue.server.url, stdin: 'from elsewhere' };
    const id = (await printed(setting, 'channel', 'send', channel, '-', ...asAda)).trim();
    assert.equal(JSON.parse(await run('message', 'show', channel, id, ...asAda)).Content, 'from elsewhere');
  });

  test('what is not persistent is not kept', async () => {
    const channel = await venue.channel(ada);
    const wishes = ['--type', 'CONTROL', '--no-persistent'];
    assert.match(await run('send', channel, 'typing', ...asAda, ...wishes), /^[0-9a-f]{64}\n$/);
    assert.equal(await run('message', 'list', channel, ...asAda), '');
  });

  test('list prints the last messages, the newest last, in a line each', async () => {
    const channel = await venue.channel(ada);
    const ids: string[] = [];
    for (const content of ['one', 'two\n\u001b[2Jthree', 'four']) ids.push(await venue.say(channel, ada, content));
    const lines = (await run('message', 'list', channel, '--last', '2', ...asAda)).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.split('\t').toSpliced(1, 1)),
      [
        [ids[1], 'Ada', 'two [2Jthree'],
        [ids[2], 'Ada', 'four'],
      ],
    );
    assert.match(lines[0] ?? '', /\t\d{4}-\d\d-\d\dT[\d:.]+Z\t/);
    const { ChannelMessages } = JSON.parse(await run('message', 'list', channel, ...asAda, '--json'));
    assert.deepEqual(
      ChannelMessages.map(({ MessageId }: { MessageId: string }) => MessageId),
      ids,
    );
  });

  test('JSON has nothing that terminals obey, and says what was said', async () => {
    const channel = await venue.channel(ada);
    const content = '\u001b[2J\u009b2J\u007f\u0085';
    const id = await venue.say(channel, ada, content);
    const call = JSON.stringify({ ChannelArn: channel, MessageId: id, ChimeBearer: ada });
    for (const json of [
      await run('message', 'show', channel, id, ...asAda),
      await run('message', 'list', channel, ...asAda, '--json'),
      await printed(venue.server, 'call', 'GetChannelMessage', '--json', call),
    ]) {
      assert.doesNotMatch(json, /[^\P{Cc}\n]/u);
      const { Content, ChannelMessage, ChannelMessages } = JSON.parse(json);
      assert.equal(Content ?? ChannelMessage?.Content ?? ChannelMessages[0].Content, content);
    }
  });

  test('a message is updated, redacted, and deleted by an admin', async () => {
    const channel = await venue.channel(ada);
    const id = await venue.say(channel, ada, 'hello');
    assert.equal(await run('message', 'update', channel, id, 'goodbye', ...asAda), '');
    assert.match(await run('message', 'list', channel, ...asAda), /\tgoodbye\n$/);
    assert.equal(await run('message', 'redact', channel, id, ...asAda), '');
    assert.match(await run('message', 'list', channel, ...asAda), /\t\(redacted\)\n$/);
    assert.match(await refused('message', 'delete', channel, id, ...asAda), /^ForbiddenException: /);
    const root = await venue.user('root');
    await printed(venue.server, 'app-instance', 'admin', 'add', root);
    assert.equal(await run('message', 'delete', channel, id, '--as', root), '');
    assert.equal(await run('message', 'list', channel, ...asAda), '');
  });
});
