/**
 * Policy variables: `${aws:username}`, `${key, 'default'}` and the escapes `${*}`, `${?}` and `${$}` (IAM user guide,
 * "Variables and tags").
 */

/** The facts of a request, by condition key in lower case. A key with an empty list is absent. */
export type Context = Pick<ReadonlyMap<string, readonly string[]>, 'get'>;

export interface Variable {
  /** The condition key as written. */
  readonly name: string;
  /** The condition key in lower case, as it is found in a context. */
  readonly key: string;
  /** Its value when the key has none. */
  readonly fallback: string | undefined;
}

const VARIABLE = /\$\{(?:([*?$])|([^}',]+)(?:, *'([^']*)')?)\}/y;

/**
 * Reads what starts with `${` at `at`.
 * @returns the variable, or the character that an escape stands for, and where the text goes on
 * @throws SyntaxError when it is no variable
 */
export function readVariable(text: string, at: number): { value: Variable | string; end: number } {
  VARIABLE.lastIndex = at;
  const [whole, escaped, key = '', fallback] = VARIABLE.exec(text) ?? [];
  if (whole === undefined) throw new SyntaxError(`has a "\${" at character ${at + 1} that starts no policy variable`);
  const name = key.trim();
  return { value: escaped ?? { name, key: name.toLowerCase(), fallback }, end: at + whole.length };
}

/**
 * The value of a variable in a request. A key with several values has none, for only single-valued keys are variables.
 * @returns undefined when it has none and there is no default
 */
export function resolveVariable({ key, fallback }: Variable, context: Context): string | undefined {
  const values = context.get(key);
  return values?.length === 1 ? values[0] : fallback;
}
