/** Whatever a tenant of the Chime door sends, it gets no 500, and nothing of another tenant's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { withoutFailure } from '../chime/support/answers.ts';
import { Listener } from '../chime/support/listener.ts';
import { furnish } from '../chime/support/place.ts';
import {
  type ApiRequest,
  arnsOf,
  ask,
  type Names,
  NOT_BUILT,
  OPERATIONS,
  type OperationName,
  requestOf,
  targetOf,
} from '../chime/support/requests.ts';
import { type Account, allow, openAccount } from '../iam/support/account.ts';
import { type ConnectParameters, connect, connectUrl } from '../support/app-instance.ts';
import type { RawResponse } from '../support/raw-http.ts';
import { ROOT_KEY } from '../support/server.ts';

/** In every text of the other tenant. */
const SECRET = 'what-the-other-tenant-keeps-to-itself';

const LISTINGS = OPERATIONS.filter((name) => /^(?:List|Search)/.test(name) && !NOT_BUILT.includes(name));

const resources = new AsyncDisposableStack();
let account: Account;
let url: string;
let here: Names;
let there: Names;
/** May do everything here, and nothing there. */
let tenant: Credentials;
/** All of the other tenant, as it has to stay. */
let kept: unknown;

before(async () => {
  account = resources.use(await openAccount({ limits: 'off' }));
  url = account.server.url;
  [here, there] = await Promise.all([furnish(url, 'here'), furnish(url, SECRET)]);
  const own = allow('chime:*', [here.appInstance, `${here.appInstance}/*`]);
  tenant = (await account.user('tenant', own, allow('chime:GetMessagingSessionEndpoint'))).credentials;
  kept = await everythingOf(there);
  assert.ok(JSON.stringify(kept).includes(SECRET));
});
after(async () => {
  assert.deepEqual(await everythingOf(there), kept);
  assert.doesNotMatch(account.server.log.join(''), /internal failure/);
  await resources.disposeAsync();
});

/** All that can be read of a place. */
async function everythingOf(names: Names): Promise<Record<string, unknown>> {
  const reads = OPERATIONS.filter((name) => requestOf(name, names).method === 'GET' && name !== 'ListAppInstances');
  const answers = reads.map(async (name) => [name, (await ask(url, requestOf(name, names))).json] as const);
  return Object.fromEntries(await Promise.all(answers));
}

/** Checks what holds for every answer to whoever is here. @returns the error's type; undefined: it succeeded */
function harmless(operation: OperationName, response: RawResponse, what: string): string | undefined {
  assert.ok(!response.text.includes(SECRET), `${operation} ${what}: ${response.text}`);
  return withoutFailure(operation, response, what);
}

/** Whether it can be sent as a header, and is not the same there. */
const isHeader = (arn: string, other: string) => /^[\x20-\x7e]*$/.test(other) && other.trim() !== arn;

/** Every operation with each of its ARNs replaced. */
function* replaced(others: (arn: string) => readonly string[]) {
  for (const operation of OPERATIONS) {
    for (const { arn, at, with: put } of arnsOf(requestOf(operation, here))) {
      for (const other of others(arn)) {
        if (at === 'bearer' && !isHeader(arn, other)) continue;
        yield { operation, at, other, request: put(other) };
      }
    }
  }
}

/** The ARNs of the other tenant, and some that only look as if they led there. */
function foreign(): string[] {
  const { message: _, endpoint: __, ...arns } = there;
  const [, id = ''] = there.appInstance.split('/');
  return [
    ...Object.values(arns),
    `${here.appInstance}/../${id}/channel/general`,
    `${here.appInstance}/../../app-instance/${id}/user/alice`,
    `${here.appInstance}/user/${there.alice}`,
    `${here.alice}, ${there.alice}`,
  ];
}

