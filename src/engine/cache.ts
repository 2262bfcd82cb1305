/** Facts read from storage, kept in memory until the commit that changes them. */

export interface FactCacheOptions<Fact> {
  /** Facts kept, those that something does not exist included. */
  readonly capacity: number;
  /** Reads a fact from committed data; null: it does not exist. */
  read(key: string): Promise<Fact | null>;
}

export interface FactCache<Fact> {
  /** What is known: undefined when nothing is, null when it does not exist. */
  peek(key: string): Fact | null | undefined;
  /** What is known, or else what a read finds. */
  load(key: string): Promise<Fact | null>;
  /** Forgets the fact. For the commit that changed it, once it is readable. */
  drop(key: string): void;
}

/** A bounded cache; the fact that was read longest ago makes room for a new one. */
export function createFactCache<Fact>({ capacity, read }: FactCacheOptions<Fact>): FactCache<Fact> {
  const facts = new Map<string, Fact | null>();
  const reads = new Map<string, Promise<Fact | null>>();

  async function fill(key: string): Promise<Fact | null> {
    const reading = read(key);
    reads.set(key, reading);
    // A drop while it was read takes it out of `reads`: it may have seen what was before, and is not kept.
    const current = () => reads.get(key) === reading;
    try {
      const fact = await reading;
      if (current()) keep(key, fact);
      return fact;
    } finally {
      if (current()) reads.delete(key);
    }
  }

  function keep(key: string, fact: Fact | null): void {
    const [oldest] = facts.keys();
    if (facts.size >= capacity && oldest !== undefined) facts.delete(oldest);
    facts.set(key, fact);
  }

  return {
    peek: (key) => facts.get(key),
    async load(key) {
      const known = facts.get(key);
      return known === undefined ? (reads.get(key) ?? fill(key)) : known;
    },
    drop(key) {
      facts.delete(key);
      reads.delete(key);
    },
  };
}
