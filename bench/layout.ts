/** Who is in which channel of an app instance that is measured: shared by all who have to know without asking. */

export interface Layout {
  readonly users: number;
  readonly channels: number;
  /** Each channel has `users * channelsPerUser / channels` members. */
  readonly channelsPerUser: number;
}

/** The numbers of the channels that a user is a member of. */
export function channelsOf({ channels, channelsPerUser }: Layout, user: number): number[] {
  return Array.from({ length: channelsPerUser }, (_, index) => (user * channelsPerUser + index) % channels);
}

export function userId(user: number): string {
  return `viewer-${user}`;
}

/** The number in an id of a user, or in an ARN that ends with one. */
export function userNumber(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

export function channelId(channel: number): string {
  return `channel-${channel}`;
}
