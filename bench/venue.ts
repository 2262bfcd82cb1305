/**
 * An app instance to measure Chime SDK messaging in. The instance and who signs are made through the AWS SDK; users,
 * channels, memberships and messages, of which there may be a million, are written into the database while no server
 * has it open.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ChimeSDKIdentity } from '@aws-sdk/client-chime-sdk-identity';
import { IAM } from '@aws-sdk/client-iam';
import type { Insertable } from 'kysely';
import type { ChimeTables } from '../src/chime/tables.ts';
import type { Credentials } from './driver/sigv4.ts';
import type { Launcher } from './launcher.ts';
import { channelId, channelsOf, type Layout, userId } from './layout.ts';
import { type Contender, CREDENTIALS, type RunningServer, startServer } from './server.ts';

export interface Venue {
  /** Parlor's data directory. */
  readonly directory: string;
  readonly appInstanceArn: string;
  /** Of an IAM user with a policy about the users and channels of the app instance. */
  readonly credentials: Credentials;
}

export interface VenueWishes extends Layout {
  /** In each channel; one a second, the newest now. */
  readonly messages?: number;
}

const STAND_IN = 'arn:aws:chime:us-east-1:000000000000:app-instance/11111111-2222-4333-8444-555555555555';
const SIGNER = 'bench';
const CONTENT = 'hello from the other side, what a goal that was, and nobody here had seen it coming';

/** Real ones in Parlor; a control is only told who is in which channel. */
export async function makeVenue(contender: Contender, launcher: Launcher, wishes: VenueWishes): Promise<Venue> {
  const directory = launcher.temporaryDirectory();
  if (contender.door !== 'chime') {
    writeFileSync(join(directory, 'layout.json'), JSON.stringify(wishes));
    return { directory, appInstanceArn: STAND_IN, credentials: CREDENTIALS };
  }
  const server = await startServer(launcher, contender.command(directory));
  try {
    const made = await openAppInstance(server);
    await server.stop();
    fill(join(directory, 'parlor.db'), wishes);
    return { directory, ...made };
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

async function openAppInstance({ port }: RunningServer): Promise<Omit<Venue, 'directory'>> {
  const configuration = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: CREDENTIALS };
  using resources = new DisposableStack();
  const identity = resources.adopt(new ChimeSDKIdentity(configuration), (client) => client.destroy());
  const iam = resources.adopt(new IAM(configuration), (client) => client.destroy());
  const { AppInstanceArn: appInstanceArn } = await identity.createAppInstance({
    Name: 'bench',
    ClientRequestToken: crypto.randomUUID(),
  });
  if (appInstanceArn === undefined) throw new Error('CreateAppInstance answered without an ARN');
  await iam.createUser({ UserName: SIGNER });
  const statement = {
    Effect: 'Allow',
    Action: ['chime:Connect', 'chime:SendChannelMessage', 'chime:ListChannelMessages'],
    Resource: [`${appInstanceArn}/user/*`, `${appInstanceArn}/channel/*`],
  };
  await iam.putUserPolicy({
    UserName: SIGNER,
    PolicyName: 'messaging',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  const { AccessKey: { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = {} } =
    await iam.createAccessKey({ UserName: SIGNER });
  return { appInstanceArn, credentials: { accessKeyId, secretAccessKey } };
}

/** Rows get their keys in the order of their numbers, from 1. */
function fill(path: string, { messages = 0, ...layout }: VenueWishes): void {
  const now = Date.now();
  using database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN');
  const users = Array.from({ length: layout.users }, (_, user) => user);
  const channels = Array.from({ length: layout.channels }, (_, channel) => channel);
  const appInstance = 1;
  const created = { created_at: now, updated_at: now };
  const named = { app_instance_pk: appInstance, metadata: null, tags: '{}', ...created };
  insert(
    database,
    'chime_identity',
    users.map((user) => ({ ...named, kind: 'user', id: userId(user), name: `Viewer ${user}` })),
  );
  insert(
    database,
    'chime_channel',
    channels.map((channel) => ({
      ...named,
      id: channelId(channel),
      name: `Channel ${channel}`,
      mode: 'UNRESTRICTED',
      privacy: 'PUBLIC',
      created_by: 1,
      position: now * 1000,
      last_message_at: messages > 0 ? now : null,
    })),
  );
  insert(
    database,
    'chime_membership',
    users.flatMap((user) =>
      channelsOf(layout, user).map((channel) => ({
        channel_pk: channel + 1,
        identity_pk: user + 1,
        type: 'DEFAULT' as const,
        invited_by: 1,
        ...created,
      })),
    ),
  );
  insert(database, 'chime_message', history(layout, messages, now));
  database
    .prepare('UPDATE chime_app_instance SET users = ?, channels = ? WHERE pk = ?')
    .run(layout.users, layout.channels, appInstance);
  database.exec('COMMIT');
}

/** The messages of all channels, by channel and by time: the sender is whoever is first in the channel. */
function* history({ channels, channelsPerUser }: Layout, messages: number, now: number) {
  for (let channel = 0; channel < channels; channel++) {
    const sender = Math.floor(channel / channelsPerUser);
    for (let place = 1; place <= messages; place++) {
      const sentAt = now - (messages - place) * 1000;
      const position = sentAt * 1000;
      yield {
        channel_pk: channel + 1,
        position,
        id: position.toString(16).padStart(14, '0').padEnd(64, '0'),
        sender_pk: sender + 1,
        type: 'STANDARD' as const,
        content: CONTENT,
        updated_at: sentAt,
        redacted: 0 as const,
      };
    }
  }
}

function insert<Name extends keyof ChimeTables>(
  database: DatabaseSync,
  table: Name,
  rows: Iterable<Insertable<ChimeTables[Name]> & Readonly<Record<string, string | number | null>>>,
): void {
  let statement: ReturnType<DatabaseSync['prepare']> | undefined;
  for (const row of rows) {
    const columns = Object.keys(row);
    statement ??= database.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    statement.run(...Object.values<string | number | null>(row));
  }
}
