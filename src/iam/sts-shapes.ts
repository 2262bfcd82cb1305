/** Shapes that several operations of STS have in common. */
import { integer, list, optional, string, structure, timestamp } from '../aws/shape.ts';
import { PolicyDocument, ResourceArn } from './identifiers.ts';

/** Of a role session, and of a source identity. */
export const SessionName = string({ min: 2, max: 64, pattern: /[\w+=,.@-]*/ });

export const Credentials = structure({
  AccessKeyId: string(),
  SecretAccessKey: string(),
  SessionToken: string(),
  Expiration: timestamp(),
});

/** What all ways to assume a role have in common. */
export const roleSession = {
  RoleArn: ResourceArn,
  RoleSessionName: SessionName,
  PolicyArns: optional(list(structure({ arn: optional(ResourceArn) }), { max: 10 })),
  Policy: optional(PolicyDocument),
  DurationSeconds: optional(integer({ min: 900, max: 43_200 })),
};

export const assumedRole = {
  Credentials,
  AssumedRoleUser: structure({ AssumedRoleId: string(), Arn: string() }),
  PackedPolicySize: integer(),
  SourceIdentity: optional(string()),
};

export const Mfa = {
  SerialNumber: optional(string({ min: 9, max: 256, pattern: /[\w+=/:,.@-]*/ })),
  TokenCode: optional(string({ min: 6, max: 6, pattern: /\d*/ })),
};
