/**
 * What users and roles never have here, for tools that ask before they remove one: no passwords, MFA devices, SSH keys,
 * certificates, credentials of single services or instance profiles.
 */
import { list, optional, string, structure } from '../aws/shape.ts';
import { requireEntity, roleArn } from './entities.ts';
import { NoSuchEntity, ServiceFailure } from './errors.ts';
import { ExistingUserName, RoleName, UserName } from './identifiers.ts';
import { paged, paging } from './listing.ts';
import { operation } from './operation.ts';
import { requireTarget, targetArn } from './users.ts';

const Nothing = list(structure({}));
const NONE = { IsTruncated: false };

function noLoginProfile(user: string): Error {
  return NoSuchEntity({ message: `Login Profile for User ${user} cannot be found.` });
}

export const notKept = {
  ListInstanceProfilesForRole: operation({
    action: 'iam:ListInstanceProfilesForRole',
    resource: roleArn,
    input: structure({ RoleName, ...paging }),
    output: structure({ InstanceProfiles: Nothing, ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, read }) {
      await read((sql) => requireEntity(sql, 'role', input.RoleName));
      return { InstanceProfiles: [], ...NONE };
    },
  }),

  GetLoginProfile: operation({
    action: 'iam:GetLoginProfile',
    resource: targetArn,
    input: structure({ UserName: optional(UserName) }),
    errors: [NoSuchEntity, ServiceFailure],
    handle({ input, principal }) {
      throw noLoginProfile(input.UserName ?? principal.arn);
    },
  }),

  DeleteLoginProfile: operation({
    action: 'iam:DeleteLoginProfile',
    resource: targetArn,
    input: structure({ UserName: optional(UserName) }),
    errors: [NoSuchEntity, ServiceFailure],
    handle({ input, principal }) {
      throw noLoginProfile(input.UserName ?? principal.arn);
    },
  }),

  ListMFADevices: operation({
    action: 'iam:ListMFADevices',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName), ...paging }),
    output: structure({ MFADevices: Nothing, ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, principal, read }) {
      await read((sql) => requireTarget(sql, input.UserName, principal));
      return { MFADevices: [], ...NONE };
    },
  }),

  ListVirtualMFADevices: operation({
    action: 'iam:ListVirtualMFADevices',
    resource: ({ scope }) => scope.arn('mfa/*'),
    input: structure({ AssignmentStatus: optional(string()), ...paging }),
    output: structure({ VirtualMFADevices: Nothing, ...paged }),
    errors: [ServiceFailure],
    handle: () => ({ VirtualMFADevices: [], ...NONE }),
  }),

  ListSSHPublicKeys: operation({
    action: 'iam:ListSSHPublicKeys',
    resource: targetArn,
    input: structure({ UserName: optional(UserName), ...paging }),
    output: structure({ SSHPublicKeys: Nothing, ...paged }),
    errors: [NoSuchEntity],
    async handle({ input, principal, read }) {
      await read((sql) => requireTarget(sql, input.UserName, principal));
      return { SSHPublicKeys: [], ...NONE };
    },
  }),

  ListSigningCertificates: operation({
    action: 'iam:ListSigningCertificates',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName), ...paging }),
    output: structure({ Certificates: Nothing, ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, principal, read }) {
      await read((sql) => requireTarget(sql, input.UserName, principal));
      return { Certificates: [], ...NONE };
    },
  }),

  ListServiceSpecificCredentials: operation({
    action: 'iam:ListServiceSpecificCredentials',
    resource: targetArn,
    input: structure({ UserName: optional(UserName), ServiceName: optional(string()) }),
    output: structure({ ServiceSpecificCredentials: Nothing }),
    errors: [NoSuchEntity],
    async handle({ input, principal, read }) {
      await read((sql) => requireTarget(sql, input.UserName, principal));
      return { ServiceSpecificCredentials: [] };
    },
  }),
};
