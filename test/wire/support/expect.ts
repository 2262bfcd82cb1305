import assert from 'node:assert/strict';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Clock } from '../../../src/engine/ports.ts';

/** The call is refused with the error that the SDK knows by this name; its members are those expected. */
export async function refused(
  call: Promise<unknown>,
  name: string,
  expected: Record<string, unknown> = {},
): Promise<void> {
  await assert.rejects(call, (error: Error & Record<string, unknown>) => {
    assert.equal(error.name, name, String(error));
    const { $metadata, ...rest } = expected;
    if ($metadata) assert.partialDeepStrictEqual(error['$metadata'], $metadata);
    assert.partialDeepStrictEqual({ ...error, message: error.message }, rest);
    return true;
  });
}

/** The call is refused as invalid because of the members named. */
export function invalid(call: Promise<unknown>, ...names: readonly string[]): Promise<void> {
  return refused(call, 'ValidationException', {
    $metadata: { httpStatusCode: 400 },
    reason: 'FIELD_VALIDATION_FAILED',
    fieldList: names.map((name) => ({ name })),
  });
}

/** A clock that never shows the same millisecond twice. */
export function tickingClock(): Clock {
  let last = 0;
  return {
    ...systemClock(),
    now() {
      last = Math.max(Date.now(), last + 1);
      return last;
    },
  };
}
