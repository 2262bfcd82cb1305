/** A burst of messages that are not kept: what is too much for those who listen is refused (5.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectUrl } from '../support/app-instance.ts';
import { type RawResponse, sendSigned } from '../support/raw-http.ts';
import { ROOT_KEY, spawnServer, temporaryDirectory } from '../support/server.ts';
import { Listener } from './support/listener.ts';
import { message } from './support/message.ts';
import { chimeClients, populate } from './support/venue.ts';

/** All together are several times what a client may leave unread. */
const SENDS = 800;
/** Quotes are escaped twice in an event: each takes four bytes. */
const CONTENT = '"'.repeat(4000);

for (const to of ['all', 'one member']) {
  test(`to ${to}: who reads stays connected, and hears all that was not refused`, { timeout: 60_000 }, async () => {
    using directory = temporaryDirectory();
    await using server = await spawnServer(['--data-dir', directory.path]);
    const user = await populate(server.url, ['alice', 'bob']);
    const [alice, bob] = [user('alice'), user('bob')];
    const { messaging } = chimeClients(server.url);
    const { ChannelArn: room = '' } = await messaging.createChannel({
      AppInstanceArn: alice.slice(0, alice.indexOf('/user/')),
      ChimeBearer: alice,
      Name: 'room',
      MemberArns: [bob],
      ClientRequestToken: crypto.randomUUID(),
    });
    using listener = new Listener(connectUrl(server.url, ROOT_KEY, { userArn: bob }));
    await listener.hear('SESSION_ESTABLISHED');

    const answers = await Promise.all(
      Array.from({ length: SENDS }, () => sendUnkept(server.url, room, alice, to === 'all' ? undefined : bob)),
    );
    const accepted = answers.flatMap(({ json }) => Object(json).MessageId ?? []);
    const refused = answers.filter(({ headers }) => headers['x-amzn-errortype'] === 'ThrottledClientException');
    assert.equal(accepted.length + refused.length, SENDS);

    await messaging.sendChannelMessage(message(room, alice, { Content: 'the end' }));
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'the end');
    const heard = listener.heard.flatMap(({ payload }) => (payload?.Content === CONTENT ? [payload.MessageId] : []));
    assert.deepEqual(heard.sort(), accepted.sort());
    messaging.destroy();
  });
}

/** Without an SDK, whose clients open fewer connections. */
function sendUnkept(url: string, room: string, bearer: string, target?: string): Promise<RawResponse> {
  const wishes = {
    Persistence: 'NON_PERSISTENT',
    Content: CONTENT,
    ...(target && { Target: [{ MemberArn: target }] }),
  } as const;
  const { ChannelArn, ChimeBearer, ...input } = message(room, bearer, wishes);
  const raw = {
    target: `/channels/${encodeURIComponent(room)}/messages`,
    headers: { 'x-amz-chime-bearer': bearer, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  };
  return sendSigned(url, raw, { service: 'chime' });
}
