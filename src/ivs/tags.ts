/** Tags of rooms and logging configurations (spec/ivs-chat 3.3, 3.4). They are kept with what they are on. */
import { InternalServer } from '../aws/errors.ts';
import type { TagMap } from '../aws/ports.ts';
import { list, map, path, query, string, structure } from '../aws/shape.ts';
import type { Transaction } from '../storage/database.ts';
import { invalid, notFound, ResourceNotFound } from './errors.ts';
import { type Identified, identify, ResourceArn } from './identifiers.ts';
import { type IvsContext, operation } from './operation.ts';
import type { IvsTables } from './tables.ts';

const MAXIMUM_TAGS = 50;
const TagKey = string({ min: 1, max: 128 });

export const Tags = map(TagKey, string({ min: 0, max: 256 }), { min: 0, max: MAXIMUM_TAGS });

/** @throws ValidationException when a key has the prefix that AWS keeps for itself. */
export function checkKeys(tags: TagMap): void {
  if (!Object.keys(tags).some((key) => /^aws:/i.test(key))) return;
  throw invalid({ name: 'tags', message: 'keys must not begin with aws:' });
}

/** Tags as a row keeps them. */
export function readTags(text: string): TagMap {
  return JSON.parse(text);
}

export const tags = {
  ListTagsForResource: operation({
    http: 'GET /tags/{resourceArn} 200',
    action: 'ivschat:ListTagsForResource',
    rate: 10,
    resource: ({ input }) => input.resourceArn,
    input: structure({ resourceArn: path('resourceArn', ResourceArn) }),
    output: structure({ tags: Tags }),
    errors: [ResourceNotFound, InternalServer],
    async handle({ input, scope, read }) {
      const identified = identify(scope, input.resourceArn);
      const tags = await tagsOf(read, identified);
      if (!tags) throw notFound(identified.type, identified.id);
      return { tags };
    },
  }),

  TagResource: operation({
    http: 'POST /tags/{resourceArn} 200',
    action: 'ivschat:TagResource',
    rate: 10,
    resource: ({ input }) => input.resourceArn,
    requestTags: ({ tags }) => tags,
    input: structure({ resourceArn: path('resourceArn', ResourceArn), tags: Tags }),
    output: structure({}),
    errors: [ResourceNotFound, InternalServer],
    async handle({ input, scope, write, rooms }) {
      checkKeys(input.tags);
      const resource = identify(scope, input.resourceArn);
      await write(async (transaction) => {
        await changeTags(transaction, resource, (tags) => ({ ...tags, ...input.tags }));
        transaction.onDurable(() => rooms.drop(resource.id));
      });
      return {};
    },
  }),

  UntagResource: operation({
    http: 'DELETE /tags/{resourceArn} 200',
    action: 'ivschat:UntagResource',
    rate: 10,
    resource: ({ input }) => input.resourceArn,
    requestTags: ({ tagKeys }) => tagKeys,
    input: structure({
      resourceArn: path('resourceArn', ResourceArn),
      tagKeys: query('tagKeys', list(TagKey, { min: 0, max: MAXIMUM_TAGS })),
    }),
    output: structure({}),
    errors: [ResourceNotFound, InternalServer],
    async handle({ input, scope, write, rooms }) {
      const resource = identify(scope, input.resourceArn);
      await write(async (transaction) => {
        await changeTags(transaction, resource, (tags) =>
          Object.fromEntries(Object.entries(tags).filter(([key]) => !input.tagKeys.includes(key))),
        );
        transaction.onDurable(() => rooms.drop(resource.id));
      });
      return {};
    },
  }),
};

/** The tags of a room or logging configuration; undefined when it does not exist. */
export function tagsOf(read: IvsContext['read'], { type, id }: Identified): Promise<TagMap | undefined> {
  return read(async (sql) => {
    const row = await sql.selectFrom(tableOf(type)).select('tags').where('id', '=', id).executeTakeFirst();
    return row && readTags(row.tags);
  });
}

function tableOf(type: Identified['type']): 'ivs_room' | 'ivs_logging_configuration' {
  return type === 'ROOM' ? 'ivs_room' : 'ivs_logging_configuration';
}

async function changeTags(
  { sql }: Transaction<IvsTables>,
  { type, id }: Identified,
  change: (tags: TagMap) => TagMap,
): Promise<void> {
  const table = tableOf(type);
  const row = await sql.selectFrom(table).select('tags').where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound(type, id);
  const tags = change(readTags(row.tags));
  if (Object.keys(tags).length > MAXIMUM_TAGS) {
    throw invalid({ name: 'tags', message: `a resource has at most ${MAXIMUM_TAGS} tags` });
  }
  await sql
    .updateTable(table)
    .set({ tags: JSON.stringify(tags) })
    .where('id', '=', id)
    .execute();
}
