/** The client's side of the query protocol: forms to send, and what replies in XML say. */
import { fromText, type Shape } from './shape.ts';
import { type Element, readXml } from './xml-reader.ts';

/** The form of a request. @param version of the API, for example `2010-05-08` */
export function writeQuery(version: string, action: string, shape: Shape<unknown>, input: unknown): string {
  const parameters: [string, string][] = [
    ['Action', action],
    ['Version', version],
  ];
  flatten(shape, '', input, parameters);
  return new URLSearchParams(parameters).toString();
}

/**
 * What a reply says, as JSON that the operation's output shape reads; of an error `__type` and `message`.
 * @returns undefined when the text is no reply of this protocol
 */
export function readQueryReply(text: string, output: Shape<unknown> | undefined): unknown {
  const root = readXml(text);
  if (root === undefined) return undefined;
  const error = child(root, 'Error');
  if (error) return { __type: child(error, 'Code')?.text, message: child(error, 'Message')?.text };
  const result = root.children.find(({ name }) => name.endsWith('Result'));
  return output && result ? jsonOf(output, result) : {};
}

function flatten(
  { members, member, type }: Shape<unknown>,
  name: string,
  value: unknown,
  parameters: [string, string][],
): void {
  if (value === undefined || value === null) return;
  if (members && typeof value === 'object') {
    const given = new Map<string, unknown>(Object.entries(value));
    for (const [part, shape] of Object.entries(members)) {
      flatten(shape, name === '' ? part : `${name}.${part}`, given.get(part), parameters);
    }
  } else if (member && Array.isArray(value)) {
    if (value.length === 0) parameters.push([name, '']);
    for (const [index, item] of value.entries()) flatten(member, `${name}.member.${index + 1}`, item, parameters);
  } else if (member && type === 'map' && typeof value === 'object') {
    for (const [index, [key, entry]] of Object.entries(value).entries()) {
      parameters.push([`${name}.entry.${index + 1}.key`, key]);
      flatten(member, `${name}.entry.${index + 1}.value`, entry, parameters);
    }
  } else {
    parameters.push([name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  }
}

function jsonOf(shape: Shape<unknown>, element: Element): unknown {
  const { members, member, type } = shape;
  if (members) {
    const entries = Object.entries(members).flatMap(([name, of]) => {
      const part = child(element, name);
      return part ? [[name, jsonOf(of, part)] as const] : [];
    });
    return Object.fromEntries(entries);
  }
  if (member && type === 'map') {
    const entries = element.children.map((entry) => {
      const value = child(entry, 'value');
      return [child(entry, 'key')?.text ?? '', value && jsonOf(member, value)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (member) return element.children.map((item) => jsonOf(member, item));
  return fromText(shape, [element.text]);
}

function child({ children }: Element, name: string): Element | undefined {
  return children.find((one) => one.name === name);
}
