/** Frames for whatever text there is (spec/ivs-chat 2.1, 2.6 to 2.8). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { errorFrame, eventFrame, messageFrame, senderJson, sendTime } from '../../../src/ivs/frames.ts';

/** The text of a frame, its header taken off. */
function textOf(frame: Buffer): string {
  const short = frame.readUInt8(1);
  return frame.toString('utf8', short < 126 ? 2 : short === 126 ? 4 : 10);
}

/** Any string there is in JavaScript, halves of surrogate pairs included. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });
const wellFormed = anyText.map((text) => text.toWellFormed());
const attributes = fc.dictionary(wellFormed, wellFormed, { noNullPrototype: true });

describe('SendTime', () => {
  test('is RFC 3339 with its trailing zeros cut, milliseconds kept', () => {
    assert.equal(sendTime(1_669_969_280_754_555_595n), '2022-12-02T08:21:20.754555595Z');
    assert.equal(sendTime(1_669_969_551_136_912_720n), '2022-12-02T08:25:51.13691272Z');
    assert.equal(sendTime(1_669_969_280_754_000_000n), '2022-12-02T08:21:20.754Z');
    assert.equal(sendTime(1_669_969_280_750_000_000n), '2022-12-02T08:21:20.750Z');
    assert.equal(sendTime(1_669_969_280_000_000_000n), '2022-12-02T08:21:20.000Z');
    assert.equal(sendTime(1_669_969_280_000_000_001n), '2022-12-02T08:21:20.000000001Z');
  });

  test('says every nanosecond, and nothing more', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_102_444_800_000_000_000n }), (timestamp) => {
        const text = sendTime(timestamp);
        const [, seconds = '', digits = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3,9})Z$/.exec(text) ?? [];
        assert.equal(BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(digits.padEnd(9, '0')), timestamp);
        assert.ok(digits.length === 3 || !digits.endsWith('0'));
      }),
    );
  });

  test('is read by Date', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_102_444_800_000_000_000n }), (timestamp) => {
        assert.equal(Date.parse(sendTime(timestamp)), Number(timestamp / 1_000_000n));
      }),
    );
  });
});

describe('MESSAGE', () => {
  const plain = { id: 'AAAAbbbb1234', requestId: '', attributes: undefined, content: 'hi', sendTime: '', sender: '{}' };

  test('says what it was given', () => {
    fc.assert(
      fc.property(
        wellFormed,
        wellFormed,
        attributes,
        wellFormed,
        attributes,
        (requestId, content, given, userId, own) => {
          const sender = senderJson(userId, own);
          const message = JSON.parse(textOf(messageFrame({ ...plain, requestId, content, attributes: given, sender })));
          assert.deepEqual([message.RequestId, message.Content, message.Sender.UserId], [requestId, content, userId]);
          assert.deepEqual(Object.entries(message.Attributes).sort(), Object.entries(given).sort());
          assert.deepEqual(Object.entries(message.Sender.Attributes).sort(), Object.entries(own).sort());
        },
      ),
    );
  });

  test('is UTF-8 and JSON whatever it was given', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.dictionary(anyText, anyText), (requestId, content, given) => {
        const frame = messageFrame({
          ...plain,
          requestId,
          content,
          attributes: given,
          sender: senderJson(content, given),
        });
        const message = JSON.parse(textOf(frame));
        assert.equal(message.Content, content.toWellFormed());
        assert.doesNotMatch(textOf(frame), /\\ud[89a-f]/i);
      }),
    );
  });

  test('has its attributes sorted by key, numbers among them', () => {
    const names = fc.oneof(fc.string(), fc.nat().map(String));
    fc.assert(
      fc.property(fc.dictionary(names, fc.constant('v')), (given) => {
        const text = senderJson('u', given);
        const keys = [...text.matchAll(/("(?:[^"\\]|\\.)*"):"v"/g)].map(([, key]) => JSON.parse(key ?? '""'));
        assert.deepEqual(keys, Object.keys(given).sort());
      }),
    );
  });

  test('has attributes null when there are none, and {} when they are empty', () => {
    assert.equal(JSON.parse(textOf(messageFrame(plain))).Attributes, null);
    assert.deepEqual(JSON.parse(textOf(messageFrame({ ...plain, attributes: {} }))).Attributes, {});
  });
});

test('EVENT says what it was given', () => {
  fc.assert(
    fc.property(wellFormed, wellFormed, fc.option(attributes, { nil: undefined }), (eventName, requestId, given) => {
      const text = textOf(eventFrame({ id: 'AAAAbbbb1234', requestId, eventName, attributes: given, sendTime: 'now' }));
      assert.deepEqual(Object.keys(JSON.parse(text)), [
        'Type',
        'Id',
        'RequestId',
        'EventName',
        'Attributes',
        'SendTime',
      ]);
      assert.deepEqual([JSON.parse(text).EventName, JSON.parse(text).RequestId], [eventName, requestId]);
    }),
  );
});

test('ERROR has a number for its code and the text as it is', () => {
  fc.assert(
    fc.property(wellFormed, wellFormed, (requestId, message) => {
      const text = textOf(errorFrame('AAAAbbbb1234', requestId, { code: 413, message }));
      assert.deepEqual(JSON.parse(text), {
        Type: 'ERROR',
        Id: 'AAAAbbbb1234',
        RequestId: requestId,
        ErrorCode: 413,
        ErrorMessage: message,
      });
    }),
  );
});
