/** Channels are found by their members (spec/chime-messaging 3.8). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SearchField } from '@aws-sdk/client-chime-sdk-messaging';
import fc from 'fast-check';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const USERS = ['ada', 'ben', 'cid', 'dot'];

interface Room {
  readonly arn: string;
  /** Of USERS, who are members that show. */
  readonly shown: ReadonlySet<string>;
  readonly hidden: ReadonlySet<string>;
}

let venue: ChimeVenue;
let admin: string;
const arns = new Map<string, string>();
/** Every set of members, each with and without one hidden. */
const rooms: Room[] = [];

const arnOf = (name: string) => arns.get(name) ?? `${venue.appInstanceArn}/user/${name}`;

before(async () => {
  venue = await openChimeVenue();
  const { identity, messaging, appInstanceArn: AppInstanceArn } = venue;
  admin = await venue.user('admin');
  await identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn: admin });
  for (const name of USERS) arns.set(name, await venue.user(name));
  for (let bits = 1; bits < 1 << USERS.length; bits++) {
    const shown = USERS.filter((_, i) => bits & (1 << i));
    for (const hidden of [undefined, USERS.find((name) => !shown.includes(name))]) {
      const [maker = ''] = shown;
      const arn = await venue.channel(arnOf(maker), { MemberArns: shown.map(arnOf) });
      const member = {
        ChannelArn: arn,
        ChimeBearer: arnOf(maker),
        MemberArn: arnOf(hidden ?? ''),
        Type: 'HIDDEN',
      } as const;
      if (hidden !== undefined) await messaging.createChannelMembership(member);
      rooms.push({ arn, shown: new Set(shown), hidden: new Set(hidden === undefined ? [] : [hidden]) });
    }
  }
});
after(() => venue[Symbol.asyncDispose]());

interface Query {
  readonly operator: 'EQUALS' | 'INCLUDES';
  readonly names: readonly string[];
}

function holds({ operator, names }: Query, { shown }: Room): boolean {
  const wanted = new Set(names);
  return operator === 'EQUALS' ? wanted.size === shown.size && wanted.isSubsetOf(shown) : wanted.isSubsetOf(shown);
}

const fieldOf = ({ operator, names }: Query): SearchField => ({
  Key: 'MEMBERS',
  Operator: operator,
  Values: names.map(arnOf),
});

async function search(
  ChimeBearer: string,
  queries: readonly Query[],
  MaxResults = 50,
): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const Fields = queries.map(fieldOf);
    const reply = await venue.messaging.searchChannels({ ChimeBearer, Fields, MaxResults, NextToken });
    assert.ok((reply.Channels?.length ?? 0) <= MaxResults);
    found.push(...(reply.Channels ?? []).map(({ ChannelArn }) => ChannelArn));
    NextToken = reply.NextToken;
  } while (NextToken !== undefined);
  return found;
}

describe('SearchChannels', () => {
  test('EQUALS finds the channel of two people, whoever else has one with either', async () => {
    const found = await search(arnOf('ada'), [{ operator: 'EQUALS', names: ['ben', 'ada'] }]);
    const expected = rooms.filter(({ shown }) => shown.size === 2 && shown.has('ada') && shown.has('ben'));
    assert.deepEqual(
      found,
      expected.map(({ arn }) => arn),
    );
  });

  test('gives summaries', async () => {
    const Fields = [fieldOf({ operator: 'EQUALS', names: ['ada'] })];
    const { $metadata, Channels } = await venue.messaging.searchChannels({ ChimeBearer: arnOf('ada'), Fields });
    assert.equal($metadata.httpStatusCode, 200);
    const [first] = rooms;
    const expected = { Name: 'channel', ChannelArn: first?.arn, Mode: 'RESTRICTED', Privacy: 'PRIVATE' };
    assert.deepEqual(Channels?.[0], expected);
  });

  test('every field has to hold; everybody finds their own channels, hidden memberships included; admins find all', async () => {
    const names = fc.uniqueArray(fc.constantFrom(...USERS), { minLength: 1, maxLength: 4 });
    const query = fc.record({ operator: fc.constantFrom('EQUALS', 'INCLUDES'), names });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('admin', ...USERS),
        fc.array(query, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 50 }),
        async (bearer, queries, size) => {
          const expected = rooms.filter(
            (room) =>
              queries.every((each) => holds(each, room)) &&
              (bearer === 'admin' || room.shown.has(bearer) || room.hidden.has(bearer)),
          );
          const found = await search(bearer === 'admin' ? admin : arnOf(bearer), queries, size);
          assert.deepEqual(
            found,
            expected.map(({ arn }) => arn),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('does a bounded amount of work: a page may be empty and yet not be the last', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `one-of-many-${i}`);
    for (const name of names) arns.set(name, await venue.user(name));
    const [shy = ''] = names;
    const crowded = async (maker: string) => {
      const ChannelArn = await venue.channel(arnOf(maker));
      const on = { ChannelArn, ChimeBearer: arnOf(maker) };
      const MemberArns = names.slice(1).map(arnOf);
      await venue.messaging.batchCreateChannelMembership({ ...on, MemberArns, Type: 'DEFAULT' });
      if (maker !== shy) {
        await venue.messaging.createChannelMembership({ ...on, MemberArn: arnOf(shy), Type: 'HIDDEN' });
      }
      return ChannelArn;
    };
    for (let i = 0; i < 60; i++) await crowded('ada');
    const expected = await crowded(shy);
    const queries = [0, 20, 40, 60, 80].map((i) => ({
      operator: 'INCLUDES' as const,
      names: names.slice(i, i + 20),
    }));
    const on = { ChimeBearer: arnOf(shy), Fields: queries.map(fieldOf) };
    const { Channels, NextToken } = await venue.messaging.searchChannels(on);
    assert.deepEqual(Channels, []);
    assert.ok(NextToken);
    assert.deepEqual(await search(arnOf(shy), queries), [expected]);
  });

  test('finds nothing for whoever is nobody', async () => {
    assert.deepEqual(await search(admin, [{ operator: 'INCLUDES', names: ['ada', 'nobody'] }]), []);
    assert.deepEqual(await search(admin, [{ operator: 'EQUALS', names: ['nobody'] }]), []);
  });

  test('refuses what breaks the limits of the model, and a bearer that is nobody', async () => {
    const ChimeBearer = arnOf('ada');
    const field = fieldOf({ operator: 'EQUALS', names: ['ada'] });
    for (const Fields of [
      [],
      Array.from({ length: 21 }, () => field),
      [{ ...field, Values: [] }],
      [{ ...field, Values: Array.from({ length: 21 }, () => ChimeBearer) }],
      [{ ...field, Values: ['x'.repeat(513)] }],
    ]) {
      await refused(venue.messaging.searchChannels({ ChimeBearer, Fields }), 'BadRequestException');
    }
    const nobody = { ChimeBearer: arnOf('nobody'), Fields: [field] };
    await refused(venue.messaging.searchChannels(nobody), 'UnauthorizedClientException');
    const NextToken = 'foreign';
    await refused(venue.messaging.searchChannels({ ChimeBearer, Fields: [field], NextToken }), 'BadRequestException');
  });
});