describe('what is of another tenant', () => {
  test('is out of reach of whoever has no access to it, wherever its ARN stands', async () => {
    for (const { operation, at, other, request } of replaced(foreign)) {
      harmless(operation, await ask(url, request, { credentials: tenant }), `${at} ${other}`);
    }
  });

  test('is out of reach of a bearer here, whatever policies allow', async () => {
    for (const { operation, at, other, request } of replaced(foreign)) {
      if (at === 'bearer' || request.bearer === undefined) continue;
      harmless(operation, await ask(url, request), `${at} ${other}`);
    }
  });

  test('has ids that name nothing here', async () => {
    for (const operation of OPERATIONS) {
      const { message, endpoint } = there;
      const request = requestOf(operation, { ...here, message, endpoint });
      if (targetOf(request) === targetOf(requestOf(operation, here))) continue;
      const type = harmless(operation, await ask(url, request, { credentials: tenant }), 'ids');
      const gone = request.method === 'DELETE' && !NOT_BUILT.includes(operation);
      assert.equal(type === undefined, gone, operation);
    }
  });

  test('has cursors that lead nowhere here, as those of other listings', async () => {
    const page = (operation: OperationName, place: Names, token?: string) => {
      const request = requestOf(operation, place);
      const query = [...request.query, ['max-results', '1'], ...(token === undefined ? [] : [['next-token', token]])];
      return ask(url, { ...request, query: query as [string, string][] });
    };
    const cursors: { of: OperationName; place: Names; token: string }[] = [];
    for (const place of [here, there]) {
      for (const of of LISTINGS) {
        const { NextToken: token } = Object((await page(of, place)).json);
        if (token !== undefined) cursors.push({ of, place, token });
      }
    }
    assert.deepEqual(
      cursors.filter(({ place }) => place === there).map(({ of }) => of),
      LISTINGS.filter((name) => name !== 'ListTagsForResource'),
    );
    for (const { of, place, token } of cursors) {
      for (const listing of new Set(cursors.map(({ of }) => of))) {
        if (listing === 'ListAppInstances') continue;
        const type = harmless(listing, await page(listing, here, token), `token of ${of}`);
        const own = listing === of && place === here;
        assert.equal(type, own ? undefined : 'BadRequestException', `${listing} with the token of ${of}`);
      }
    }
  });
});

/** Spellings of an ARN that are not the ARN. */
function misspelt(arn: string): string[] {
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  const withId = (other: string) => arn.slice(0, -id.length) + other;
  return [
    arn.replace('app-instance', 'App-Instance'),
    withId(id.toUpperCase() === id ? id.toLowerCase() : id.toUpperCase()),
    arn.replaceAll('/', '%2F'),
    arn.replaceAll('/', '%2f'),
    encodeURIComponent(arn),
    withId(`%${id.charCodeAt(0).toString(16)}${id.slice(1)}`),
    withId(`../${id}`),
    arn.replace('/', '//'),
    `${arn}/`,
    `${arn} `,
    `${arn}\n`,
    `${arn}\0`,
    `${arn}\0/user/alice`,
    `${arn}\u200d`,
    `${arn}\u0301`,
    withId(id.replace(/[aeo]/, (letter) => ({ a: '\u0430', e: '\u0435' })[letter] ?? '\u043e')),
    withId(`\uff41${id.slice(1)}`),
    arn.replaceAll('/', '\uff0f'),
    arn.replace('us-east-1', 'us-west-2'),
    arn.replace('000000000000', '111111111111'),
    arn.replace('arn:aws:', 'arn:aws-cn:'),
    arn.replace(':chime:', ':ivschat:'),
    arn.replace(/app-instance\/[\w-]+/, 'app-instance/*'),
    withId('*'),
    withId(`${id.slice(0, -1)}?`),
    withId(''),
    withId("' OR '1'='1"),
    withId('__proto__'),
    withId('x'.repeat(65)),
    `${arn}${'/x'.repeat(300)}`,
  ].filter((other) => other !== arn);
}

