/** How users, groups, roles, policies and keys are named; the service model's limits and patterns. */
import { randomFillSync } from 'node:crypto';
import { string } from '../aws/shape.ts';

const NAME = /[\w+=,.@-]+/;

/** Of a user that is to be made. */
export const UserName = string({ min: 1, max: 64, pattern: NAME });
export const ExistingUserName = string({ min: 1, max: 128, pattern: NAME });
export const GroupName = string({ min: 1, max: 128, pattern: NAME });
export const RoleName = string({ min: 1, max: 64, pattern: NAME });
export const PolicyName = string({ min: 1, max: 128, pattern: NAME });

export const Path = string({ min: 1, max: 512, pattern: /(\u002F)|(\u002F[\u0021-\u007E]+\u002F)/ });
export const PathPrefix = string({ min: 1, max: 512, pattern: /\u002F[\u0021-\u007F]*/ });
export const PolicyPath = string({ min: 1, max: 512, pattern: /((\/[A-Za-z0-9.,+@=_-]+)*)\// });

export const PolicyDocument = string({ min: 1, max: 131_072, pattern: /[\t\n\r\u0020-\u00FF]+/ });

export const ResourceArn = string({ min: 20, max: 2048 });
export const AccessKeyId = string({ min: 16, max: 128, pattern: /[\w]+/ });

/** What the unique ids of each kind begin with. */
export type Prefix = 'AGPA' | 'AIDA' | 'AKIA' | 'ANPA' | 'AROA' | 'ASIA';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_LENGTH = 21;
const KEY_ID_LENGTH = 20;
const SECRET_BYTES = 30;

/** Makes the identifiers of IAM. A simulation passes its own source of bytes. */
export interface IamIds {
  /** An id that nothing else has or will have; that of a key is one character shorter than others. */
  unique(prefix: Prefix): string;
  /** A secret access key: 40 characters with 240 bits of randomness. */
  secret(): string;
}

/** @param fill overwrites the buffer with random bytes; by default from the system's generator. */
export function createIamIds(fill: (buffer: Uint8Array) => void = randomFillSync): IamIds {
  const random = (bytes: number) => {
    const buffer = Buffer.alloc(bytes);
    fill(buffer);
    return buffer;
  };
  return {
    unique(prefix) {
      const length = prefix === 'AKIA' || prefix === 'ASIA' ? KEY_ID_LENGTH : ID_LENGTH;
      return prefix + [...random(length - prefix.length)].map((byte) => BASE32[byte & 31]).join('');
    },
    secret: () => random(SECRET_BYTES).toString('base64'),
  };
}
