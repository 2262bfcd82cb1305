/** The AWS SDK's schemas of operations, and shapes of ours, as both sides can say them. */
import type { Shape } from '../../../src/aws/shape.ts';

/** A shape without its constraints. */
export type Plain = string | { readonly [member: string]: Plain };

/** A shape of ours. */
export function ofShape({ type, members, member, location }: Shape<unknown>, atTop = true): Plain {
  const where = location && `${location.in}:${location.name}`;
  if (members) {
    const entries = Object.entries(members).map(([name, shape]) => [name, ofShape(shape, false)] as const);
    return Object.fromEntries(entries.sort());
  }
  const what = member ? `${type} of ${JSON.stringify(ofShape(member, false))}` : type;
  return atTop || !where ? what : `${what} in ${where}`;
}

const SIMPLE = new Map<unknown, string>([
  [0, 'string'],
  [1, 'integer'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [5, 'timestamp'],
  [64, 'list of "string"'],
  [128, 'map of "string"'],
]);

/** A schema of the SDK: arrays that begin with a code, behind functions and beside traits. */
export function ofSchema(schema: unknown, name = ''): Plain {
  const given = typeof schema === 'function' ? schema() : schema;
  if (!Array.isArray(given)) return SIMPLE.get(given) ?? String(given);
  const [code, second, third, , fifth, sixth] = given;
  // [0, namespace, name, traits, of] is a named simple shape; [of, traits] one with its place in the request.
  if (code === 0 && typeof second === 'string' && typeof third === 'string') return ofSchema(fifth, name);
  if (given.length === 2) {
    const of = ofSchema(code, name);
    return typeof of === 'string' ? `${of}${placeOf(second, name)}` : of;
  }
  if (code === 2) return `map of ${JSON.stringify(ofSchema(sixth, name))}`;
  if (code === 1) return `list of ${JSON.stringify(ofSchema(fifth, name))}`;
  if (code === 3 || code === 4) {
    const names: string[] = fifth;
    const entries = names.map((member, i) => [member, ofSchema(sixth[i], member)] as const);
    return Object.fromEntries(entries.sort());
  }
  throw new Error(`an SDK schema of an unknown kind: ${JSON.stringify(given)}`);
}

function placeOf(traits: unknown, name: string): string {
  if (traits === 1) return ` in path:${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  if (typeof traits !== 'object' || traits === null) return '';
  if ('httpQuery' in traits) return ` in query:${traits.httpQuery}`;
  return 'httpHeader' in traits ? ` in header:${traits.httpHeader}` : '';
}

interface Command {
  readonly schema: OperationSchema;
}

export type OperationSchema = readonly [
  number,
  string,
  string,
  { http: [method: string, path: string, status: number] },
  unknown,
  unknown,
];

/** The schemas of a client's operations, by name. @param sdk a module `@aws-sdk/client-…` */
export function schemasOf(sdk: object): Map<string, OperationSchema> {
  return new Map(
    Object.entries(sdk)
      .filter(([name]) => /\w+Command$/.test(name) && name !== '$Command')
      .map(([name, command]) => {
        const { schema } = Reflect.construct(command as new () => Command, [{}]);
        return [name.replace(/Command$/, ''), schema as OperationSchema];
      }),
  );
}
