/** The operations on those whom a channel lists, called alike: by somebody, on a channel, about somebody. */
import type { ChimeSDKMessaging } from '@aws-sdk/client-chime-sdk-messaging';

export interface On {
  readonly bearer: string;
  readonly channel: string;
  readonly target: string;
}

type Call = (messaging: ChimeSDKMessaging, on: On) => Promise<object>;

const PREFERENCES = { PushNotifications: { AllowNotifications: 'ALL' } } as const;

const onChannel = ({ bearer, channel }: On) => ({ ChimeBearer: bearer, ChannelArn: channel });
const onMember = (on: On) => ({ ...onChannel(on), MemberArn: on.target });
const onModerator = (on: On) => ({ ...onChannel(on), ChannelModeratorArn: on.target });

export const channelCalls = {
  CreateChannelMembership: (messaging, on) => messaging.createChannelMembership({ ...onMember(on), Type: 'DEFAULT' }),
  BatchCreateChannelMembership: (messaging, on) =>
    messaging.batchCreateChannelMembership({ ...onChannel(on), MemberArns: [on.target] }),
  DescribeChannelMembership: (messaging, on) => messaging.describeChannelMembership(onMember(on)),
  ListChannelMemberships: (messaging, on) => messaging.listChannelMemberships(onChannel(on)),
  DeleteChannelMembership: (messaging, on) => messaging.deleteChannelMembership(onMember(on)),
  CreateChannelModerator: (messaging, on) => messaging.createChannelModerator(onModerator(on)),
  DescribeChannelModerator: (messaging, on) => messaging.describeChannelModerator(onModerator(on)),
  ListChannelModerators: (messaging, on) => messaging.listChannelModerators(onChannel(on)),
  DeleteChannelModerator: (messaging, on) => messaging.deleteChannelModerator(onModerator(on)),
  CreateChannelBan: (messaging, on) => messaging.createChannelBan(onMember(on)),
  DescribeChannelBan: (messaging, on) => messaging.describeChannelBan(onMember(on)),
  ListChannelBans: (messaging, on) => messaging.listChannelBans(onChannel(on)),
  DeleteChannelBan: (messaging, on) => messaging.deleteChannelBan(onMember(on)),
  UpdateChannelReadMarker: (messaging, on) => messaging.updateChannelReadMarker(onChannel(on)),
  GetChannelMembershipPreferences: (messaging, on) => messaging.getChannelMembershipPreferences(onMember(on)),
  PutChannelMembershipPreferences: (messaging, on) =>
    messaging.putChannelMembershipPreferences({ ...onMember(on), Preferences: PREFERENCES }),
} as const satisfies Readonly<Record<string, Call>>;

export type ChannelCall = keyof typeof channelCalls;

export const CHANNEL_CALLS = Object.keys(channelCalls) as readonly ChannelCall[];

/** The name of the error that it is answered; undefined: it succeeds. */
export async function answerTo(call: Promise<object>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
