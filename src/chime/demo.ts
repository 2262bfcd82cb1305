/**
 * The demo of Chime SDK messaging: an app instance with three people and two channels, and credentials for each of the
 * three. It is made as an application's server would make it, by the operations themselves, when it is first needed;
 * what somebody has deleted is made again.
 */
import { randomUUID } from 'node:crypto';
import type { Scope } from '../aws/arn.ts';
import { AwsError } from '../aws/errors.ts';
import type { Principal } from '../aws/ports.ts';
import { findRole, type SessionMaker } from '../iam/assume-role.ts';
import { inlinePolicies } from '../iam/inline-policies.ts';
import type { IamContext } from '../iam/operation.ts';
import { roles } from '../iam/roles.ts';
import type { TemporaryCredentials } from '../iam/session-tokens.ts';
import { startUserSession } from '../iam/user-session.ts';
import { Conflict } from './errors.ts';
import { appInstances } from './identity/app-instances.ts';
import { channels } from './messaging/channels.ts';
import { messages } from './messaging/messages.ts';
import type { ChimeContext } from './operation.ts';

const NAME = 'parlor-demo';
const PEOPLE = { alice: 'Alice', bob: 'Bob', carol: 'Carol' } as const;
/** More than a client is sent when it connects, so that there is something to load. */
const EARLIER_MESSAGES = 60;
const CREDENTIALS_SECONDS = 900;

/** What a page may do as one of the three: what it shows, and nothing to the app instance or its users. */
const ACTIONS = [
  'chime:Connect',
  'chime:CreateChannel',
  'chime:DescribeChannel',
  'chime:ListChannelMembershipsForAppInstanceUser',
  'chime:ListChannelsModeratedByAppInstanceUser',
  'chime:CreateChannelMembership',
  'chime:DeleteChannelMembership',
  'chime:ListChannelMemberships',
  'chime:SendChannelMessage',
  'chime:ListChannelMessages',
  'chime:RedactChannelMessage',
  'chime:UpdateChannelReadMarker',
];

type PersonId = keyof typeof PEOPLE;

interface Line {
  readonly by: PersonId;
  readonly text: string;
}

/** In the order in which they are made. Alice creates them, which makes her their moderator. */
const CHANNELS: readonly { readonly id: string; readonly name: string; readonly lines: readonly Line[] }[] = [
  {
    id: 'lobby',
    name: 'Lobby',
    lines: [
      ...Array.from({ length: EARLIER_MESSAGES }, (_, index): Line => {
        const by = (['alice', 'bob', 'carol'] as const)[index % 3] ?? 'alice';
        return { by, text: `Earlier message ${index + 1} of ${EARLIER_MESSAGES}` };
      }),
      { by: 'alice', text: 'Welcome to the lobby. Scroll up: there is more than was sent when you connected.' },
      { by: 'bob', text: 'Write something, and watch the events.' },
      { by: 'carol', text: 'Alice is the moderator. She can remove any message, and any of us.' },
    ],
  },
  {
    id: 'kitchen',
    name: 'Kitchen',
    lines: [
      { by: 'carol', text: 'Who has taken the last biscuit?' },
      { by: 'bob', text: 'It was like that when I came in.' },
    ],
  },
];

/** One of the three, and what lets a page act as them and nobody else. */
export interface DemoCredentials {
  readonly AppInstanceArn: string;
  readonly AppInstanceUserArn: string;
  readonly Name: string;
  readonly Credentials: TemporaryCredentials;
}

export interface MessagingDemoOptions {
  readonly scope: Scope;
  /** Who makes it: the root. */
  readonly principal: Principal;
  readonly context: ChimeContext;
  readonly iam: SessionMaker & IamContext;
  /** Makes the user if it is not there. */
  ensureUser(appInstanceArn: string, id: string, name: string): Promise<void>;
}