test('an ARN that is spelled otherwise names nothing, and nothing comes of it', async () => {
  const unchanged = await everythingOf(here);
  for (const { operation, at, other, request } of replaced(misspelt)) {
    const type = harmless(operation, await ask(url, request), `${at} ${other}`);
    if (request.method === 'GET') assert.notEqual(type, undefined, `${operation} ${at} ${JSON.stringify(other)}`);
  }
  assert.deepEqual(await everythingOf(here), unchanged);
});

test('a socket is of nobody but the user whose ARN is given, as it is, and whom access is decided on', async () => {
  /** The code that it is closed with, or what is heard first. */
  const answered = async (credentials: Credentials, parameters: ConnectParameters) => {
    const { socket, first } = await connect(connectUrl(url, credentials, parameters));
    socket.terminate();
    return first;
  };
  for (const userArn of misspelt(here.alice)) assert.equal(await answered(ROOT_KEY, { userArn }), 4401, userArn);
  for (const userArn of foreign()) assert.equal(typeof (await answered(tenant, { userArn })), 'number', userArn);
  // Twice, once with a letter encoded.
  const [own, foreigner] = [here.alice, there.alice];
  for (const [first, second] of [
    [own, foreigner],
    [foreigner, own],
  ]) {
    using heard = new Listener(
      connectUrl(url, tenant, { userArn: first, '%75serArn': second, 'prefetch-on': 'connect' }),
    );
    await Promise.race([heard.closed, heard.hear('CHANNEL_DETAILS')]);
    assert.doesNotMatch(JSON.stringify(heard.heard), new RegExp(SECRET));
  }
});

test('a query parameter that comes twice is not one for access and another for what is read', async () => {
  for (const operation of OPERATIONS) {
    const request = requestOf(operation, here);
    const foreign = requestOf(operation, there).query.filter(([name]) => name.endsWith('arn'));
    if (foreign.length === 0) continue;
    for (const query of [
      [...request.query, ...foreign],
      [...foreign, ...request.query],
    ]) {
      harmless(operation, await ask(url, { ...request, query }, { credentials: tenant }), 'twice');
    }
  }
});

test('whatever is put together of both tenants’ ARNs and JSON: no 500, and no secret', async () => {
  const pieces = fc.constantFrom(
    ...[
      'arn:aws:chime:us-east-1:000000000000:',
      'app-instance/',
      '/user/',
      '/bot/',
      '/channel/',
      '/',
      ':',
      '..',
      '*',
      '%2F',
    ],
    ...['alice', 'general', 'Alice', '', '\u0430lice', '\0', ...[here, there].map((names) => names.appInstance)],
    ...[here, there].flatMap(({ appInstance }) => appInstance.split('/').slice(1)),
  );
  const arn = fc.oneof(
    fc.array(pieces, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
    fc.constantFrom(...Object.values(here), ...Object.values(there)),
  );
  const members = OPERATIONS.flatMap((name) => Object.keys(requestOf(name, here).body ?? {}));
  const value = fc.oneof(
    arn,
    fc.jsonValue(),
    fc.array(arn),
    fc.array(fc.record({ MemberArn: arn, Values: fc.array(arn) })),
  );
  const request = fc.record({
    operation: fc.constantFrom(...OPERATIONS.filter((name) => name !== 'CreateAppInstance')),
    arns: fc.array(arn, { minLength: 4, maxLength: 4 }),
    body: fc.dictionary(fc.constantFrom(...members), value),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ operation, arns, body }) => {
      const own = requestOf(operation, here);
      let altered: ApiRequest = own;
      for (const [at, other] of arns.entries()) {
        const position = arnsOf(altered)[at];
        if (position && !(position.at === 'bearer' && !isHeader('', other))) altered = position.with(other);
      }
      if (own.body) altered = { ...altered, body: { ...altered.body, ...body } };
      harmless(operation, await ask(url, altered, { credentials: tenant }), JSON.stringify(altered));
    }),
    { numRuns: 1000 },
  );
});
