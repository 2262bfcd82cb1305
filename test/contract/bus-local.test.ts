import { localBus } from '../../src/bus/local.ts';
import { busContract } from './bus.ts';

busContract('local', async () => localBus());
