/** Browsers let any page open a WebSocket: with --websocket-origin only pages of the named origins get one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openVenue } from '../support/venue.ts';

const ORIGIN = 'https://app.example';
const listed = { flags: { 'websocket-origin': [ORIGIN, 'https://other.example'] } };

async function statusFor(venue: Awaited<ReturnType<typeof openVenue>>, origin: string | undefined) {
  return (await venue.shakeHands(await venue.token(), { headers: { Origin: origin } })).answer?.status;
}

test('pages of named origins and clients that are no pages connect', async () => {
  await using venue = await openVenue(listed);
  for (const origin of [ORIGIN, 'https://other.example', undefined]) assert.equal(await statusFor(venue, origin), 101);
});

test('other pages are refused, and their tokens stay good', async () => {
  await using venue = await openVenue(listed);
  const token = await venue.token();
  for (const origin of ['https://evil.example', 'http://app.example', `${ORIGIN}.evil.example`, 'null', '']) {
    const { answer } = await venue.shakeHands(token, { headers: { Origin: origin } });
    assert.equal(answer?.status, 403, origin);
    assert.deepEqual(JSON.parse(answer.body), { message: 'Pages of this origin may not connect.' });
  }
  assert.equal((await venue.shakeHands(token)).answer?.status, 101);
});

test('unless it is set, every page connects', async () => {
  await using venue = await openVenue();
  assert.equal(await statusFor(venue, 'https://anywhere.example'), 101);
});
