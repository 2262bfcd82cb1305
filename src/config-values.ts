/** What is given for the options of `parlor serve`, and how one of them is read: flag > environment > file > default. */
import { readFileSync } from 'node:fs';
import { OPTIONS, type Option } from './options.ts';

/** An option is missing, malformed or contradicts another. The message is one line for a person. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Given = string | boolean | readonly string[];

/** What was given for each option, and where: a flag, a variable, a member of the file, the default. */
export type Values = ReadonlyMap<string, { value: Given; from: string }>;

/** Variables that mean something elsewhere, or will: not warned about. */
const OTHER_VARIABLES = ['PARLOR_ENDPOINT'];

/**
 * Collects what was given.
 * @param flags by long name, as the command line gave them
 * @throws ConfigError when the file cannot be read
 */
export function collectValues(flags: ReadonlyMap<string, Given>, env: NodeJS.ProcessEnv) {
  const path = flags.get('config') ?? env['PARLOR_CONFIG'];
  const { iam, options: file } =
    typeof path === 'string' ? readFile(path) : { iam: undefined, options: new Map<string, Given>() };
  const values = new Map<string, { value: Given; from: string }>();
  for (const option of OPTIONS as readonly Option[]) {
    const variable = option.env === undefined ? undefined : env[option.env];
    const [value, from] = [
      [flags.get(option.name), `--${option.name}`],
      [variable === '' ? undefined : variable, option.env],
      [file.get(option.name), `"${option.name}" in ${path}`],
      [option.default, 'default'],
    ].find(([candidate]) => candidate !== undefined) ?? [undefined, ''];
    if (value !== undefined) values.set(option.name, { value: value as Given, from: String(from) });
  }
  return { values, iam, file: String(path), warnings: unknownVariables(env) };
}

export function wrong(values: Values, name: string, why: string): ConfigError {
  const { value, from } = values.get(name) ?? { value: '', from: name };
  const secret = (OPTIONS as readonly Option[]).some((option) => option.name === name && option.secret);
  return new ConfigError(`${from}${secret ? '' : ` ${JSON.stringify(value)}`} ${why}.`);
}

export function text(values: Values, name: string): string {
  const value = values.get(name)?.value ?? '';
  if (typeof value !== 'string') throw wrong(values, name, 'must be a string');
  return value;
}

export function matching(values: Values, name: string, pattern: RegExp, why: string): string {
  const value = text(values, name);
  if (!pattern.test(value)) throw wrong(values, name, why);
  return value;
}

export function integer(values: Values, name: string, minimum: number, maximum: number): number {
  const value = text(values, name);
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= minimum && number <= maximum)) {
    throw wrong(values, name, `must be a whole number from ${minimum} to ${maximum}`);
  }
  return number;
}

export function oneOf<Choice extends string>(values: Values, name: string, choices: readonly Choice[]): Choice {
  const value = text(values, name);
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw wrong(values, name, `must be one of ${choices.join(', ')}`);
  return choice;
}

export function flag(values: Values, name: string): boolean | undefined {
  const value = values.get(name)?.value;
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === '1' || value === 'true') return true;
  if (value === '0' || value === 'false') return false;
  throw wrong(values, name, 'must be true or false');
}

/** The entries of a repeatable option; in the environment they are separated by commas or spaces. */
export function list(values: Values, name: string): string[] {
  const value = values.get(name)?.value ?? [];
  const entries = Array.isArray(value) ? value : String(value).split(/[\s,]+/);
  return entries.filter((entry) => entry !== '');
}

/** The options of a file, and what it declares. */
function readFile(path: string): { readonly options: Map<string, Given>; readonly iam: unknown } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(
      `--config ${path} cannot be read as JSON: ${error instanceof Error ? error.message : error}.`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError(`--config ${path} must hold a JSON object.`);
  }
  const { iam, ...options }: Readonly<Record<string, unknown>> = { ...parsed };
  return {
    iam,
    options: new Map(Object.entries(options).map(([name, value]) => [name, fileValue(path, name, value)])),
  };
}

function fileValue(path: string, name: string, value: unknown): Given {
  const option = (OPTIONS as readonly Option[]).find((candidate) => candidate.name === name);
  if (option === undefined || name === 'config' || name === 'supervise') {
    throw new ConfigError(`--config ${path} has the unknown member ${JSON.stringify(name)}.`);
  }
  if (option.repeatable && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).map(([key, each]) => `${key}=${each}`);
  }
  if (Array.isArray(value) && option.repeatable && value.every((each) => typeof each === 'string')) return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  throw new ConfigError(`--config ${path}: ${JSON.stringify(name)} must be a string, a number or true or false.`);
}

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set([...(OPTIONS as readonly Option[]).map(({ env: name }) => name), ...OTHER_VARIABLES]);
  return Object.keys(env)
    .filter((name) => name.startsWith('PARLOR_') && !known.has(name))
    .map((name) => `The environment variable ${name} is unknown and ignored.`);
}
