/** The two services with boto3, as it comes: every operation that it knows and that is built (spec/chime-messaging 9). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { identityOperations, messagingOperations } from '../../../src/chime/service.ts';
import { findBoto3, runTool, skipWithout } from '../iam/support/aws-tools.ts';
import { ROOT_KEY, startServer, type TestServer } from '../support/server.ts';
import { NOT_BUILT, type OperationName } from './support/requests.ts';

const PYTHON = findBoto3();
const needed = skipWithout(PYTHON, 'boto3');

let server: TestServer;
before(async () => {
  server = await startServer({ limits: 'off' });
});
after(() => server[Symbol.asyncDispose]());

/** Makes clients `m` and `i`, keeps what was asked in `asked` and `headers`, and prints what the script puts in `out`. */
const PRELUDE = `
import boto3, json, sys
from botocore.config import Config
url = sys.argv[1]
config = Config(retries={'max_attempts': 0})
asked, headers, targets, out = set(), set(), [], {}
def client(name):
    c = boto3.client(name, endpoint_url=url, config=config)
    def sending(request, **kwargs):
        asked.add(kwargs['event_name'].split('.')[-1])
        headers.update(name.lower() for name in request.headers)
        targets.append(request.url)
    c.meta.events.register('before-send', sending)
    return c
m, i = client('chime-sdk-messaging'), client('chime-sdk-identity')
known = {*m.meta.service_model.operation_names, *i.meta.service_model.operation_names}
def fails(c, name, call, **kwargs):
    try:
        call(**kwargs)
    except getattr(c.exceptions, name) as e:
        r = e.response
        return [r['Error']['Code'], r['ResponseMetadata']['HTTPStatusCode'], r['Error']['Message']]
app = i.create_app_instance(Name='boto')['AppInstanceArn']
def user(id, **more):
    return i.create_app_instance_user(AppInstanceArn=app, AppInstanceUserId=id, Name=id, **more)['AppInstanceUserArn']
alice, bob, carol = user('alice'), user('bob'), user('carol')
def channel(**more):
    return m.create_channel(AppInstanceArn=app, Name='boto', ChimeBearer=alice, **more)['ChannelArn']
def say(on, content='hello'):
    return m.send_channel_message(**on, Content=content, Type='STANDARD', Persistence='PERSISTENT')['MessageId']
`;
const EPILOGUE = `
print(json.dumps({**out, 'known': sorted(known), 'asked': sorted(asked), 'headers': sorted(headers)}, default=str))
`;

async function run(script: string): Promise<Record<string, unknown>> {
  const { reply, error } = await runTool(PYTHON ?? '', ['-c', `${PRELUDE}${script}${EPILOGUE}`, server.url], ROOT_KEY);
  assert.equal(error, '');
  return reply as Record<string, unknown>;
}

