/**
 * The protocol that AWS calls query, of IAM and STS: `POST /` with a form that names version, action and parameters,
 * answered in XML.
 */
import { isUtf8 } from 'node:buffer';
import type { HttpRequest, HttpResponse } from '../transport/ports.ts';
import {
  AccessDenied,
  type AwsError,
  ExpiredToken,
  errorType,
  IncompleteSignature,
  InternalServer,
  InvalidSignature,
  MalformedHttpRequest,
  MissingAuthenticationToken,
  UnrecognizedClient,
} from './errors.ts';
import type { Operation, Service } from './operation.ts';
import type { Protocol } from './protocol.ts';
import { parseQuery } from './router.ts';
import { fromText, readInput, type Shape } from './shape.ts';
import { escapeXml, writeContent } from './xml.ts';

/** What singles out a service that speaks this protocol. */
export interface QueryApi {
  /** The `Version` of its requests, for example `2010-05-08`. */
  readonly version: string;
  /** The XML namespace of its replies. */
  readonly namespace: string;
}

const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
const MAXIMUM_PARAMETERS = 2000;
/** A parameter's name has at most so many parts: `ContextEntries.member.1.ContextKeyValues.member.1`. */
const MAXIMUM_DEPTH = 8;

export const InvalidAction = errorType<{ readonly message: string }>('InvalidAction', 400);

/** The names that this protocol has for what the pipeline refuses; an operation may have an error of such a type too. */
const CODES: ReadonlyMap<string, string> = new Map(
  (
    [
      [AccessDenied, 'AccessDenied'],
      [ExpiredToken, 'ExpiredToken'],
      [IncompleteSignature, 'IncompleteSignature'],
      [InternalServer, 'ServiceFailure'],
      [InvalidSignature, 'SignatureDoesNotMatch'],
      [MalformedHttpRequest, 'MalformedInput'],
      [MissingAuthenticationToken, 'MissingAuthenticationToken'],
      [UnrecognizedClient, 'InvalidClientTokenId'],
    ] as const
  ).map(([{ type, status }, code]) => [`${status} ${type}`, code]),
);

export interface QueryProtocol extends Protocol {
  /** Whether a request is meant for this protocol. */
  speaks(request: HttpRequest): boolean;
}

/** @param services those without `query` are none of its own. */
export function createQueryProtocol(services: readonly Service[], pathPrefix = ''): QueryProtocol {
  const byVersion = new Map(
    services.flatMap((service) => (service.query ? [[service.query.version, service] as const] : [])),
  );
  const path = `${pathPrefix}/`;
  return {
    speaks({ method, target, headers }) {
      if (method === 'GET') return target.startsWith(`${path}?`) && /[?&]Action=/.test(target);
      return method === 'POST' && target.split('?', 1)[0] === path && FORM.test(String(headers['content-type']));
    },

    identify(request) {
      const parameters = readParameters(request);
      const find = (name: string) => parameters.find((parameter) => parameter[0] === name)?.[1] ?? '';
      const name = find('Action');
      const service = byVersion.get(find('Version'));
      const operation = service && Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
      if (!service || !operation) {
        throw InvalidAction({ message: `Could not find operation ${name} for version ${find('Version')}` });
      }
      return {
        service,
        name,
        operation,
        readInput(problems) {
          const body = jsonOf(operation.input, treeOf(parameters));
          return readInput(operation.input, { body, parameter: () => [] }, problems);
        },
        reply: (requestId, output) =>
          xmlResponse(200, requestId, replyDocument(service, name, operation, requestId, output)),
      };
    },

    fail: (requestId, error, service) =>
      xmlResponse(error.status, requestId, errorDocument(error, requestId, service?.query?.namespace)),
  };
}

type Parameters = readonly (readonly [name: string, text: string])[];

function readParameters({ method, target, body }: HttpRequest): Parameters {
  if (!isUtf8(body)) throw MalformedHttpRequest({ message: 'The body must be UTF-8.' });
  const mark = target.indexOf('?');
  const parameters = parseQuery(method === 'GET' ? target.slice(mark + 1) : body.toString());
  if (parameters.length <= MAXIMUM_PARAMETERS) return parameters;
  throw MalformedHttpRequest({ message: `A request has at most ${MAXIMUM_PARAMETERS} parameters.` });
}

/** A parameter with those whose names continue its own. */
interface Parameter {
  text?: string;
  readonly parts: Map<string, Parameter>;
}

function treeOf(parameters: Parameters): Parameter {
  const root: Parameter = { parts: new Map() };
  for (const [name, text] of parameters) {
    let parameter = root;
    for (const part of name.split('.', MAXIMUM_DEPTH)) {
      const next = parameter.parts.get(part) ?? { parts: new Map() };
      parameter.parts.set(part, next);
      parameter = next;
    }
    parameter.text ??= text;
  }
  return root;
}

/** The JSON value that a shape reads: `Tags.member.1.Key=a` is `{ Tags: [{ Key: 'a' }] }`. An empty list is `Tags=`. */
function jsonOf(shape: Shape<unknown>, { text, parts }: Parameter): unknown {
  const { members, member } = shape;
  if (members) {
    const entries = Object.entries(members).flatMap(([name, of]) => {
      const part = parts.get(name);
      return part ? [[name, jsonOf(of, part)] as const] : [];
    });
    return Object.fromEntries(entries);
  }
  if (member && shape.type === 'map') {
    return Object.fromEntries(
      inOrder(parts.get('entry')).map((entry) => [
        entry.parts.get('key')?.text ?? '',
        jsonOf(member, entry.parts.get('value') ?? { parts: new Map() }),
      ]),
    );
  }
  if (member) return inOrder(parts.get('member')).map((item) => jsonOf(member, item));
  return text === undefined ? undefined : fromText(shape, [text]);
}

/** The numbered parts of a list or map. */
function inOrder(list: Parameter | undefined): Parameter[] {
  const numbered = [...(list?.parts ?? [])].filter(([number]) => /^\d{1,9}$/.test(number));
  return numbered.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
}

function replyDocument(
  { query }: Service,
  name: string,
  { output: shape }: Operation<unknown, unknown, object>,
  requestId: string,
  output: unknown,
): string {
  const result = shape ? `<${name}Result>${writeContent(shape, output)}</${name}Result>` : '';
  const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`;
  return `<${name}Response xmlns="${escapeXml(query?.namespace ?? '')}">${result}${metadata}</${name}Response>`;
}

function errorDocument({ type, status, body }: AwsError, requestId: string, namespace: string | undefined): string {
  const code = CODES.get(`${status} ${type}`) ?? type;
  const fault = status < 500 ? 'Sender' : 'Receiver';
  const message = escapeXml(String(body['message'] ?? ''));
  const xmlns = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  return (
    `<ErrorResponse${xmlns}><Error><Type>${fault}</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
    `<RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`
  );
}

function xmlResponse(status: number, requestId: string, document: string): HttpResponse {
  return { status, headers: { 'x-amzn-RequestId': requestId, 'content-type': 'text/xml' }, body: document };
}
