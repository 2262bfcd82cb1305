/** The devices of app instance users that are to be notified, as they are kept and shown (appendix B.2). */
import { enumeration, epochSeconds, optional, string, structure } from '../../aws/shape.ts';
import { epoch } from '../times.ts';

export const EndpointName = optional(string({ min: 0, max: 1600 }));
export const EndpointType = enumeration('APNS', 'APNS_SANDBOX', 'GCM');
export const AllowMessages = enumeration('ALL', 'NONE');

const Token = string({ min: 1, max: 1600 });
export const EndpointAttributes = structure({ DeviceToken: Token, VoipDeviceToken: optional(Token) });

const summary = {
  AppInstanceUserArn: string(),
  EndpointId: string(),
  Name: EndpointName,
  Type: EndpointType,
  AllowMessages,
  EndpointState: structure({
    Status: enumeration('ACTIVE', 'INACTIVE'),
    StatusReason: optional(enumeration('INVALID_DEVICE_TOKEN', 'INVALID_PINPOINT_ARN')),
  }),
};

export const AppInstanceUserEndpointSummary = structure(summary);

export const AppInstanceUserEndpoint = structure({
  ...summary,
  ResourceArn: string(),
  EndpointAttributes,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
});

/** Of `chime_endpoint`. Times are milliseconds since the epoch. */
export interface EndpointColumns {
  readonly id: string;
  readonly name: string | null;
  readonly type: 'APNS' | 'APNS_SANDBOX' | 'GCM';
  readonly resource_arn: string;
  readonly attributes: string;
  readonly allow_messages: 'ALL' | 'NONE';
  readonly created_at: number;
  readonly updated_at: number;
}

export const ENDPOINT_COLUMNS = 'id, name, type, resource_arn, attributes, allow_messages, created_at, updated_at';

export function summariseEndpoint(userArn: string, endpoint: EndpointColumns) {
  return {
    AppInstanceUserArn: userArn,
    EndpointId: endpoint.id,
    ...(endpoint.name !== null && { Name: endpoint.name }),
    Type: endpoint.type,
    AllowMessages: endpoint.allow_messages,
    EndpointState: { Status: 'ACTIVE' as const },
  };
}

export function describeEndpoint(userArn: string, endpoint: EndpointColumns) {
  return {
    ...summariseEndpoint(userArn, endpoint),
    ResourceArn: endpoint.resource_arn,
    // As it came through the shape.
    EndpointAttributes: JSON.parse(endpoint.attributes),
    CreatedTimestamp: epoch(endpoint.created_at),
    LastUpdatedTimestamp: epoch(endpoint.updated_at),
  };
}
