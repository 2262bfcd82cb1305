/** Tags of app instances, users, bots and channels (spec/chime-messaging 3.11). They are kept with what they are on. */
import type { TagMap } from '../aws/ports.ts';
import { list, string, structure, type TypeOf } from '../aws/shape.ts';
import { BadRequest } from './errors.ts';

const TagKey = string({ min: 1, max: 128 });

export const Tags = list(structure({ Key: TagKey, Value: string({ min: 1, max: 256 }) }), { min: 1, max: 50 });

/** As access is decided on them; for `requestTags` of an operation that creates with tags. */
export function tagMap(tags: TypeOf<typeof Tags> = []): TagMap {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** As rows keep them. @throws BadRequestException for keys that AWS keeps for itself, or that come twice */
export function writeTags(tags: TypeOf<typeof Tags> = []): string {
  if (tags.some(({ Key }) => /^aws:/i.test(Key))) throw BadRequest('Tags: keys must not begin with aws:.');
  const map = tagMap(tags);
  if (Object.keys(map).length < tags.length) throw BadRequest('Tags: a key must not come twice.');
  return JSON.stringify(map);
}