test('boto3 calls every operation that it knows and that is built', needed, async () => {
  const { asked, known, headers, ...out } = await run(`
on = {'ChannelArn': channel(ChannelId='general', Privacy='PUBLIC', Tags=[{'Key': 'a', 'Value': 'b'}]), 'ChimeBearer': alice}
own, his = {**on, 'MemberArn': alice}, {**on, 'MemberArn': bob}
moderator = {**on, 'ChannelModeratorArn': bob}
out['added'] = m.create_channel_membership(**his, Type='DEFAULT')['Member']
batch = m.batch_create_channel_membership(**on, MemberArns=[carol, bob])
out['batch'] = [[x['Name'] for x in batch['BatchChannelMemberships']['Members']], [x['ErrorCode'] for x in batch['Errors']]]
m.describe_channel_membership(**his)
out['members'] = [x['Member']['Name'] for x in m.list_channel_memberships(**on)['ChannelMemberships']]
m.create_channel_moderator(**moderator)
m.describe_channel_moderator(**moderator)
out['moderators'] = [x['Moderator']['Name'] for x in m.list_channel_moderators(**on)['ChannelModerators']]
m.delete_channel_moderator(**moderator)
m.create_channel_ban(**his)
m.describe_channel_ban(**his)
out['bans'] = [x['Member']['Name'] for x in m.list_channel_bans(**on)['ChannelBans']]
m.delete_channel_ban(**his)
m.delete_channel_membership(**his)
preferences = {'PushNotifications': {'AllowNotifications': 'FILTERED', 'FilterRule': json.dumps({'a': ['b']})}}
m.put_channel_membership_preferences(**own, Preferences=preferences)
out['preferences'] = m.get_channel_membership_preferences(**own)['Preferences'] == preferences
m.update_channel_read_marker(**on)
mine = {**on, 'AppInstanceUserArn': alice}
m.describe_channel_membership_for_app_instance_user(**mine)
m.describe_channel_moderated_by_app_instance_user(**mine)
m.list_channel_memberships_for_app_instance_user(ChimeBearer=alice)
m.list_channels_moderated_by_app_instance_user(ChimeBearer=alice)
out['channels'] = [x['Name'] for x in m.list_channels(AppInstanceArn=app, ChimeBearer=bob)['Channels']]
fields = [{'Key': 'MEMBERS', 'Operator': 'EQUALS', 'Values': [alice, carol]}]
out['found'] = [x['Name'] for x in m.search_channels(ChimeBearer=alice, Fields=fields)['Channels']]
message = {**on, 'MessageId': say(on, 'grüße ✓')}
out['got'] = m.get_channel_message(**message)['ChannelMessage']['Content']
out['status'] = m.get_channel_message_status(**message)['Status']
m.update_channel_message(**message, Content='edited')
out['listed'] = [x['Content'] for x in m.list_channel_messages(**on)['ChannelMessages']]
m.redact_channel_message(**message)
i.create_app_instance_admin(AppInstanceArn=app, AppInstanceAdminArn=alice)
i.describe_app_instance_admin(AppInstanceArn=app, AppInstanceAdminArn=alice)
out['admins'] = [x['Admin']['Name'] for x in i.list_app_instance_admins(AppInstanceArn=app)['AppInstanceAdmins']]
m.delete_channel_message(**message)
i.delete_app_instance_admin(AppInstanceArn=app, AppInstanceAdminArn=alice)
settings = {'ExpirationDays': 3, 'ExpirationCriterion': 'CREATED_TIMESTAMP'}
if 'PutChannelExpirationSettings' in known:
    out['expires'] = m.put_channel_expiration_settings(**on, ExpirationSettings=settings)['ExpirationSettings'] == settings
m.update_channel(**on, Name='renamed')
out['described'] = m.describe_channel(**on)['Channel']['Name']
m.tag_resource(ResourceARN=on['ChannelArn'], Tags=[{'Key': 'é', 'Value': 'ü'}])
m.untag_resource(ResourceARN=on['ChannelArn'], TagKeys=['a'])
out['tags'] = [m.list_tags_for_resource(ResourceARN=on['ChannelArn'])['Tags'], i.list_tags_for_resource(ResourceARN=app)['Tags']]
out['endpoint'] = m.get_messaging_session_endpoint()['Endpoint']['Url']
m.delete_channel(**on)

out['instances'] = [x['Name'] for x in i.list_app_instances()['AppInstances']]
i.update_app_instance(AppInstanceArn=app, Name='renamed', Metadata='')
i.put_app_instance_retention_settings(AppInstanceArn=app, AppInstanceRetentionSettings={'ChannelRetentionSettings': {'RetentionDays': 7}})
retention = i.get_app_instance_retention_settings(AppInstanceArn=app)
out['retention'] = [retention['AppInstanceRetentionSettings']['ChannelRetentionSettings'], type(retention['InitiateDeletionTimestamp']).__name__]
out['instance'] = i.describe_app_instance(AppInstanceArn=app)['AppInstance']['Name']
out['users'] = [x['Name'] for x in i.list_app_instance_users(AppInstanceArn=app)['AppInstanceUsers']]
i.update_app_instance_user(AppInstanceUserArn=bob, Name='Robert', Metadata='m')
if 'PutAppInstanceUserExpirationSettings' in known:
    i.put_app_instance_user_expiration_settings(AppInstanceUserArn=bob, ExpirationSettings=settings)
described = i.describe_app_instance_user(AppInstanceUserArn=bob)['AppInstanceUser']
out['user'] = [described['Name'], described['Metadata'], described.get('ExpirationSettings', settings) == settings]
device = {'AppInstanceUserArn': bob, 'EndpointId': i.register_app_instance_user_endpoint(AppInstanceUserArn=bob, Type='GCM', ResourceArn='arn:aws:mobiletargeting:us-east-1:111111111111:apps/0123456789abcdef', EndpointAttributes={'DeviceToken': 't'})['EndpointId']}
i.update_app_instance_user_endpoint(**device, AllowMessages='NONE')
out['device'] = i.describe_app_instance_user_endpoint(**device)['AppInstanceUserEndpoint']['AllowMessages']
out['devices'] = len(i.list_app_instance_user_endpoints(AppInstanceUserArn=bob)['AppInstanceUserEndpoints'])
i.deregister_app_instance_user_endpoint(**device)
if 'CreateAppInstanceBot' in known:
    lex = {'Lex': {'LexBotAliasArn': 'arn:aws:lex:us-east-1:000000000000:bot-alias/ABCDEFGHIJ/0123456789', 'LocaleId': 'en_US'}}
    bot = i.create_app_instance_bot(AppInstanceArn=app, Name='bot', Configuration=lex)['AppInstanceBotArn']
    i.update_app_instance_bot(AppInstanceBotArn=bot, Name='robot', Metadata='')
    out['bot'] = i.describe_app_instance_bot(AppInstanceBotArn=bot)['AppInstanceBot']['Name']
    out['bots'] = [x['Name'] for x in i.list_app_instance_bots(AppInstanceArn=app)['AppInstanceBots']]
    i.delete_app_instance_bot(AppInstanceBotArn=bot)
i.delete_app_instance_user(AppInstanceUserArn=carol)
i.delete_app_instance(AppInstanceArn=app)
`);
  assert.ok(Array.isArray(known) && known.length >= 60);
  const operations = Object.keys({ ...messagingOperations, ...identityOperations });
  const built = operations.filter((name) => !NOT_BUILT.includes(name as OperationName));
  // Older versions of boto3 know neither bots nor expiration.
  assert.deepEqual(asked, built.filter((name) => known.includes(name)).sort());
  assert.ok(Array.isArray(headers) && headers.includes('authorization') && !headers.includes('x-amz-content-sha256'));
  assert.match(String(Object(out['added']).Arn), /\/user\/bob$/);
  assert.deepEqual(out, {
    added: out['added'],
    batch: [['carol'], ['Conflict']],
    members: ['alice', 'bob', 'carol'],
    moderators: ['alice', 'bob'],
    bans: ['bob'],
    preferences: true,
    channels: ['boto'],
    found: ['boto'],
    got: 'grüße ✓',
    status: { Value: 'SENT' },
    listed: ['edited'],
    admins: ['alice'],
    ...(known.includes('PutChannelExpirationSettings') && { expires: true }),
    described: 'renamed',
    tags: [[{ Key: 'é', Value: 'ü' }], []],
    endpoint: new URL(server.url).host,
    instances: ['boto'],
    retention: [{ RetentionDays: 7 }, 'datetime'],
    instance: 'renamed',
    users: ['alice', 'bob', 'carol'],
    user: ['Robert', 'm', true],
    device: 'NONE',
    devices: 1,
    ...(known.includes('CreateAppInstanceBot') && { bot: 'robot', bots: ['robot'] }),
  });
});

