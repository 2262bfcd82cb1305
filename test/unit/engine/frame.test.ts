import assert from 'node:assert/strict';
import type { Writable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import * as ws from 'ws';
import { textFrame } from '../../../src/engine/frame.ts';

/** Reads frames as a client does, with the receiver of `ws`, which its types do not name. */
function receive(bytes: Buffer): string[] {
  const texts: string[] = [];
  const receiver: Writable = Reflect.construct(Reflect.get(ws, 'Receiver'), [{ isServer: false }]);
  receiver.on('message', (data: Buffer) => texts.push(data.toString('utf8')));
  receiver.write(bytes);
  return texts;
}

test('any text arrives as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      assert.deepEqual(receive(textFrame(text)), [text.toWellFormed()]);
    }),
  );
});

test('frames that follow each other in one buffer are told apart', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 200 }), { maxLength: 20 }), (texts) => {
      const wellFormed = texts.map((text) => text.toWellFormed());
      assert.deepEqual(receive(Buffer.concat(wellFormed.map(textFrame))), wellFormed);
    }),
  );
});

for (const [length, header] of [
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
] as const) {
  test(`${length} bytes take a header of ${header}`, () => {
    const text = 'x'.repeat(length);
    const frame = textFrame(text);
    assert.equal(frame.length, header + length);
    assert.deepEqual(receive(frame), [text]);
  });
}
