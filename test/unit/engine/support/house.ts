/** A hub in simulated time, and peers that connect to it. */
import { localBus } from '../../../../src/bus/local.ts';
import type { ResetCause } from '../../../../src/engine/backlog.ts';
import { textFrame } from '../../../../src/engine/frame.ts';
import { Hub } from '../../../../src/engine/hub.ts';
import type { Bus, Effect } from '../../../../src/engine/ports.ts';
import { SimulatedClock, SimulatedPeer } from '../../../sim/support/world.ts';

/** @param writeMs what each write takes, so that a fan-out of many is cut into slices */
export function house({ writeMs = 0, bus = localBus() }: { writeMs?: number; bus?: Bus } = {}) {
  const clock = new SimulatedClock();
  const resets: ResetCause[] = [];
  const observer = { fannedOut: () => undefined, sessionReset: (cause: ResetCause) => resets.push(cause) };
  const hub = new Hub({ bus, clock, observer });
  const owner = { expired: () => undefined };
  const connect = (subject: string) => {
    const peer = new SimulatedPeer(true, () => clock.spend(writeMs));
    return { peer, session: hub.open(peer, { subject, owner, expiresAtMs: Number.POSITIVE_INFINITY }) };
  };
  return {
    clock,
    hub,
    resets,
    connect,
    /** A session on its user's own topic, which has the user's name, and on others. */
    async enter(subject: string, ...topics: string[]) {
      const member = connect(subject);
      for (const topic of [subject, ...topics]) await hub.join(member.session, topic);
      return member;
    },
    tell(topic: string, text: string, effect?: Effect) {
      hub.publish({ topic, frame: textFrame(text), ...(effect === undefined ? {} : { effect }) });
    },
    /** An event that is its effect alone. */
    affect(topic: string, effect: Effect) {
      hub.publish({ topic, effect });
    },
    /** Lets everything be written that is on its way. */
    settleDown() {
      for (let tick = 0; tick < 100; tick++) clock.endTick();
    },
    /** Ends ticks until the promise is settled. */
    async ticking<Result>(promise: Promise<Result>): Promise<Result> {
      let over = false;
      const stop = () => {
        over = true;
      };
      promise.then(stop, stop);
      while (!over) {
        clock.endTick();
        await new Promise(setImmediate);
      }
      return promise;
    },
  };
}
