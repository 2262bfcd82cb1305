/** The operations on the devices of app instance users (spec/chime-messaging 6, Endpoints). */
import { randomUUID } from 'node:crypto';
import { parseArn, type Scope } from '../../aws/arn.ts';
import { list, optional, path, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { ChimeArn, findNamed } from '../arns.ts';
import { Conflict, Forbidden, invalidArn, ResourceLimitExceeded } from '../errors.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { AppInstanceUserArn } from './app-instance-user.ts';
import {
  AllowMessages,
  AppInstanceUserEndpoint,
  AppInstanceUserEndpointSummary,
  describeEndpoint,
  ENDPOINT_COLUMNS,
  EndpointAttributes,
  type EndpointColumns,
  EndpointName,
  EndpointType,
  summariseEndpoint,
} from './app-instance-user-endpoint.ts';
import { findDetails, requireDetails } from './identities.ts';

const EndpointId = path('endpointId', string({ min: 0, max: 64 }));
const output = structure({ AppInstanceUserArn: string(), EndpointId: string() });

export const appInstanceUserEndpoints = {
  RegisterAppInstanceUserEndpoint: operation({
    http: 'POST /app-instance-users/{appInstanceUserArn}/endpoints 201',
    action: 'chime:RegisterAppInstanceUserEndpoint',
    resource: ({ input }) => input.AppInstanceUserArn,
    // Nobody here can say who may use an application of another account, such as the one at AWS itself.
    alsoNeeds: ({ ResourceArn }, { accountId }) =>
      parseArn(ResourceArn)?.accountId === accountId
        ? [{ action: 'mobiletargeting:GetApp', resource: ResourceArn }]
        : [],
    input: structure({
      AppInstanceUserArn,
      Name: EndpointName,
      Type: EndpointType,
      ResourceArn: ChimeArn,
      EndpointAttributes,
      ClientRequestToken,
      AllowMessages: optional(AllowMessages),
    }),
    output,
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock, quota }) {
      const { ClientRequestToken: token, ...parameters } = input;
      const { AppInstanceUserArn } = input;
      const now = clock.now();
      const EndpointId = await write(async ({ query }) => {
        const { pk } = await requireDetails(query, scope, AppInstanceUserArn, 'user');
        const request = { scope: `RegisterAppInstanceUserEndpoint/${pk}`, token, parameters };
        return once(query, request, now, async () => {
          const [row] = await query<{ count: number }>(
            'SELECT count(*) AS count FROM chime_endpoint WHERE identity_pk = ?',
            pk,
          );
          if ((row?.count ?? 0) >= quota('endpoints-per-user')) {
            throw ResourceLimitExceeded('The app instance user has all the endpoints it may have.');
          }
          const id = randomUUID();
          await query(
            `INSERT INTO chime_endpoint (identity_pk, ${ENDPOINT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            pk,
            id,
            input.Name ?? null,
            input.Type,
            input.ResourceArn,
            JSON.stringify(input.EndpointAttributes),
            input.AllowMessages ?? 'ALL',
            now,
            now,
          );
          return id;
        });
      });
      return { AppInstanceUserArn, EndpointId };
    },
  }),

  UpdateAppInstanceUserEndpoint: operation({
    http: 'PUT /app-instance-users/{appInstanceUserArn}/endpoints/{endpointId} 200',
    action: 'chime:UpdateAppInstanceUserEndpoint',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn, EndpointId, Name: EndpointName, AllowMessages: optional(AllowMessages) }),
    output,
    errors: [Conflict],
    /** What is not given stays. */
    async handle({ input, scope, write, clock }) {
      const { AppInstanceUserArn, EndpointId } = input;
      await write(async ({ query }) => {
        const endpoint = await requireEndpoint(query, scope, AppInstanceUserArn, EndpointId);
        await query(
          'UPDATE chime_endpoint SET name = ?, allow_messages = ?, updated_at = ? WHERE id = ?',
          input.Name ?? endpoint.name,
          input.AllowMessages ?? endpoint.allow_messages,
          clock.now(),
          endpoint.id,
        );
      });
      return { AppInstanceUserArn, EndpointId };
    },
  }),

  DescribeAppInstanceUserEndpoint: operation({
    http: 'GET /app-instance-users/{appInstanceUserArn}/endpoints/{endpointId} 200',
    action: 'chime:DescribeAppInstanceUserEndpoint',
    resource: ({ input }) => input.AppInstanceUserArn,
    // The model has no pattern for the ARN here.
    input: structure({ AppInstanceUserArn: path('appInstanceUserArn', string({ min: 0, max: 1600 })), EndpointId }),
    output: structure({ AppInstanceUserEndpoint }),
    errors: [],
    async handle({ input, scope, read }) {
      const { AppInstanceUserArn, EndpointId } = input;
      const endpoint = await read((_, query) => requireEndpoint(query, scope, AppInstanceUserArn, EndpointId));
      return { AppInstanceUserEndpoint: describeEndpoint(AppInstanceUserArn, endpoint) };
    },
  }),

  ListAppInstanceUserEndpoints: operation({
    http: 'GET /app-instance-users/{appInstanceUserArn}/endpoints 200',
    action: 'chime:ListAppInstanceUserEndpoints',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn, ...paging }),
    output: structure({ AppInstanceUserEndpoints: list(AppInstanceUserEndpointSummary), NextToken }),
    errors: [],
    async handle({ input, scope, read, pages }) {
      const { AppInstanceUserArn } = input;
      const { items, ...next } = await read(async (_, query) => {
        const { pk } = await requireDetails(query, scope, AppInstanceUserArn, 'user');
        return readPage(
          pages,
          { operation: 'ListAppInstanceUserEndpoints', filters: [pk] },
          input,
          string(),
          (after = '', limit) =>
            query<EndpointColumns>(
              `SELECT ${ENDPOINT_COLUMNS} FROM chime_endpoint WHERE identity_pk = ? AND id > ? ORDER BY id LIMIT ?`,
              pk,
              after,
              limit,
            ),
          ({ id }) => id,
        );
      });
      return {
        AppInstanceUserEndpoints: items.map((endpoint) => summariseEndpoint(AppInstanceUserArn, endpoint)),
        ...next,
      };
    },
  }),

  DeregisterAppInstanceUserEndpoint: operation({
    http: 'DELETE /app-instance-users/{appInstanceUserArn}/endpoints/{endpointId} 204',
    action: 'chime:DeregisterAppInstanceUserEndpoint',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn, EndpointId }),
    errors: [],
    async handle({ input, scope, write }) {
      const { AppInstanceUserArn, EndpointId } = input;
      if (!findNamed(scope, AppInstanceUserArn, 'user')) throw invalidArn('app instance user');
      await write(async ({ query }) => {
        const user = await findDetails(query, scope, AppInstanceUserArn, 'user');
        if (user) await query('DELETE FROM chime_endpoint WHERE identity_pk = ? AND id = ?', user.pk, EndpointId);
      });
    },
  }),
};

/** @throws ForbiddenException when there is no such user, or it has no such endpoint */
async function requireEndpoint(query: Query, scope: Scope, userArn: string, id: string): Promise<EndpointColumns> {
  const { pk } = await requireDetails(query, scope, userArn, 'user');
  const [row] = await query<EndpointColumns>(
    `SELECT ${ENDPOINT_COLUMNS} FROM chime_endpoint WHERE identity_pk = ? AND id = ?`,
    pk,
    id,
  );
  if (!row) throw Forbidden('The app instance user has no such endpoint.');
  return row;
}
