/** What is wrong with a policy document, and where; and how its JSON is taken apart so that this can be said. */
import { abbreviate, type Json, JsonNumber, type JsonObject, quote } from './policy-json.ts';

/** A document that may not be put. */
export class MalformedPolicy extends Error {
  override readonly name = 'MalformedPolicy';
  /** For example `Statement[1].Condition.StringEquals`; empty: the whole document. */
  readonly place: string;

  /** @param problem what is wrong, to be read after the place */
  constructor(place: string, problem: string) {
    const shown = abbreviate(place);
    super(`${place === '' ? 'The policy document' : shown} ${problem}.`);
    this.place = shown;
  }
}

/** Gives what `compile` gives; its SyntaxErrors become MalformedPolicy at a place. */
export function compileAt<T>(place: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedPolicy(place, error.message);
    throw error;
  }
}

export function readObject(json: Json | undefined, place: string): JsonObject {
  if (isObject(json)) return json;
  throw new MalformedPolicy(place, 'must be an object');
}

export function readString(json: Json | undefined, place: string): string {
  if (typeof json === 'string') return json;
  throw new MalformedPolicy(place, 'must be a string');
}

/** Reads a value or an array of at least one, each with its place. */
export function readList<T>(json: Json, place: string, read: (json: Json, place: string) => T): T[] {
  if (!isArray(json)) return [read(json, place)];
  if (json.length === 0) throw new MalformedPolicy(place, 'must hold at least one value');
  return json.map((element, index) => read(element, `${place}[${index}]`));
}

/** Reads a condition's value: a string, or a number or boolean as it is written. */
export function readScalar(json: Json, place: string): string {
  if (typeof json === 'string') return json;
  if (typeof json === 'boolean') return String(json);
  if (json instanceof JsonNumber) return json.text;
  throw new MalformedPolicy(place, 'must be a string, a number or a boolean');
}

/** Reads one of a few strings. */
export function readChoice<T extends string>(json: Json | undefined, place: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === json);
  if (choice !== undefined) return choice;
  throw new MalformedPolicy(place, `must be ${choices.map((one) => `"${one}"`).join(' or ')}`);
}

export function refuseUnknownMembers(object: JsonObject, place: string, known: readonly string[]): void {
  for (const name of object.keys()) {
    if (!known.includes(name)) throw new MalformedPolicy(place, `must not have a member ${quote(name)}`);
  }
}

function isObject(json: Json | undefined): json is JsonObject {
  return json instanceof Map;
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
