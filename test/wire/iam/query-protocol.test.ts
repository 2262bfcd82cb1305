/** Requests to IAM that no SDK would send, and the signatures of other regions. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { IAM } from '@aws-sdk/client-iam';
import { signRequest } from '../../../src/aws/sigv4.ts';
import { ROOT_KEY, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

before(async () => {
  server = await startServer({ region: 'eu-west-1' });
});
after(() => server[Symbol.asyncDispose]());

const VERSION = 'Version=2010-05-08';

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly code: string | undefined;
}

async function post(body: string, more: { region?: string; service?: string; secret?: string } = {}): Promise<Reply> {
  const { region = 'eu-west-1', service = 'iam', secret = ROOT_KEY.secretAccessKey } = more;
  const { host, ...headers } = signRequest(
    {
      method: 'POST',
      target: '/',
      headers: { host: new URL(server.url).host, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    },
    { ...ROOT_KEY, secretAccessKey: secret },
    { region, service, now: Date.now() },
  );
  return readReply(await fetch(server.url, { method: 'POST', headers, body }));
}

async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const [, code] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
  return { status: response.status, type: response.headers.get('content-type'), text, code };
}

describe('a request in the query protocol', () => {
  test('is answered in XML', async () => {
    const { status, type, text } = await post(`Action=CreateUser&${VERSION}&UserName=x`);
    assert.equal(status, 200);
    assert.equal(type, 'text/xml');
    assert.match(
      text,
      /^<CreateUserResponse xmlns="https:\/\/iam.amazonaws.com\/doc\/2010-05-08\/"><CreateUserResult><User><Path>\/<\/Path><UserName>x<\/UserName>.*<\/CreateUserResult><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/CreateUserResponse>$/,
    );
  });

  test('may be signed for us-east-1, where IAM is on AWS, and for no other region but ours', async () => {
    assert.equal((await post(`Action=ListUsers&${VERSION}`, { region: 'us-east-1' })).status, 200);
    assert.equal((await post(`Action=ListUsers&${VERSION}`, { region: 'us-west-2' })).code, 'SignatureDoesNotMatch');
    assert.equal((await post(`Action=ListUsers&${VERSION}`, { service: 'ivschat' })).code, 'SignatureDoesNotMatch');
    const iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: ROOT_KEY });
    assert.equal((await iam.listRoles({})).IsTruncated, false);
    iam.destroy();
  });

  for (const [what, body, status, code] of [
    ['an unknown action', `Action=Nothing&${VERSION}`, 400, 'InvalidAction'],
    ['an unknown version', 'Action=ListUsers&Version=1999-01-01', 400, 'InvalidAction'],
    ['nothing', '', 400, 'InvalidAction'],
    ['a broken encoding', `Action=ListUsers&${VERSION}&PathPrefix=%E0%A4`, 400, 'MalformedInput'],
    ['a member missing', `Action=CreateUser&${VERSION}`, 400, 'ValidationError'],
    ['a number that is none', `Action=ListUsers&${VERSION}&MaxItems=many`, 400, 'ValidationError'],
    ['a name with a space', `Action=CreateUser&${VERSION}&UserName=a+b`, 400, 'ValidationError'],
    ['too many tags', `Action=TagUser&${VERSION}&UserName=x${tags(51)}`, 400, 'ValidationError'],
    ['too many parameters', `Action=TagUser&${VERSION}&UserName=x${tags(2000)}`, 400, 'MalformedInput'],
  ] as const) {
    test(`with ${what} is refused`, async () => {
      const reply = await post(body);
      assert.deepEqual([reply.status, reply.code], [status, code]);
      assert.match(reply.text, /^<ErrorResponse/);
    });
  }

  test('is told in XML what is wrong with its signature', async () => {
    const wrong = await post(`Action=ListUsers&${VERSION}`, { secret: 'wrong' });
    assert.deepEqual([wrong.status, wrong.code], [403, 'SignatureDoesNotMatch']);
    const unsigned = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=ListUsers&${VERSION}`,
    });
    const { status, code } = await readReply(unsigned);
    assert.deepEqual([status, code], [403, 'MissingAuthenticationToken']);
  });

  test('may be a query string', async () => {
    const { status, code } = await readReply(await fetch(`${server.url}/?Action=ListUsers&${VERSION}`));
    assert.deepEqual([status, code], [403, 'MissingAuthenticationToken']);
  });

  test('that echoes markup has it escaped', async () => {
    const { text } = await post(`Action=${encodeURIComponent('<b>&"')}&${VERSION}`);
    assert.match(text, /operation &lt;b&gt;&amp;&quot; for version/);
  });
});

function tags(count: number): string {
  return Array.from({ length: count }, (_, i) => `&Tags.member.${i + 1}.Key=k${i}&Tags.member.${i + 1}.Value=v`).join(
    '',
  );
}
