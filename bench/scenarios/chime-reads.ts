/** What has been said already: to whom connects with prefetch, and in pages. */
import { drive } from '../drive.ts';
import { channelId, type Layout, userId } from '../layout.ts';
import { LOAD_METRICS, type Metric, type Scenario, type Variant } from '../scenario.ts';
import { MESSAGING, startServer } from '../server.ts';
import { makeVenue } from '../venue.ts';

const TIMEOUT_MS = 90_000;
const ROUNDS = 3;
const TIMES = [
  { key: 'p50Ms', label: 'p50 ms', digits: 2 },
  { key: 'p99Ms', label: 'p99 ms', digits: 2 },
] as const satisfies Metric[];

/** Each channel has 30 members. */
const PREFETCHED: Layout = { users: 600, channels: 1000, channelsPerUser: 50 };
const PREFETCHED_MESSAGES = 20;
const WARM_UP_USERS = 100;

function prefetching(atATime: number): Variant {
  return {
    name: atATime === 1 ? MESSAGING.name : `${MESSAGING.name}, ${atATime} at a time`,
    async measure({ launcher, quick }) {
      const venue = await makeVenue(MESSAGING, launcher, { ...PREFETCHED, messages: PREFETCHED_MESSAGES });
      await using server = await startServer(launcher, MESSAGING.command(venue.directory));
      const { port, pid: serverPid } = server;
      const { appInstanceArn, credentials } = venue;
      const measuredUsers = quick ? WARM_UP_USERS : PREFETCHED.users - WARM_UP_USERS;
      const { channelsPerUser } = PREFETCHED;
      const load = { warmUpUsers: WARM_UP_USERS, measuredUsers, atATime, channelsPerUser };
      const target = { port, serverPid, door: MESSAGING.door, credentials, appInstanceArn };
      return await drive(launcher, { kind: 'prefetch', ...target, ...load }, TIMEOUT_MS);
    },
  };
}

export const chimePrefetch: Scenario = {
  name: 'chime-prefetch',
  title: 'Connecting with prefetch, until the details of 50 channels of 30 members with 20 messages each have come',
  rounds: ROUNDS,
  metrics: [
    ...TIMES,
    { key: 'usersPerSecond', label: 'users/s', digits: 0 },
    { key: 'detailBytes', label: 'bytes a channel', digits: 0 },
    ...LOAD_METRICS,
  ],
  variants: [prefetching(1), prefetching(16)],
  targets: [],
};

const LISTED: Layout = { users: 1, channels: 1, channelsPerUser: 1 };
const LISTED_MESSAGES = 1_000_000;
const QUICK_LISTED_MESSAGES = 100_000;
const PAGES_IN_THE_MIDDLE = 20;
const FIRST_PAGE = 'Parlor, the first page';

/** @param wherefrom the first page, or pages spread over the middle fifth of the channel */
function listing(name: string, wherefrom: 'newest' | 'middle'): Variant {
  return {
    name,
    async measure({ launcher, quick }) {
      const messages = quick ? QUICK_LISTED_MESSAGES : LISTED_MESSAGES;
      const venue = await makeVenue(MESSAGING, launcher, { ...LISTED, messages });
      const middle = Date.now() - messages * 600;
      const after = Array.from({ length: wherefrom === 'newest' ? 0 : PAGES_IN_THE_MIDDLE }, (_, page) =>
        new Date(middle + (page * messages * 200) / PAGES_IN_THE_MIDDLE).toISOString(),
      );
      await using server = await startServer(launcher, MESSAGING.command(venue.directory));
      const { port, pid: serverPid } = server;
      const { appInstanceArn, credentials } = venue;
      const target = { port, serverPid, door: MESSAGING.door, credentials, after };
      const where = {
        channelArn: `${appInstanceArn}/channel/${channelId(0)}`,
        bearer: `${appInstanceArn}/user/${userId(0)}`,
      };
      const [warmUpRequests, measuredRequests] = quick ? [500, 1_000] : [2_000, 6_000];
      const load = { inFlight: 4, warmUpRequests, measuredRequests };
      return await drive(launcher, { kind: 'pages', ...target, ...where, ...load }, TIMEOUT_MS);
    },
  };
}

export const chimeList: Scenario = {
  name: 'chime-list',
  title: 'ListChannelMessages, pages of 50 in the middle of a channel of a million messages, 4 in flight',
  rounds: ROUNDS,
  metrics: [
    { key: 'microsecondsPerPage', label: 'µs a page', digits: 0 },
    ...TIMES,
    { key: 'pageBytes', label: 'bytes a page', digits: 0 },
    ...LOAD_METRICS,
  ],
  variants: [listing(MESSAGING.name, 'middle'), listing(FIRST_PAGE, 'newest')],
  targets: [{ metric: 'microsecondsPerPage', is: 'at most', value: 1.2, timesMedianOf: FIRST_PAGE }],
};
