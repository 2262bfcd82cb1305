/** What an account may have at most (spec/chime-messaging 5.2). */

export const CHIME_QUOTAS = {
  'app-instances': 100,
  'users-per-app-instance': 100_000,
  'admins-per-app-instance': 100,
  'endpoints-per-user': 10,
  'connections-per-user': 10,
  'channels-per-app-instance': 10_000_000,
  'memberships-per-channel': 10_000,
  'memberships-per-user': 20_000,
  'moderators-per-channel': 1000,
} as const;

export type ChimeQuota = keyof typeof CHIME_QUOTAS;
