/** How long the event loop was kept at most since this was asked before, in milliseconds. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answer } from './answer.js';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
answer(() => {
  const longest = delay.max / 1e6;
  delay.reset();
  return longest;
});