test('boto3 knows the errors by their types', needed, async () => {
  const {
    asked: _,
    known: __,
    headers: ___,
    ...out
  } = await run(`
on = {'ChannelArn': channel(Privacy='PRIVATE'), 'ChimeBearer': alice}
out['forbidden'] = fails(m, 'ForbiddenException', m.describe_channel, **{**on, 'ChimeBearer': bob})[:2]
out['nowhere'] = fails(m, 'ForbiddenException', m.describe_channel, **{**on, 'ChannelArn': on['ChannelArn'] + 'x'})[:2]
out['bearer'] = fails(m, 'UnauthorizedClientException', m.describe_channel, **{**on, 'ChimeBearer': alice + 'x'})
out['missing'] = fails(m, 'NotFoundException', m.describe_channel_membership, **on, MemberArn=bob)[:2]
out['conflict'] = fails(m, 'ConflictException', m.create_channel_membership, **on, MemberArn=alice, Type='DEFAULT')[:2]
out['token'] = fails(m, 'BadRequestException', m.list_channel_messages, **on, NextToken='made up')[:2]
out['flows'] = fails(m, 'ServiceUnavailableException', m.list_channel_flows, AppInstanceArn=app)[:2]
out['user'] = fails(i, 'ForbiddenException', i.update_app_instance_user, AppInstanceUserArn=alice + 'x', Name='x', Metadata='')[:2]
other = boto3.client('chime-sdk-messaging', endpoint_url=url, aws_secret_access_key='wrong', aws_access_key_id='${ROOT_KEY.accessKeyId}')
try:
    other.get_messaging_session_endpoint()
except other.exceptions.ClientError as e:
    out['signature'] = e.response['Error']['Code']
`);
  assert.deepEqual(out, {
    forbidden: ['ForbiddenException', 403],
    nowhere: ['ForbiddenException', 403],
    bearer: [
      'UnauthorizedClientException',
      401,
      'An invalid app instance user ARN was supplied for the x-amz-chime-bearer HTTP header.',
    ],
    missing: ['NotFoundException', 404],
    conflict: ['ConflictException', 409],
    token: ['BadRequestException', 400],
    flows: ['ServiceUnavailableException', 503],
    user: ['ForbiddenException', 403],
    signature: 'InvalidSignatureException',
  });
});

