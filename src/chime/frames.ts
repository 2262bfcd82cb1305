/** What clients receive: text frames, each an event with its payload as JSON within JSON (spec/chime-messaging 1.1). */
import { textFrame } from '../engine/frame.ts';

/** The first event: from now on nothing is missed while the socket stays open (1.3, 1.5). */
export const SESSION_ESTABLISHED = textFrame(
  JSON.stringify({
    Headers: { 'x-amz-chime-event-type': 'SESSION_ESTABLISHED', 'x-amz-chime-message-type': 'SYSTEM' },
    Payload: '',
  }),
);
