/** The frames clients receive, byte for byte: key order, nulls and times as observed (spec/ivs-chat 2.1, 2.6 to 2.8). */
import { textFrame } from '../engine/frame.ts';

export type Attributes = Readonly<Record<string, string>>;

/** Go's RFC3339Nano, which the service prints: trailing zeros cut, but never below the milliseconds that iOS wants. */
export function sendTime(timestampNs: bigint): string {
  const milliseconds = timestampNs / 1_000_000n;
  const seconds = new Date(Number(milliseconds)).toISOString(); // 2022-12-02T08:21:20.754Z
  const below = String(timestampNs % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${seconds.slice(0, 23)}${below}Z`;
}

/** Half a surrogate pair becomes U+FFFD, as in Go: clients may refuse a whole frame for its escape. */
function json(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/** A map as Go prints it: keys sorted, `null` when there is none. */
function attributesJson(attributes: Attributes | undefined): string {
  if (attributes === undefined) return 'null';
  const members = Object.keys(attributes)
    .sort()
    .map((key) => `${json(key)}:${json(attributes[key] ?? '')}`);
  return `{${members.join(',')}}`;
}

/** The `Sender` member of a MESSAGE, encoded once per connection. */
export function senderJson(userId: string, attributes: Attributes): string {
  return `{"UserId":${json(userId)},"Attributes":${attributesJson(attributes)}}`;
}

export interface Message {
  readonly id: string;
  readonly requestId: string;
  readonly attributes: Attributes | undefined;
  readonly content: string;
  readonly sendTime: string;
  /** As `senderJson` gives it. */
  readonly sender: string;
}

/** MESSAGE (spec/ivs-chat 2.6). */
export function messageFrame({ id, requestId, attributes, content, sendTime, sender }: Message): Buffer {
  return textFrame(
    `{"Type":"MESSAGE","Id":"${id}","RequestId":${json(requestId)},` +
      `"Attributes":${attributesJson(attributes)},"Content":${json(content)},` +
      `"SendTime":"${sendTime}","Sender":${sender}}`,
  );
}

export interface RoomEvent {
  readonly id: string;
  readonly requestId: string;
  readonly eventName: string;
  readonly attributes: Attributes | undefined;
  readonly sendTime: string;
}

/** EVENT (spec/ivs-chat 2.7). */
export function eventFrame({ id, requestId, eventName, attributes, sendTime }: RoomEvent): Buffer {
  return textFrame(
    `{"Type":"EVENT","Id":"${id}","RequestId":${json(requestId)},"EventName":${json(eventName)},` +
      `"Attributes":${attributesJson(attributes)},"SendTime":"${sendTime}"}`,
  );
}

/** The only error codes there are: the iOS client decodes a closed enumeration (spec/ivs-chat 2.8). */
export type ErrorCode = 400 | 401 | 403 | 404 | 406 | 413 | 429 | 500;

/** What an action may answer in place of its broadcast. */
export interface ActionError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** ERROR (spec/ivs-chat 2.8). @param id the failed operation's own id, or a fresh one */
export function errorFrame(id: string, requestId: string, { code, message }: ActionError): Buffer {
  return textFrame(
    `{"Type":"ERROR","Id":"${id}","RequestId":${json(requestId)},"ErrorCode":${code},` +
      `"ErrorMessage":${json(message)}}`,
  );
}
