/** The client's side of the query protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readQueryReply, writeQuery } from '../../../src/aws/query-client.ts';
import { boolean, integer, list, map, string, structure } from '../../../src/aws/shape.ts';

const shape = structure({
  Name: string(),
  Count: integer(),
  Open: boolean(),
  Tags: list(structure({ Key: string() })),
  Labels: map(string(), string()),
});

test('members, lists and maps become parameters', () => {
  const input = { Name: 'a&b', Count: 1, Tags: [{ Key: 'x' }, { Key: 'y' }], Labels: { l: 'm' } };
  assert.deepEqual(
    [...new URLSearchParams(writeQuery('2010-05-08', 'Make', shape, input))],
    [
      ['Action', 'Make'],
      ['Version', '2010-05-08'],
      ['Name', 'a&b'],
      ['Count', '1'],
      ['Tags.member.1.Key', 'x'],
      ['Tags.member.2.Key', 'y'],
      ['Labels.entry.1.key', 'l'],
      ['Labels.entry.1.value', 'm'],
    ],
  );
});

test('a reply is read by the shape of the output', () => {
  const xml =
    '<?xml version="1.0"?><MakeResponse xmlns="urn:x"><MakeResult><Name>a&lt;&amp;&#x20;b&#33;</Name><Count>2</Count>' +
    '<Open>true</Open><Tags><member><Key/></member></Tags><Labels><entry><key>k</key><value>v</value></entry></Labels>' +
    '</MakeResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></MakeResponse>';
  assert.deepEqual(readQueryReply(xml, shape), {
    Name: 'a<& b!',
    Count: 2,
    Open: true,
    Tags: [{ Key: '' }],
    Labels: { k: 'v' },
  });
});

test('an error is read with its code', () => {
  const xml =
    '<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>Gone.</Message></Error></ErrorResponse>';
  assert.deepEqual(readQueryReply(xml, shape), { __type: 'NoSuchEntity', message: 'Gone.' });
});

test('what is no such XML is no reply', () => {
  for (const text of ['', '{}', '<a>', '<a></b>', '<a/><b/>', '<!DOCTYPE a><a/>', `${'<a>'.repeat(1000)}`, 'a < b']) {
    assert.equal(readQueryReply(text, shape), undefined);
  }
});
