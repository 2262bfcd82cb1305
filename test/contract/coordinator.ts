/** What every implementation of Coordinator does, whatever it decides with (src/engine/ports.ts). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Coordinator } from '../../src/engine/ports.ts';

export interface OpenCoordinator extends AsyncDisposable {
  readonly coordinator: Coordinator;
}

/** A place for what is claimed, empty at first. */
export interface CoordinatorPlace extends AsyncDisposable {
  /** Opens it. Opened again after it was closed, it knows what it knew. */
  open(): Promise<OpenCoordinator>;
}

const soon = () => Date.now() + 60_000;

/** Runs the contract against an implementation; `place` gives a fresh place for each test. */
export function coordinatorContract(implementation: string, place: () => Promise<CoordinatorPlace>): void {
  describe(`${implementation}: claims`, () => {
    test('the first claim of a key wins, every later one loses', async () => {
      await using here = await place();
      await using opened = await here.open();
      const { claim } = opened.coordinator;
      assert.equal(await claim('key', soon()), true);
      assert.equal(await claim('key', soon()), false);
      assert.equal(await claim('key', soon() + 60_000), false);
    });

    test('of many claims at once exactly one wins', async () => {
      await using here = await place();
      await using opened = await here.open();
      const claims = Array.from({ length: 100 }, () => opened.coordinator.claim('key', soon()));
      const won = (await Promise.all(claims)).filter((result) => result);
      assert.equal(won.length, 1);
    });

    test('keys are told apart exactly', async () => {
      await using here = await place();
      await using opened = await here.open();
      const keys = [
        'key',
        'Key',
        'key ',
        ' key',
        '',
        'ke',
        'key%',
        "k'ey",
        'k"ey',
        '😀',
        'é',
        'e\u0301',
        'x'.repeat(500),
      ];
      for (const key of keys) assert.equal(await opened.coordinator.claim(key, soon()), true, key);
      for (const key of keys) assert.equal(await opened.coordinator.claim(key, soon()), false, key);
    });

    test('thousands of claims at once are all decided', async () => {
      await using here = await place();
      await using opened = await here.open();
      const keys = Array.from({ length: 2000 }, (_, index) => `key-${index % 1000}`);
      const won = await Promise.all(keys.map((key) => opened.coordinator.claim(key, soon())));
      assert.deepEqual(
        won,
        keys.map((_, index) => index < 1000),
      );
    });

    test('what was claimed stays claimed after a restart', async () => {
      await using here = await place();
      {
        await using opened = await here.open();
        assert.equal(await opened.coordinator.claim('key', soon()), true);
      }
      await using opened = await here.open();
      assert.equal(await opened.coordinator.claim('key', soon()), false);
      assert.equal(await opened.coordinator.claim('other', soon()), true);
    });
  });
}
