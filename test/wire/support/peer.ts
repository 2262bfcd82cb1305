/** A WebSocket client made of bytes: it shows what is on the wire, and sends what no proper client would. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

const PATIENCE_MS = 30_000;

/** What the server answered to an HTTP request. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** How a connection ended: with a close frame, with a plain end, or with a reset. */
export type Ended = { readonly code: number; readonly reason: string } | 'end' | 'reset';

/** A frame of the messaging protocol, as spec/ivs-chat 2.6 to 2.8 has it. */
export interface Frame {
  readonly Type: 'MESSAGE' | 'EVENT' | 'ERROR';
  readonly Id: string;
  readonly RequestId: string;
  readonly Attributes?: Readonly<Record<string, string>> | null;
  readonly Content?: string;
  readonly EventName?: string;
  readonly SendTime?: string;
  readonly Sender?: { readonly UserId: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly ErrorCode?: number;
  readonly ErrorMessage?: string;
}

export interface HandshakeParts {
  readonly method?: string;
  readonly path?: string;
  /** Replace or add to what a proper client sends; undefined leaves a header out, a list repeats it. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The bytes of an upgrade request. */
export function handshake(
  token: string | undefined,
  { method = 'GET', path = '/', headers }: HandshakeParts = {},
): string {
  const all = {
    Host: 'chat.example.com',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    'Sec-WebSocket-Protocol': token,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return (typeof value === 'string' ? [value] : value).map((each) => `${name}: ${each}\r\n`);
  });
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

export interface FrameParts {
  readonly opcode?: number;
  readonly final?: boolean;
  readonly masked?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
}

/** The bytes of a client's frame, text unless said otherwise. */
export function frame(
  payload: string | Buffer,
  { opcode = 1, final = true, masked = true, reserved = 0 }: FrameParts = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const extended = bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? bytes.length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(bytes.length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  if (!masked) return Buffer.concat([head, bytes]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

export class Peer implements Disposable {
  /** The server's answer to the first request, once it is there. */
  answer: Answer | undefined;
  /** The text frames so far. */
  readonly texts: string[] = [];
  /** Payloads of the pongs so far. */
  readonly pongs: string[] = [];
  /** How often the server has pinged. */
  pings = 0;
  /** Leaves pings unanswered. */
  mute = false;
  /** Does not hang up when the server does. */
  clinging = false;
  ended: Ended | undefined;
  readonly socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #taken = 0;
  #closeFrame: { code: number; reason: string } | undefined;
  #reset = false;
  #wake: () => void = () => undefined;

  /** Connects to the server's port, over TLS if the URL says so, and says nothing yet. */
  static async connect(url: string): Promise<Peer> {
    const { protocol, hostname, port } = new URL(url);
    const secure = protocol === 'https:';
    const options = { host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true };
    const socket = secure ? connectSecurely(options) : connect(options);
    await once(socket, secure ? 'secureConnect' : 'connect');
    return new Peer(socket);
  }

  /** Sends an upgrade request and waits for its answer, whatever it is. */
  static async shakeHands(url: string, token: string | undefined, parts: HandshakeParts = {}): Promise<Peer> {
    const peer = await Peer.connect(url);
    peer.write(handshake(token, parts));
    await peer.answered();
    return peer;
  }

  /** Opens a chat connection. Rejects when it is refused. */
  static async open(url: string, token: string, parts: HandshakeParts = {}): Promise<Peer> {
    const peer = await Peer.shakeHands(url, token, parts);
    if (peer.answer?.status !== 101) throw new Error(`Refused: ${JSON.stringify(peer.answer)}`);
    return peer;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', () => {
      this.#reset = true;
    });
    socket.on('end', () => this.clinging || socket.end());
    socket.on('close', () => {
      this.ended = this.#closeFrame ?? (this.#reset ? 'reset' : 'end');
      this.#wake();
    });
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends a text frame: a request, or any text. */
  send(request: object | string): void {
    this.write(frame(typeof request === 'string' ? request : JSON.stringify(request)));
  }

  /** Sends a request and waits for the next frame. */
  async ask(request: object | string): Promise<Frame> {
    this.send(request);
    return await this.next();
  }

  /** The next text frame that this has not given yet. */
  async next(): Promise<Frame> {
    return JSON.parse(await this.nextText());
  }

  async nextText(): Promise<string> {
    await this.#until(() => this.#taken < this.texts.length || this.ended !== undefined, 'a frame');
    const text = this.texts[this.#taken++];
    if (text === undefined) throw new Error(`The connection ended: ${JSON.stringify(this.ended)}`);
    return text;
  }

  /** The next so many frames. */
  async take(count: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /** All frames from here up to and with the one that the condition holds for. */
  async upTo(condition: (frame: Frame) => boolean): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (;;) {
      const next = await this.next();
      frames.push(next);
      if (condition(next)) return frames;
    }
  }

  async answered(): Promise<Answer> {
    await this.#until(() => this.answer !== undefined || this.ended !== undefined, 'an answer');
    if (this.answer === undefined) throw new Error(`The connection ended unanswered: ${JSON.stringify(this.ended)}`);
    return this.answer;
  }

  async end(): Promise<Ended> {
    await this.#until(() => this.ended !== undefined, 'the end of the connection');
    return this.ended ?? 'end';
  }

  /** Sends a ping and waits for its pong. */
  async ping(payload: string): Promise<string> {
    const before = this.pongs.length;
    this.write(frame(payload, { opcode: 9 }));
    await this.#until(() => this.pongs.length > before || this.ended !== undefined, 'a pong');
    return this.pongs[before] ?? JSON.stringify(this.ended);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE_MS);
    while (!condition()) {
      if (late) throw new Error(`Waited in vain for ${what}; so far: ${JSON.stringify(this.texts.slice(-5))}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
  }

  #read(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (this.answer === undefined) this.#readAnswer();
    if (this.answer?.status === 101) while (this.#readFrame());
    this.#wake();
  }

  #readAnswer(): void {
    const headEnd = this.#bytes.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const [statusLine = '', ...lines] = this.#bytes.toString('latin1', 0, headEnd).split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const [name = '', ...value] = line.split(':');
        return [name.toLowerCase(), value.join(':').trim()];
      }),
    );
    const bodyEnd = headEnd + 4 + Number(headers.get('content-length') ?? 0);
    if (this.#bytes.length < bodyEnd) return;
    const body = this.#bytes.toString('utf8', headEnd + 4, bodyEnd);
    this.#bytes = this.#bytes.subarray(bodyEnd);
    this.answer = { status: Number(statusLine.split(' ')[1]), headers, body };
  }

  /** Takes one whole frame off the bytes; false when there is none. */
  #readFrame(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < 2) return false;
    const short = bytes.readUInt8(1);
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return false;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return false;
    this.#bytes = bytes.subarray(head + length);
    this.#receive(bytes.readUInt8(0), bytes.subarray(head, head + length));
    return true;
  }

  #receive(first: number, payload: Buffer): void {
    if (first === 0x81) this.texts.push(payload.toString('utf8'));
    else if (first === 0x8a) this.pongs.push(payload.toString('latin1'));
    else if (first === 0x89) this.#pong(payload);
    else if (first === 0x88) this.#close(payload);
    else throw new Error(`The server sent a frame that begins with 0x${first.toString(16)}`);
  }

  #pong(payload: Buffer): void {
    this.pings += 1;
    if (!this.mute) this.write(frame(payload, { opcode: 10 }));
  }

  #close(payload: Buffer): void {
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.#closeFrame = { code, reason: payload.toString('utf8', 2) };
    this.write(frame(payload.subarray(0, 2), { opcode: 8 }));
  }
}
