/** How long an app instance keeps messages (spec/chime-messaging 6, Retention). */
import { epochSeconds, integer, optional, structure } from '../../aws/shape.ts';
import { operation } from '../operation.ts';
import { DAY_MS, epoch } from '../times.ts';
import { AppInstanceArn, type AppInstanceFacts, requireAppInstance } from './app-instance.ts';

/** For so long messages beyond the retention are only hidden, and come back when it is relaxed. */
const GRACE_MS = 30 * DAY_MS;

const AppInstanceRetentionSettings = structure({
  ChannelRetentionSettings: optional(structure({ RetentionDays: optional(integer({ min: 1, max: 5475 })) })),
});

const output = structure({
  AppInstanceRetentionSettings,
  InitiateDeletionTimestamp: optional(epochSeconds()),
});

type Retention = Pick<AppInstanceFacts, 'retention_days' | 'retention_deletes_at'>;

export const retentionSettings = {
  PutAppInstanceRetentionSettings: operation({
    http: 'PUT /app-instances/{appInstanceArn}/retention-settings 200',
    action: 'chime:PutAppInstanceRetentionSettings',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn, AppInstanceRetentionSettings }),
    output,
    errors: [],
    async handle({ input, scope, write, clock }) {
      const days = input.AppInstanceRetentionSettings.ChannelRetentionSettings?.RetentionDays ?? null;
      const retention = await write(async ({ query }) => {
        const { pk, ...before } = await requireAppInstance(query, scope, input.AppInstanceArn);
        const after = { retention_days: days, retention_deletes_at: deletesAt(before, days, clock.now()) };
        await query(
          'UPDATE chime_app_instance SET retention_days = ?, retention_deletes_at = ? WHERE pk = ?',
          after.retention_days,
          after.retention_deletes_at,
          pk,
        );
        return after;
      });
      return describeRetention(retention);
    },
  }),

  GetAppInstanceRetentionSettings: operation({
    http: 'GET /app-instances/{appInstanceArn}/retention-settings 200',
    action: 'chime:GetAppInstanceRetentionSettings',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn }),
    output,
    errors: [],
    handle: async ({ input, scope, read }) =>
      describeRetention(await read((_, query) => requireAppInstance(query, scope, input.AppInstanceArn))),
  }),
};

/** What would delete more than before gets a grace period of its own; what would delete less needs none. */
function deletesAt(before: Retention, days: number | null, now: number): number | null {
  if (days === null) return null;
  const less = before.retention_days !== null && days >= before.retention_days;
  return less ? before.retention_deletes_at : now + GRACE_MS;
}

function describeRetention({ retention_days: days, retention_deletes_at: deletesAt }: Retention) {
  return {
    AppInstanceRetentionSettings: { ChannelRetentionSettings: { ...(days !== null && { RetentionDays: days }) } },
    ...(deletesAt !== null && { InitiateDeletionTimestamp: epoch(deletesAt) }),
  };
}