test('boto3 asks for messages with microseconds, and has times as it sent them', needed, async () => {
  const {
    asked: _,
    known: __,
    headers: ___,
    ...out
  } = await run(`
import datetime
on = {'ChannelArn': channel(), 'ChimeBearer': alice}
for content in 'abc':
    say(on, content)
listed = m.list_channel_messages(**on, SortOrder='ASCENDING')['ChannelMessages']
created = [x['CreatedTimestamp'] for x in listed]
out['times'] = all(isinstance(x, datetime.datetime) and x.tzinfo for x in created) and created == sorted(created)
def contents(**bounds):
    return [x['Content'] for x in m.list_channel_messages(**on, SortOrder='ASCENDING', **bounds)['ChannelMessages']]
out['from'] = contents(NotBefore=created[0])
out['sent'] = targets[-1].split('not-before=')[1].split('&')[0]
later, earlier = created[-1] + datetime.timedelta(microseconds=1000), created[0] - datetime.timedelta(microseconds=1)
out['until'] = [contents(NotAfter=created[-1]), contents(NotAfter=earlier), contents(NotBefore=later), contents(NotBefore=earlier, NotAfter=later)]
first = m.list_channel_messages(**on, SortOrder='ASCENDING', MaxResults=2)
second = m.list_channel_messages(**on, SortOrder='ASCENDING', MaxResults=2, NextToken=first['NextToken'])
out['pages'] = [[x['Content'] for x in page['ChannelMessages']] for page in (first, second)] + ['NextToken' in second]
`);
  assert.match(String(out['sent']), /T\d\d%3A\d\d%3A\d\d(?:\.\d{6})?Z$/);
  assert.deepEqual(out, {
    times: true,
    from: ['a', 'b', 'c'],
    sent: out['sent'],
    until: [['a', 'b', 'c'], [], [], ['a', 'b', 'c']],
    pages: [['a', 'b'], ['c'], false],
  });
});
