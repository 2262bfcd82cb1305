/** How the resources of Chime SDK messaging are named (spec/chime-messaging 0.2). */
import { parseArn, type Scope } from '../aws/arn.ts';
import { string } from '../aws/shape.ts';

/** An ARN as the models have it: of anything, anywhere. */
export const ChimeArn = string({
  min: 5,
  max: 1600,
  pattern: /arn:[a-z0-9-.]{1,63}:[a-z0-9-.]{0,63}:[a-z0-9-.]{0,63}:[a-z0-9-.]{0,63}:[^/].{0,1023}/,
});

/** The id of a user and of a channel: colons, dots and `@` are legal, at neither end. */
const ID = /[A-Za-z0-9](?:[A-Za-z0-9:\-_.@]{0,62}[A-Za-z0-9])?/;
export const UserId = string({ min: 1, max: 64, pattern: ID });
export const ChannelId = UserId;

/** What lies in an app instance. */
export type Kind = 'user' | 'bot' | 'channel' | 'channel-flow';

/** Names one resource, without the account and region that all of ours are in. */
export interface Named<K extends Kind = Kind> {
  readonly kind: K;
  readonly appInstanceId: string;
  readonly id: string;
}

const NAMED = new RegExp(`^app-instance/([\\w-]+)/(user|bot|channel|channel-flow)/(${ID.source})$`);
const APP_INSTANCE = /^app-instance\/([\w-]+)$/;

export function appInstanceArn(scope: Scope, appInstanceId: string): string {
  return scope.arn(`app-instance/${appInstanceId}`);
}

export function arnOf(scope: Scope, { kind, appInstanceId, id }: Named): string {
  return scope.arn(`app-instance/${appInstanceId}/${kind}/${id}`);
}

/**
 * Which resource of ours an ARN names. ARNs are compared as they are: one that differs in case, encoding, partition,
 * region or account names nothing here.
 * @param kinds those that are looked for
 * @returns undefined when it names none of them; whether the resource exists is not known
 */
export function findNamed<K extends Kind>(scope: Scope, arn: string, ...kinds: readonly K[]): Named<K> | undefined {
  const [, appInstanceId = '', kind, id = ''] = NAMED.exec(ownResource(scope, arn)) ?? [];
  const found = kinds.find((known) => known === kind);
  return found && { kind: found, appInstanceId, id };
}

/** As `findNamed`, for an app instance: its id. */
export function findAppInstanceId(scope: Scope, arn: string): string | undefined {
  return APP_INSTANCE.exec(ownResource(scope, arn))?.[1];
}

function ownResource(scope: Scope, arn: string): string {
  const { resource = '' } = parseArn(arn) ?? {};
  return scope.arn(resource) === arn ? resource : '';
}
