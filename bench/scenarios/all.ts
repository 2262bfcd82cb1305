import type { Scenario } from '../scenario.ts';
import { access } from './access.ts';
import { ceiling } from './ceiling.ts';
import { chimeIdle, chimeIdleTls } from './chime-idle.ts';
import { chimeBigChannel, chimeSend, chimeSendMany } from './chime-messages.ts';
import { chimeList, chimePrefetch } from './chime-reads.ts';
import { idle, idleTls, open } from './idle.ts';
import { fanOutOne, fanOutOneTls, fanOutSixteen, fanOutSixteenSenders, smallRooms } from './messages.ts';
import { start } from './start.ts';
import { tokens } from './tokens.ts';

/** Every scenario, in the order of a full run. */
export const SCENARIOS: readonly Scenario[] = [
  fanOutOne,
  fanOutOneTls,
  fanOutSixteen,
  fanOutSixteenSenders,
  smallRooms,
  tokens,
  access,
  start,
  open,
  idle,
  idleTls,
  chimeSend,
  chimeSendMany,
  chimeBigChannel,
  chimePrefetch,
  chimeList,
  chimeIdle,
  chimeIdleTls,
  ceiling,
];
