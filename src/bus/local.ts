import type { Bus, Event } from '../engine/ports.ts';

/** The bus of a lone node: a function call. It cannot lose or reorder, so it has no history. */
export function localBus(): Bus {
  const topics = new Set<string>();
  let deliver: (event: Event) => void = () => {
    throw new Error('localBus: an event was published before connect()');
  };
  return {
    connect(receiver) {
      deliver = receiver;
    },
    async subscribe(topic) {
      topics.add(topic);
    },
    unsubscribe(topic) {
      topics.delete(topic);
    },
    publish(event) {
      if (topics.has(event.topic) || event.effect?.kind === 'leave') deliver(event);
    },
    async [Symbol.asyncDispose]() {
      topics.clear();
    },
  };
}
