/** An app instance with something of everything in it, at least two of what is listed, all of it marked. */
import assert from 'node:assert/strict';
import { type ApiRequest, ask, CONFIGURATION, ENDPOINT, type Names } from './requests.ts';

/**
 * Alice and Bob are admins, and members and moderators of the channel; Carol is nothing; Erin and Frank are banned.
 * @param mark goes into every text
 */
export async function furnish(url: string, mark = 'mark'): Promise<Names> {
  const Name = mark;
  const Metadata = mark;
  const Tags = [{ Key: 'mark', Value: mark }];

  async function make(member: string, path: readonly string[], body: ApiRequest['body'], bearer?: string) {
    const { status, json, text } = await ask(url, { method: 'POST', path, query: [], body, bearer });
    assert.equal(status, 201, text);
    return String((json as Record<string, unknown>)[member]);
  }

  const appInstance = await make('AppInstanceArn', ['app-instances'], { Name, Metadata, Tags });
  const named = { AppInstanceArn: appInstance, Name, Metadata, Tags };
  const user = (AppInstanceUserId: string) =>
    make('AppInstanceUserArn', ['app-instance-users'], { ...named, AppInstanceUserId });
  const newBot = () => make('AppInstanceBotArn', ['app-instance-bots'], { ...named, Configuration: CONFIGURATION });
  const [alice = '', bob = '', carol = '', erin = '', frank = '', bot = ''] = await Promise.all([
    ...['alice', 'bob', 'carol', 'erin', 'frank'].map(user),
    newBot(),
    newBot(),
  ]);
  const newChannel = (ChannelId: string) =>
    make('ChannelArn', ['channels'], { ...named, ChannelId, MemberArns: [bob], ModeratorArns: [bob] }, alice);
  const newEndpoint = () => make('EndpointId', ['app-instance-users', alice, 'endpoints'], { ...ENDPOINT, Name: mark });
  const [channel = '', , endpoint = ''] = await Promise.all([
    newChannel('general'),
    newChannel('other'),
    newEndpoint(),
    newEndpoint(),
    ...[alice, bob].map((AppInstanceAdminArn) =>
      make('AppInstanceArn', ['app-instances', appInstance, 'admins'], { AppInstanceAdminArn }),
    ),
  ]);
  const say = () =>
    make(
      'MessageId',
      ['channels', channel, 'messages'],
      { Content: mark, Metadata, Type: 'STANDARD', Persistence: 'PERSISTENT' },
      alice,
    );
  const [message = ''] = await Promise.all([
    say(),
    say(),
    ...[erin, frank].map((MemberArn) => make('ChannelArn', ['channels', channel, 'bans'], { MemberArn }, alice)),
  ]);
  return {
    appInstance,
    alice,
    bob,
    carol,
    erin,
    bot,
    channel,
    flow: `${appInstance}/channel-flow/flow`,
    message,
    endpoint,
  };
}
