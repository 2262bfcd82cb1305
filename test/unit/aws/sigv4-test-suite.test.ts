/** Cases of the test suite that AWS published for Signature Version 4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../../src/aws/ports.ts';
import { createVerifier } from '../../../src/aws/sigv4.ts';

const PRINCIPAL: Principal = { type: 'User', arn: 'arn:aws:iam::1:user/u', accountId: '1', id: 'AIDA' };
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx' +
  '7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d' +
  '+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

const { verify } = createVerifier({
  region: 'us-east-1',
  now: () => Date.UTC(2015, 7, 30, 12, 36),
  principals: {
    find: (id) =>
      id === 'AKIDEXAMPLE' ? { secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', principal: PRINCIPAL } : undefined,
  },
});

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly target?: string;
  /** Besides host and date: name, value … */
  readonly headers?: readonly string[];
  readonly signedHeaders?: string;
  readonly body?: string;
  readonly signature: string;
}

const VANILLA = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'];

const CASES: readonly Case[] = [
  { name: 'get-vanilla', signature: VANILLA },
  {
    name: 'get-vanilla-query-order-key-case',
    target: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-utf8-query',
    target: '/?ሴ=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'get-unreserved',
    target: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'get-utf8',
    target: '/ሴ',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'get-space',
    target: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  { name: 'get-relative', target: '/example/..', signature: VANILLA },
  { name: 'get-slash-dot-slash', target: '/./', signature: VANILLA },
  { name: 'get-slashes', target: '//', signature: VANILLA },
  {
    name: 'get-header-key-duplicate',
    headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'get-header-value-trim',
    headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'],
    signedHeaders: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'post-vanilla',
    method: 'POST',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    headers: FORM,
    signedHeaders: 'content-type;host;x-amz-date',
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    name: 'post-sts-header-before',
    method: 'POST',
    headers: ['X-Amz-Security-Token', TOKEN],
    signedHeaders: 'host;x-amz-date;x-amz-security-token',
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
];

for (const { name, method = 'GET', target = '/', headers = [], body = '', signature, ...given } of CASES) {
  test(name, async () => {
    const { signedHeaders = 'host;x-amz-date' } = given;
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      `SignedHeaders=${signedHeaders}, Signature=${signature}`;
    const always = ['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z', 'Authorization', authorization];
    const request = { method, target, rawHeaders: [...headers, ...always], body: Buffer.from(body) };
    assert.deepEqual(await verify(request, 'service'), PRINCIPAL);
  });
}
