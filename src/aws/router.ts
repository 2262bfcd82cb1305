/** Finds the operation of a request by method, path and query. */
import { MalformedHttpRequest } from './errors.ts';
import type { Operation, Service } from './operation.ts';

/** A route as declared: `POST /channels/{channelArn}?operation=redact 200`. */
interface Route {
  readonly service: Service;
  readonly name: string;
  readonly operation: Operation<unknown, unknown, object>;
  readonly status: number;
  readonly labels: readonly string[];
  /** The fixed query parameters that single it out. */
  readonly query: readonly (readonly [name: string, value: string])[];
}

interface Node {
  readonly literals: Map<string, Node>;
  label: Node | undefined;
  /** By method; the routes with more fixed parameters first. */
  readonly routes: Map<string, Route[]>;
}

export interface Match {
  readonly service: Service;
  /** The AWS name of the operation. */
  readonly name: string;
  readonly operation: Operation<unknown, unknown, object>;
  /** HTTP status of success. */
  readonly status: number;
  /** Decoded: the text of a label, the values of a query parameter in order. */
  pathParameter(label: string): string | undefined;
  queryParameter(name: string): readonly string[];
}

export interface Router {
  /**
   * @param target the request target as sent. The path is split on `/` before anything is decoded, since an ARN is
   *   one segment with `%2F` in it.
   * @throws MalformedHttpRequestException when a segment or parameter is not percent-encoded UTF-8.
   */
  find(method: string, target: string): Match | undefined;
}

/** @param pathPrefix is cut off the path before it is matched; `''` or `/some/prefix`. */
export function createRouter(services: readonly Service[], pathPrefix = ''): Router {
  const root = createNode();
  for (const service of services) {
    for (const [name, operation] of Object.entries(service.operations)) insert(root, service, name, operation);
  }

  return {
    find(method, target) {
      const mark = target.indexOf('?');
      const path = mark < 0 ? target : target.slice(0, mark);
      if (!path.startsWith(`${pathPrefix}/`)) return undefined;
      const found = walk(root, path.slice(pathPrefix.length + 1).split('/'));
      const routes = found?.node.routes.get(method);
      if (!found || !routes) return undefined;
      const query = mark < 0 ? [] : parseQuery(target.slice(mark + 1));
      const route = routes.find((candidate) =>
        candidate.query.every(([name, value]) => query.some((given) => given[0] === name && given[1] === value)),
      );
      if (!route) return undefined;
      return {
        service: route.service,
        name: route.name,
        operation: route.operation,
        status: route.status,
        pathParameter: (label) => found.values[route.labels.indexOf(label)],
        queryParameter: (name) => query.filter((given) => given[0] === name).map((given) => given[1]),
      };
    },
  };
}

function createNode(): Node {
  return { literals: new Map(), label: undefined, routes: new Map() };
}

function insert(root: Node, service: Service, name: string, operation: Operation<unknown, unknown, object>): void {
  const [method = '', target = '', status = ''] = operation.http.split(' ');
  const [path = '', fixed = ''] = target.split('?');
  const labels: string[] = [];
  let node = root;
  for (const segment of path.slice(1).split('/')) {
    if (segment.startsWith('{')) {
      labels.push(segment.slice(1, -1));
      node.label ??= createNode();
      node = node.label;
    } else {
      const next = node.literals.get(segment) ?? createNode();
      node.literals.set(segment, next);
      node = next;
    }
  }
  const query = parseQuery(fixed);
  const routes = node.routes.get(method) ?? [];
  if (routes.some((other) => String(other.query) === String(query))) {
    throw new Error(`${name} of ${service.name} has the route of another operation: ${operation.http}`);
  }
  routes.push({ service, name, operation, status: Number(status), labels, query });
  routes.sort((a, b) => b.query.length - a.query.length);
  node.routes.set(method, routes);
}

/** Follows the raw segments, a literal before a label; gives the labels' decoded texts. */
function walk(root: Node, segments: readonly string[]): { node: Node; values: readonly string[] } | undefined {
  const values: string[] = [];
  let node = root;
  for (const segment of segments) {
    const text = decode(segment);
    const literal = node.literals.get(text);
    if (!literal) values.push(text);
    const next: Node | undefined = literal ?? node.label;
    if (!next) return undefined;
    node = next;
  }
  return { node, values };
}

/** The parameters of a raw query string, decoded, in order; one without `=` has the value `''`. */
export function parseQuery(raw: string): (readonly [name: string, value: string])[] {
  if (raw === '') return [];
  return raw
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))] as const;
    });
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw MalformedHttpRequest({ message: 'The request target is not percent-encoded UTF-8.' });
  }
}
