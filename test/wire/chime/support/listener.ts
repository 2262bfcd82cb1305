/** A user's WebSocket, and what has been heard on it (spec/chime-messaging 1.1). */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';

/** An event as it came; the payload decoded. */
export interface Heard {
  readonly type: string;
  readonly messageType: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads differ by type, and assertions look into them
  readonly payload: any;
}

/** How long a test waits for what must come. */
const WAIT_MS = 5000;

export class Listener implements Disposable {
  readonly heard: Heard[] = [];
  readonly socket: WebSocket;
  /** The code of the close; 1006: there was none. */
  readonly closed: Promise<number>;
  #wake: () => void = () => undefined;

  /** @param url presigned */
  constructor(url: string, ca?: Buffer) {
    this.socket = new WebSocket(url, [], ca === undefined ? {} : { ca });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('message', (data, binary) => {
      assert.equal(binary, false);
      this.heard.push(decode(String(data)));
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    void this.closed.then(() => this.#wake());
  }

  /** Resolves with the first event of the type that fits, heard already or still to come. */
  async hear(type: string, fits: (heard: Heard) => boolean = () => true): Promise<Heard> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const found = this.heard.find((each) => each.type === type && fits(each));
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.socket.readyState === WebSocket.CLOSED) {
        assert.fail(`No ${type} was heard, but ${JSON.stringify(this.heard.map((each) => each.type))}.`);
      }
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        new Promise((resolve) => setTimeout(resolve, left).unref()),
      ]);
    }
  }

  /** The events heard so far, without SESSION_ESTABLISHED, by type. */
  get types(): string[] {
    return this.heard.map(({ type }) => type).filter((type) => type !== 'SESSION_ESTABLISHED');
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

/** Takes the frame apart as clients do: headers are strings, the payload is JSON in a string. */
function decode(text: string): Heard {
  const { Headers, Payload, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, {});
  assert.equal(typeof Payload, 'string');
  return {
    type: Headers['x-amz-chime-event-type'],
    messageType: Headers['x-amz-chime-message-type'],
    payload: Payload === '' ? undefined : JSON.parse(Payload),
  };
}
