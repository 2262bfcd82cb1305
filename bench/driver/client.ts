/** One WebSocket client on a raw socket, as cheap as Node allows: frames are walked by their headers, in place. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

const TEXT = 0x81;
const PING = 0x89;
const PONG = 0x8a;
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** What a browser on another site sends along with an upgrade, compression offered. */
const BROWSER_HEADERS = [
  'Connection: Upgrade',
  'Pragma: no-cache',
  'Cache-Control: no-cache',
  'User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36',
  'Upgrade: websocket',
  'Origin: https://live.example.com',
  'Sec-WebSocket-Version: 13',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en-US;q=0.9,en;q=0.8',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
].join('\r\n');

/** Hears what a client receives. */
export interface Receiver {
  /** One text frame; its payload is bytes[start, end), valid during the call only. */
  frame(client: Client, bytes: Buffer, start: number, end: number): void;
  /** The connection ended, and not by dispose(). */
  lost(client: Client, reason: string): void;
}

export interface ClientOptions {
  readonly port: number;
  /** The port for TLS; absent: `port` is connected to, without. */
  readonly tlsPort?: number | undefined;
  readonly path: string;
  /** The subprotocol to offer; the server has to echo it. */
  readonly protocol?: string;
  readonly receiver: Receiver;
  /** Where reads land, shared by all clients: a read is used up before the next begins. */
  readonly readBuffer: Buffer;
}

function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length > 0xffff) throw new RangeError(`a frame of ${length} bytes is longer than this client sends`);
  const extended = length < 126 ? 0 : 2;
  // The mask is zero: legal, and the server has to apply it all the same.
  const frame = Buffer.alloc(6 + extended + length);
  frame[0] = TEXT;
  frame[1] = 0x80 | (extended === 0 ? length : 126);
  if (extended > 0) frame.writeUInt16BE(length, 2);
  frame.write(text, 6 + extended);
  return frame;
}

export class Client implements Disposable {
  /** Hears this client's frames; may be replaced. */
  receiver: Receiver;
  /** Text frames counted by the receiver. */
  received = 0;
  /** Whether the receiver looks into this client's frames. */
  watched = false;
  readonly #socket: Socket;
  readonly #handshake = Promise.withResolvers<void>();
  readonly #protocol: string | undefined;
  readonly #readBuffer: Buffer;
  #rest: Buffer | undefined;
  #reading = false;
  #outgoing: Buffer[] = [];
  #open = false;
  #ended = false;

  /** Resolves when the server has answered 101; rejects with its answer otherwise. */
  static async open(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    await client.#handshake.promise;
    return client;
  }

  private constructor(options: ClientOptions) {
    this.receiver = options.receiver;
    this.#protocol = options.protocol;
    this.#readBuffer = options.readBuffer;
    const { port, tlsPort } = options;
    const where = {
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: options.readBuffer, callback: (length: number) => this.#read(length) },
    };
    this.#socket =
      tlsPort === undefined
        ? connect({ ...where, port })
        : connectSecurely({ ...where, port: tlsPort, rejectUnauthorized: false }); // who it is, is not measured
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('connection closed'));
    this.#socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => this.#end('no answer to the handshake'));
    const lines = [
      `GET ${options.path} HTTP/1.1`,
      `Host: 127.0.0.1:${tlsPort ?? port}`,
      BROWSER_HEADERS,
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ];
    if (options.protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${options.protocol}`);
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Sends a text frame; all the frames that one read brings about leave in one write. */
  send(text: string): void {
    if (this.#reading) this.#outgoing.push(textFrame(text));
    else this.#socket.write(textFrame(text));
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    if (this.#open) this.receiver.lost(this, reason);
    else this.#handshake.reject(new Error(`handshake failed: ${reason}`));
  }

  #read(length: number): boolean {
    let bytes = this.#readBuffer;
    let end = length;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, bytes.subarray(0, length)]);
      end = bytes.length;
    }
    this.#reading = true;
    const at = this.#open ? this.#walk(bytes, 0, end) : this.#shakeHands(bytes, end);
    this.#rest = at < end ? Buffer.from(bytes.subarray(at, end)) : undefined;
    this.#reading = false;
    if (this.#outgoing.length > 0) {
      this.#socket.write(Buffer.concat(this.#outgoing));
      this.#outgoing = [];
    }
    return true;
  }

  /** Reads the answer to the upgrade. Returns how many bytes are used up. */
  #shakeHands(bytes: Buffer, end: number): number {
    const headEnd = bytes.subarray(0, end).indexOf('\r\n\r\n');
    if (headEnd < 0) return 0;
    const head = bytes.toString('latin1', 0, headEnd);
    const [status = '', ...headers] = head.split('\r\n');
    const echoed = headers.find((line) => /^sec-websocket-protocol:/i.test(line))?.replace(/^[^:]*: */, '');
    if (!status.startsWith('HTTP/1.1 101')) {
      this.#end(`${status} ${bytes.toString('utf8', headEnd + 4, Math.min(end, headEnd + 204))}`);
    } else if (echoed !== this.#protocol) {
      this.#end('the server did not echo the subprotocol');
    } else if (/^sec-websocket-extensions:/im.test(head)) {
      this.#end('the server compresses, which this client cannot read');
    } else {
      this.#open = true;
      this.#socket.setTimeout(0);
      this.#handshake.resolve();
      return this.#walk(bytes, headEnd + 4, end);
    }
    return end;
  }

  /** Hands every complete frame over. Returns where the first incomplete one starts. */
  #walk(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (end - at >= 2) {
      const opcode = bytes[at] ?? 0;
      let length = bytes[at + 1] ?? 0;
      let start = at + 2;
      if (length === 126) {
        if (end - at < 4) break;
        length = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (end - at < 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (end - start < length) break;
      at = start + length;
      if (opcode === TEXT) this.receiver.frame(this, bytes, start, at);
      else this.#control(opcode, bytes.subarray(start, at));
      if (this.#ended) return end;
    }
    return at;
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === PING) {
      const header = Buffer.from([PONG, 0x80 | payload.length, 0, 0, 0, 0]);
      this.#socket.write(Buffer.concat([header, payload]));
    } else if (opcode === 0x88) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#end(`closed by the server with ${code} ${payload.toString('utf8', 2)}`);
    } else if (opcode !== PONG) {
      this.#end(`unexpected frame of type 0x${opcode.toString(16)}`);
    }
  }
}
