/** Amazon Resource Names: `arn:partition:service:region:account:resource`. */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** All after the fifth colon; it may hold colons and slashes. */
  readonly resource: string;
}

const ARN = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/s;

export function parseArn(text: string): Arn | undefined {
  const [, partition, service, region, accountId, resource] = ARN.exec(text) ?? [];
  if (!partition || !service || region === undefined || accountId === undefined || !resource) return undefined;
  return { partition, service, region, accountId, resource };
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