/** Gives the function that makes credentials for one of the three. */
export function createMessagingDemo(options: MessagingDemoOptions): (as: PersonId) => Promise<DemoCredentials> {
  const { scope, context, iam, principal, ensureUser } = options;

  function call() {
    const access = { sourceIp: '127.0.0.1', time: context.clock.now(), secureTransport: false, region: scope.region };
    return { principal, requestId: '', access, host: '' };
  }
  const chimeCall = () => ({ ...context, ...call(), scope });
  const iamCall = () => ({ ...iam, ...call(), scope: iam.iamScope });

  async function prepare() {
    const appInstanceArn = (await findAppInstance()) ?? (await createAppInstance());
    for (const [id, name] of Object.entries(PEOPLE)) await ensureUser(appInstanceArn, id, name);
    for (const channel of CHANNELS) await ensureChannel(appInstanceArn, channel);
    const roleArn = await ensureRole(appInstanceArn);
    return { appInstanceArn, roleArn };
  }

  async function findAppInstance(): Promise<string | undefined> {
    for (let NextToken: string | undefined; ; ) {
      const input = { MaxResults: 50, ...(NextToken !== undefined && { NextToken }) };
      const page = await appInstances.ListAppInstances.handle({ ...chimeCall(), input });
      const found = page.AppInstances.find(({ Name }) => Name === NAME);
      NextToken = page.NextToken;
      if (found || NextToken === undefined) return found?.AppInstanceArn;
    }
  }

  async function createAppInstance(): Promise<string> {
    const input = { Name: NAME, ClientRequestToken: randomUUID() };
    return (await appInstances.CreateAppInstance.handle({ ...chimeCall(), input })).AppInstanceArn;
  }

  async function ensureChannel(AppInstanceArn: string, { id, name, lines }: (typeof CHANNELS)[number]) {
    const arnOf = (person: PersonId) => `${AppInstanceArn}/user/${person}`;
    const input = {
      AppInstanceArn,
      ChimeBearer: arnOf('alice'),
      ChannelId: id,
      Name: name,
      Mode: 'RESTRICTED' as const,
      Privacy: 'PRIVATE' as const,
      MemberArns: [arnOf('bob'), arnOf('carol')],
      ClientRequestToken: randomUUID(),
    };
    let ChannelArn: string;
    try {
      ({ ChannelArn } = await channels.CreateChannel.handle({ ...chimeCall(), input }));
    } catch (error) {
      if (error instanceof AwsError && error.type === Conflict.type) return; // it is there
      throw error;
    }
    for (const { by, text } of lines) {
      const input = {
        ChannelArn,
        ChimeBearer: arnOf(by),
        Content: text,
        Type: 'STANDARD' as const,
        Persistence: 'PERSISTENT' as const,
        ClientRequestToken: randomUUID(),
      };
      await messages.SendChannelMessage.handle({ ...chimeCall(), input });
    }
  }

  async function ensureRole(appInstanceArn: string): Promise<string> {
    const roleArn = iam.iamScope.arn(`role/${NAME}`);
    if (!(await findRole(iam, roleArn))) {
      const AssumeRolePolicyDocument = policy({
        Effect: 'Allow',
        Principal: { AWS: principal.arn },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      });
      await roles.CreateRole.handle({ ...iamCall(), input: { RoleName: NAME, AssumeRolePolicyDocument } });
    }
    const PolicyDocument = policy(
      { Effect: 'Allow', Action: ACTIONS, Resource: `${appInstanceArn}/*` },
      { Effect: 'Allow', Action: 'chime:GetMessagingSessionEndpoint', Resource: '*' },
    );
    const input = { RoleName: NAME, PolicyName: NAME, PolicyDocument };
    await inlinePolicies.PutRolePolicy.handle({ ...iamCall(), input });
    return roleArn;
  }

  // The page asks for all three at once: they must not make one app instance each.
  let preparing: ReturnType<typeof prepare> | undefined;
  return async (as) => {
    preparing ??= prepare().finally(() => {
      preparing = undefined;
    });
    const { appInstanceArn, roleArn } = await preparing;
    const userArn = `${appInstanceArn}/user/${as}`;
    const { access } = call();
    const request = { roleArn, userId: as, userArn, seconds: CREDENTIALS_SECONDS, access };
    const { Credentials } = await startUserSession(iam, request);
    return { AppInstanceArn: appInstanceArn, AppInstanceUserArn: userArn, Name: PEOPLE[as], Credentials };
  };
}

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
