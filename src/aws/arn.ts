/** Amazon Resource Names: `arn:partition:service:region:account:resource`. */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** All after the fifth colon; it may hold colons and slashes. */
  readonly resource: string;
}

export function parseArn(text: string): Arn | undefined {
  const [prefix, partition, service, region, accountId, ...rest] = text.split(':');
  if (prefix !== 'arn' || !partition || !service || region === undefined || accountId === undefined) return undefined;
  const resource = rest.join(':');
  return resource === '' ? undefined : { partition, service, region, accountId, resource };
}

/** The part of the ARN space that is this server's own. */
export interface Scope {
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** The ARN of a resource of ours, for example of `room/*`. */
  arn(resource: string): string;
}

export function createScope(service: string, region: string, accountId: string): Scope {
  const prefix = `arn:aws:${service}:${region}:${accountId}:`;
  return { service, region, accountId, arn: (resource) => prefix + resource };
}
