/** What one session may have kept back. More, and it is reset like one that does not read. */
export const HELD_BYTES_MAX = 1 << 20;

/** What is kept back from one session: the frames of the topics that it holds, in their order. */
export class Holds {
  readonly #frames = new Map<string, Buffer[]>();
  #bytes = 0;

  /** Bytes kept back, of all topics. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Topics that are held. */
  get topics(): string[] {
    return [...this.#frames.keys()];
  }

  /** Keeps back what comes for the topic from now on. */
  begin(topic: string): void {
    if (!this.#frames.has(topic)) this.#frames.set(topic, []);
  }

  /** Keeps the bytes back; false: the topic is not held. */
  add(topic: string, bytes: Buffer): boolean {
    const frames = this.#frames.get(topic);
    if (frames === undefined) return false;
    frames.push(bytes);
    this.#bytes += bytes.length;
    return true;
  }

  /** Ends the holding of the topic and gives what was kept back; undefined: it was not held. */
  end(topic: string): Buffer[] | undefined {
    const frames = this.#frames.get(topic);
    this.#frames.delete(topic);
    for (const { length } of frames ?? []) this.#bytes -= length;
    return frames;
  }
}
