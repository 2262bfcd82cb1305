import type { Scenario } from '../scenario.ts';
import { ceiling } from './ceiling.ts';
import { idle, open } from './idle.ts';
import { fanOutOne, fanOutSixteen, smallRooms } from './messages.ts';
import { start } from './start.ts';
import { tokens } from './tokens.ts';

/** Every scenario, in the order of a full run. */
export const SCENARIOS: readonly Scenario[] = [
  fanOutOne,
  fanOutSixteen,
  smallRooms,
  tokens,
  start,
  open,
  idle,
  ceiling,
];
