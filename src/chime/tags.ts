/** Tags of app instances, users, bots and channels (spec/chime-messaging 3.11). They are kept with what they are on. */
import type { Scope } from '../aws/arn.ts';
import type { TagMap } from '../aws/ports.ts';
import { list, query, string, structure, type TypeOf } from '../aws/shape.ts';
import type { Query } from '../storage/database.ts';
import { ChimeArn, findAppInstanceId, findNamed } from './arns.ts';
import { BadRequest, invalidArn, ResourceLimitExceeded } from './errors.ts';
import { operation } from './operation.ts';

const MAXIMUM_TAGS = 50;
const TagKey = string({ min: 1, max: 128 });

export const Tags = list(structure({ Key: TagKey, Value: string({ min: 1, max: 256 }) }), {
  min: 1,
  max: MAXIMUM_TAGS,
});

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

function readTags(text: string): TagMap {
  return JSON.parse(text);
}

/** Both services have these operations. They say nothing of whose resource it is, and take no bearer. */
export const tags = {
  ListTagsForResource: operation({
    http: 'GET /tags 200',
    action: 'chime:ListTagsForResource',
    resource: ({ input }) => input.ResourceARN,
    input: structure({ ResourceARN: query('arn', ChimeArn) }),
    output: structure({ Tags: list(structure({ Key: string(), Value: string() })) }),
    errors: [],
    async handle({ input, scope, read }) {
      const found = await read((_, query) => requireTagged(query, scope, input.ResourceARN));
      return { Tags: Object.entries(readTags(found.tags)).map(([Key, Value]) => ({ Key, Value })) };
    },
  }),

  TagResource: operation({
    http: 'POST /tags?operation=tag-resource 204',
    action: 'chime:TagResource',
    resource: ({ input }) => input.ResourceARN,
    requestTags: ({ Tags }) => tagMap(Tags),
    input: structure({ ResourceARN: ChimeArn, Tags }),
    errors: [ResourceLimitExceeded],
    async handle({ input, scope, write }) {
      const added = readTags(writeTags(input.Tags));
      await write(async ({ query }) => {
        const { table, pk, tags } = await requireTagged(query, scope, input.ResourceARN);
        const all = { ...readTags(tags), ...added };
        if (Object.keys(all).length > MAXIMUM_TAGS) {
          throw ResourceLimitExceeded(`A resource has at most ${MAXIMUM_TAGS} tags.`);
        }
        await query(`UPDATE ${table} SET tags = ? WHERE pk = ?`, JSON.stringify(all), pk);
      });
    },
  }),

  UntagResource: operation({
    http: 'POST /tags?operation=untag-resource 204',
    action: 'chime:UntagResource',
    resource: ({ input }) => input.ResourceARN,
    requestTags: ({ TagKeys }) => TagKeys,
    input: structure({ ResourceARN: ChimeArn, TagKeys: list(TagKey, { min: 1, max: MAXIMUM_TAGS }) }),
    errors: [],
    async handle({ input, scope, write }) {
      await write(async ({ query }) => {
        const { table, pk, tags } = await requireTagged(query, scope, input.ResourceARN);
        const left = Object.entries(readTags(tags)).filter(([key]) => !input.TagKeys.includes(key));
        await query(`UPDATE ${table} SET tags = ? WHERE pk = ?`, JSON.stringify(Object.fromEntries(left)), pk);
      });
    },
  }),
};

/** The tags of a resource, for `aws:ResourceTag/*`; undefined when it does not exist. */
export async function tagsOf(query: Query, scope: Scope, arn: string): Promise<TagMap | undefined> {
  const found = await findTagged(query, scope, arn);
  return found && readTags(found.tags);
}

/** A row that has tags. */
interface Tagged {
  readonly table: 'chime_app_instance' | 'chime_identity' | 'chime_channel';
  readonly pk: number;
  readonly tags: string;
}

async function findTagged(query: Query, scope: Scope, arn: string): Promise<Tagged | undefined> {
  const appInstanceId = findAppInstanceId(scope, arn);
  if (appInstanceId !== undefined) {
    const table = 'chime_app_instance';
    const [row] = await query<Omit<Tagged, 'table'>>(`SELECT pk, tags FROM ${table} WHERE id = ?`, appInstanceId);
    return row && { table, ...row };
  }
  const named = findNamed(scope, arn, 'user', 'bot', 'channel');
  if (!named) return undefined;
  const table = named.kind === 'channel' ? 'chime_channel' : 'chime_identity';
  const [row] = await query<Omit<Tagged, 'table'>>(
    `SELECT t.pk, t.tags FROM ${table} t JOIN chime_app_instance a ON a.pk = t.app_instance_pk
     WHERE a.id = ? AND t.id = ? ${named.kind === 'channel' ? '' : `AND t.kind = '${named.kind}' AND t.deleted_at IS NULL`}`,
    named.appInstanceId,
    named.id,
  );
  return row && { table, ...row };
}

/** @throws ForbiddenException when nothing that has tags is called that */
async function requireTagged(query: Query, scope: Scope, arn: string): Promise<Tagged> {
  const found = await findTagged(query, scope, arn);
  if (!found) throw invalidArn('resource');
  return found;
}
