/** Patterns for ARNs: in the `Resource` element and under the `Arn…` condition operators. */
import { compilePattern, matches, type Pattern } from './pattern.ts';
import { type Context, readVariable, type Variable } from './policy-variables.ts';

const FIELDS = ['arn', 'partition', 'service', 'region', 'account', 'resource'] as const;

/** Cuts a pattern at its first five colons; those in variables do not count. */
function cut(text: string, variables: boolean): string[] {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && fields.length < FIELDS.length - 1; ) {
    if (variables && text.startsWith('${', at)) {
      at = readVariable(text, at).end;
    } else {
      if (text.charAt(at) === ':') {
        fields.push(text.slice(start, at));
        start = at + 1;
      }
      at += 1;
    }
  }
  fields.push(text.slice(start));
  return fields;
}

/**
 * Compiles a value of `Resource` or `NotResource`: `*` or an ARN. Wildcards stand for any characters, `/` and `:`
 * included, for AWS lets a `*` that ends a field match beyond it. An ARN with less than six fields stands for itself
 * and for all ARNs that begin with its fields, as AWS completes it with `*` (IAM user guide, "Resource").
 * @returns patterns, of which one must match
 * @throws SyntaxError when it is neither `*` nor an ARN of one service
 */
export function compileResource(text: string, variables: boolean): Pattern[] {
  const options = { wildcards: true, variables };
  if (text === '*') return [compilePattern(text, options)];
  const fields = cut(text, variables);
  const [prefix, partition, service] = fields;
  if (prefix !== 'arn' || !partition) throw new SyntaxError('must be "*" or an ARN');
  if (!service || !/^[\w-]+$/.test(service)) throw new SyntaxError('must name one service, without wildcards');
  const missing = FIELDS.length - fields.length;
  const spellings = missing === 0 ? [text] : [text, text + ':*'.repeat(missing)];
  return spellings.map((spelling) => compilePattern(spelling, options));
}

/** A pattern under an `Arn…` operator. */
export interface ArnPattern {
  /** One for each field; a single one is for the whole text. */
  readonly fields: readonly Pattern[];
  readonly variables: readonly Variable[];
}

/** Compiles a value under an `Arn…` operator. One that has not six fields, such as a variable, is for the whole ARN. */
export function compileArnPattern(text: string, variables: boolean): ArnPattern {
  const fields = cut(text, variables);
  const compiled = (fields.length === FIELDS.length ? fields : [text]).map((field) =>
    compilePattern(field, { wildcards: true, variables }),
  );
  return { fields: compiled, variables: compiled.flatMap((pattern) => pattern.variables) };
}

/** Whether an ARN matches, each field by itself. */
export function matchesArn(pattern: ArnPattern, arn: string, context: Context): boolean {
  const texts = pattern.fields.length === 1 ? [arn] : cut(arn, false);
  return (
    texts.length === pattern.fields.length &&
    pattern.fields.every((field, index) => matches(field, texts[index] ?? '', context))
  );
}
