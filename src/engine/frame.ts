const TEXT = 0x81; // FIN and opcode 1 (RFC 6455, 5.2)

/**
 * One unmasked, final WebSocket text frame (RFC 6455, 5.2): a header of 2, 4 or 10 bytes, then the text as UTF-8.
 * Encoded once for all receivers.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = TEXT;
  if (header === 2) {
    frame[1] = length;
  } else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  frame.write(text, header);
  return frame;
}
