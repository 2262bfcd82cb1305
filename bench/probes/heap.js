/** The bytes of the JavaScript heap once garbage has been collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answer } from './answer.js';

answer(() => {
  // Not before: with other flags Node does not take what it compiled in an earlier start.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  collect();
  collect(); // what the first has only let go of
  return process.memoryUsage().heapUsed;
});
