/** What is in an app instance, as commands name and list it. */
import type { Command } from 'commander';
import { addConnectionOptions, type Connection, type ConnectionOptions, connect } from './connection.ts';
import { CliError } from './errors.ts';

export interface AppInstanceOptions extends ConnectionOptions {
  readonly appInstance?: string;
}

export interface BearerOptions extends AppInstanceOptions {
  readonly as: string;
}

/** Adds the flags of commands about what is in an app instance. */
export function addAppInstanceOptions(command: Command): Command {
  return addConnectionOptions(command.option('--app-instance <app-instance>', 'ARN or id (default: the only one)'));
}

/** Adds the flags of commands that somebody in the app instance gives. */
export function addBearerOptions(command: Command): Command {
  return addAppInstanceOptions(command.requiredOption('--as <user>', 'ARN or id of the user who does it'));
}

/** A connection with the names of what is in one app instance. */
export interface AppInstanceConnection extends Connection {
  readonly appInstanceArn: string;
  /** The ARN of a user given by its ARN or id. @throws CliError for what cannot be either */
  userArn(user: string): string;
}

/**
 * @param names given with the command; where they are ARNs, they tell in which app instance they are
 * @param signal ends requests under way
 * @throws CliError as `connect`, and when it is not clear which app instance is meant
 */
export async function connectAppInstance(
  { appInstance, ...options }: AppInstanceOptions,
  names: readonly string[] = [],
  signal?: AbortSignal,
): Promise<AppInstanceConnection> {
  const connection = await connect(options, signal);
  const [told] = names.flatMap((name) => /^arn:[^/]*:app-instance\/[^/]+/.exec(name) ?? []);
  const appInstanceArn =
    appInstance !== undefined
      ? await findAppInstance(connection, appInstance)
      : (told ?? (await onlyAppInstance(connection)));
  return { ...connection, appInstanceArn, userArn: (user) => arnIn(appInstanceArn, 'user', user) };
}

/** A connection of somebody who does something to a channel. */
export interface ChannelConnection extends AppInstanceConnection {
  /** The members of an input that say who and where. */
  readonly on: { readonly ChimeBearer: string; readonly ChannelArn: string };
}

/**
 * @param channel ARN or id
 * @param signal ends requests under way
 * @throws CliError as `connectAppInstance`, and for what cannot be a channel or user
 */
export async function connectChannel(
  channel: string,
  { as: bearer, ...options }: BearerOptions,
  signal?: AbortSignal,
): Promise<ChannelConnection> {
  const connection = await connectAppInstance(options, [channel, bearer], signal);
  const ChannelArn = arnIn(connection.appInstanceArn, 'channel', channel);
  return { ...connection, on: { ChimeBearer: connection.userArn(bearer), ChannelArn } };
}

/**
 * Gives the ARN of an app instance named by its ARN or its id. All of a server are alike in the rest.
 * @throws CliError when it cannot be either, or there is none at all
 */
export async function findAppInstance({ client, chime }: Connection, appInstance: string): Promise<string> {
  if (appInstance.startsWith('arn:')) return appInstance;
  if (!/^[\w-]+$/.test(appInstance)) {
    throw new CliError(
      `${JSON.stringify(appInstance)} is neither the ARN nor the id of an app instance: "parlor app-instance list" prints ARNs.`,
    );
  }
  const { AppInstances } = await client.call(chime.ListAppInstances, { MaxResults: 1 });
  const [any] = AppInstances;
  if (any === undefined) throw new CliError(`There is no app instance ${appInstance}: the server has none at all.`);
  return any.AppInstanceArn.replace(/[^/]*$/, appInstance);
}

async function onlyAppInstance({ client, chime }: Connection): Promise<string> {
  const { AppInstances } = await client.call(chime.ListAppInstances, { MaxResults: 2 });
  const [first, second] = AppInstances;
  if (first === undefined) {
    throw new CliError('There is no app instance yet: "parlor app-instance create" makes one.');
  }
  if (second !== undefined) throw new CliError('There are several app instances: name one with --app-instance.');
  return first.AppInstanceArn;
}

function arnIn(appInstanceArn: string, kind: 'user' | 'channel', name: string): string {
  if (name.startsWith('arn:')) return name;
  if (/^[\w:.@-]+$/.test(name)) return `${appInstanceArn}/${kind}/${name}`;
  throw new CliError(`${JSON.stringify(name)} is neither the ARN nor the id of a ${kind}.`);
}

interface Page {
  readonly NextToken?: string | undefined;
}

/** Gives the items of a list, a page at a time. */
export async function* pages<P extends Page, Item>(
  read: (next: Page) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): AsyncGenerator<Item> {
  let page: P | undefined;
  do {
    page = await read(page?.NextToken === undefined ? {} : { NextToken: page.NextToken });
    yield* itemsOf(page);
  } while (page.NextToken !== undefined);
}

/** What is shown of somebody in a line. */
export function identityCells({ Arn, Name }: { readonly Arn: string; readonly Name: string }): readonly string[] {
  return [Arn, Name];
}

/** As inputs have them. */
export function tagList(tags: Readonly<Record<string, string>> | undefined) {
  return tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
