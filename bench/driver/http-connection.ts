/** One keep-alive HTTP/1.1 connection for prepared requests, one in flight at a time. */
import { connect, type Socket } from 'node:net';

const ANSWER_TIMEOUT_MS = 15_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class HttpConnection implements Disposable {
  readonly #socket: Socket;
  #answer: PromiseWithResolvers<Answer> | undefined;
  #received = '';

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.on('close', () => this.#fail('connection closed'));
    this.#socket.setTimeout(ANSWER_TIMEOUT_MS, () => this.#fail('no answer'));
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** @param request a whole HTTP/1.1 request whose answer carries a Content-Length */
  exchange(request: string): Promise<Answer> {
    if (this.#answer !== undefined) throw new Error('one request at a time');
    if (this.#socket.destroyed) throw new Error('the connection is closed');
    this.#answer = Promise.withResolvers();
    this.#socket.write(request);
    return this.#answer.promise;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #fail(reason: string): void {
    this.#answer?.reject(new Error(`HTTP request failed: ${reason}`));
    this.#answer = undefined;
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#fail('the answer has no Content-Length');
      return;
    }
    const end = headEnd + 4 + Number(length);
    if (this.#received.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.#received.slice(headEnd + 4, end) };
    this.#received = this.#received.slice(end);
    const waiting = this.#answer;
    this.#answer = undefined;
    waiting?.resolve(answer);
  }
}
