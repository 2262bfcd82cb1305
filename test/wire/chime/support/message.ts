/** What messages are sent with. */
import type { SendChannelMessageCommandInput } from '@aws-sdk/client-chime-sdk-messaging';

/** Everything of a message but what a test is about; a standard, persistent one without wishes. */
export function message(
  ChannelArn: string,
  ChimeBearer: string,
  wishes: Partial<SendChannelMessageCommandInput> = {},
): SendChannelMessageCommandInput {
  return {
    ChannelArn,
    ChimeBearer,
    Content: 'hello',
    Type: 'STANDARD',
    Persistence: 'PERSISTENT',
    ClientRequestToken: crypto.randomUUID(),
    ...wishes,
  };
}
