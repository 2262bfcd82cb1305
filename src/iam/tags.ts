/** Tags of users, roles and managed policies, kept with what they are on. */
import type { Call } from '../aws/operation.ts';
import type { TagMap } from '../aws/ports.ts';
import { list, string, structure, type TypeOf } from '../aws/shape.ts';
import type { Transaction } from '../storage/database.ts';
import { InvalidInput } from './errors.ts';
import { type PageRequest, pageOf, readPage } from './listing.ts';
import type { IamContext } from './operation.ts';
import { exceeded, QUOTAS } from './quotas.ts';
import type { IamTables } from './tables.ts';

const CHARACTERS = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
const TagKey = string({ min: 1, max: 128, pattern: new RegExp(`${CHARACTERS}+`, 'u') });
const Tag = structure({
  Key: TagKey,
  Value: string({ min: 0, max: 256, pattern: new RegExp(`${CHARACTERS}*`, 'u') }),
});

export const Tags = list(Tag, { max: QUOTAS.tags });
export const TagKeys = list(TagKey, { max: QUOTAS.tags });
type Tags = TypeOf<typeof Tags>;

/** For `requestTags` of operations. */
export function requestTags({ Tags }: { readonly Tags?: Tags | undefined }): TagMap | undefined {
  return Tags && Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

/**
 * The tags of a request as a row keeps them.
 * @throws InvalidInput when two keys differ in case at most, or one has the prefix that AWS keeps for itself.
 */
export function writeTags(tags: Tags = []): string {
  const keys = tags.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length) {
    throw InvalidInput({ message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.' });
  }
  if (keys.some((key) => key.startsWith('aws:'))) {
    throw InvalidInput({ message: 'Tag keys must not begin with aws:, which is reserved.' });
  }
  return JSON.stringify(requestTags({ Tags: tags }));
}

/** Tags as a row keeps them. */
export function readTags(text: string): TagMap {
  return JSON.parse(text);
}

/** Tags as replies have them. */
export function tagList(text: string): Tags {
  return Object.entries(readTags(text)).map(([Key, Value]) => ({ Key, Value }));
}

/** One page of the tags of a row. */
export function tagPage(
  { input, pages }: Call<PageRequest> & Pick<IamContext, 'pages'>,
  operation: string,
  { id, tags }: { readonly id: string; readonly tags: string },
) {
  const keyOf = ({ Key }: Tags[number]) => Key;
  return readPage(pages, { operation, filters: [id] }, input, keyOf, pageOf(tagList(tags), keyOf));
}

type Tagged = 'iam_user' | 'iam_role' | 'iam_policy';
type Row = { readonly id: string; readonly tags: string };

/** Adds tags and changes those whose keys are there. @throws InvalidInput and LimitExceeded */
export async function addTags(
  transaction: Transaction<IamTables>,
  table: Tagged,
  row: Row,
  added: Tags,
): Promise<void> {
  writeTags(added);
  const given = added.map(({ Key }) => Key.toLowerCase());
  const kept = tagList(row.tags).filter(({ Key }) => !given.includes(Key.toLowerCase()));
  if (kept.length + added.length > QUOTAS.tags) throw exceeded('TagsPerResource', QUOTAS.tags);
  await setTags(transaction, table, row.id, [...kept, ...added]);
}

export async function removeTags(
  transaction: Transaction<IamTables>,
  table: Tagged,
  row: Row,
  keys: readonly string[],
): Promise<void> {
  const gone = keys.map((key) => key.toLowerCase());
  const kept = tagList(row.tags).filter(({ Key }) => !gone.includes(Key.toLowerCase()));
  await setTags(transaction, table, row.id, kept);
}

async function setTags({ sql }: Transaction<IamTables>, table: Tagged, id: string, tags: Tags): Promise<void> {
  await sql
    .updateTable(table)
    .set({ tags: writeTags(tags) })
    .where('id', '=', id)
    .execute();
}
