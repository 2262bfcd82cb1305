/** IAM as commands call it. */
import type { services } from '../operations.ts';
import type { Client } from './client.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { CliError } from './errors.ts';

/** What calls are made with. */
export interface IamConnection {
  readonly client: Client;
  readonly iam: (typeof services)['iam'];
}

/** @throws CliError when the endpoint is no URL or there are no keys. */
export async function connectIam(options: ConnectionOptions): Promise<IamConnection> {
  const { client } = await connect(options);
  const { services } = await import('../operations.ts');
  return { client, iam: services.iam };
}

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

interface InlinePage extends Page {
  readonly PolicyNames: readonly string[];
}

interface AttachedPage extends Page {
  readonly AttachedPolicies: readonly { readonly PolicyArn: string }[];
}

/** Gives the items of a list, a page at a time. */
export async function* pages<P extends Page, Item>(
  read: (marker: { readonly Marker?: string }) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): AsyncGenerator<Item> {
  let page: P | undefined;
  do {
    page = await read(page?.Marker === undefined ? {} : { Marker: page.Marker });
    yield* itemsOf(page);
  } while (page.Marker !== undefined);
}

export interface OwnerOptions {
  readonly user?: string;
  readonly group?: string;
  readonly role?: string;
}

interface Named {
  readonly PolicyName: string;
}

/** A user, group or role, as what has policies. */
export interface Owner {
  put(policy: Named & { readonly PolicyDocument: string }): Promise<unknown>;
  /** The document, percent-encoded. */
  get(policy: Named): Promise<{ readonly PolicyDocument: string }>;
  remove(policy: Named): Promise<unknown>;
  inline(): AsyncGenerator<string>;
  /** The ARNs of managed policies. */
  attached(): AsyncGenerator<string>;
}

/** @throws CliError when it is not exactly one. */
export function ownerOf({ client, iam }: IamConnection, { user, group, role }: OwnerOptions): Owner {
  if ([user, group, role].filter((name) => name !== undefined).length !== 1) {
    throw new CliError('One of --user, --group and --role is needed.');
  }
  const inlineOf = (page: InlinePage) => page.PolicyNames;
  const attachedOf = (page: AttachedPage) => page.AttachedPolicies.map(({ PolicyArn }) => PolicyArn);
  if (user !== undefined) {
    const on = { UserName: user };
    return {
      put: (policy) => client.call(iam.PutUserPolicy, { ...on, ...policy }),
      get: (policy) => client.call(iam.GetUserPolicy, { ...on, ...policy }),
      remove: (policy) => client.call(iam.DeleteUserPolicy, { ...on, ...policy }),
      inline: () =>
        pages<InlinePage, string>((marker) => client.call(iam.ListUserPolicies, { ...on, ...marker }), inlineOf),
      attached: () =>
        pages<AttachedPage, string>(
          (marker) => client.call(iam.ListAttachedUserPolicies, { ...on, ...marker }),
          attachedOf,
        ),
    };
  }
  if (group !== undefined) {
    const on = { GroupName: group };
    return {
      put: (policy) => client.call(iam.PutGroupPolicy, { ...on, ...policy }),
      get: (policy) => client.call(iam.GetGroupPolicy, { ...on, ...policy }),
      remove: (policy) => client.call(iam.DeleteGroupPolicy, { ...on, ...policy }),
      inline: () =>
        pages<InlinePage, string>((marker) => client.call(iam.ListGroupPolicies, { ...on, ...marker }), inlineOf),
      attached: () =>
        pages<AttachedPage, string>(
          (marker) => client.call(iam.ListAttachedGroupPolicies, { ...on, ...marker }),
          attachedOf,
        ),
    };
  }
  const on = { RoleName: role ?? '' };
  return {
    put: (policy) => client.call(iam.PutRolePolicy, { ...on, ...policy }),
    get: (policy) => client.call(iam.GetRolePolicy, { ...on, ...policy }),
    remove: (policy) => client.call(iam.DeleteRolePolicy, { ...on, ...policy }),
    inline: () =>
      pages<InlinePage, string>((marker) => client.call(iam.ListRolePolicies, { ...on, ...marker }), inlineOf),
    attached: () =>
      pages<AttachedPage, string>(
        (marker) => client.call(iam.ListAttachedRolePolicies, { ...on, ...marker }),
        attachedOf,
      ),
  };
}
