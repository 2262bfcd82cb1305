/** The operations on streaming, which is not built (spec/chime-messaging 3.9). */
import { enumeration, list, optional, path, structure } from '../../aws/shape.ts';
import { ChimeArn } from '../arns.ts';
import { Conflict, NotFound, notBuilt } from '../errors.ts';
import { operation } from '../operation.ts';

const unavailable = notBuilt('Streaming configurations');
const AppInstanceArn = path('appInstanceArn', ChimeArn);
const StreamingConfigurations = list(
  structure({ DataType: enumeration('Channel', 'ChannelMessage'), ResourceArn: ChimeArn }),
  { min: 1, max: 2 },
);
const output = structure({ StreamingConfigurations: optional(StreamingConfigurations) });

export const streamingConfigurations = {
  PutMessagingStreamingConfigurations: operation({
    http: 'PUT /app-instances/{appInstanceArn}/streaming-configurations 200',
    action: 'chime:PutMessagingStreamingConfigurations',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn, StreamingConfigurations }),
    output,
    errors: [Conflict, NotFound],
    handle: unavailable,
  }),

  GetMessagingStreamingConfigurations: operation({
    http: 'GET /app-instances/{appInstanceArn}/streaming-configurations 200',
    action: 'chime:GetMessagingStreamingConfigurations',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn }),
    output,
    errors: [NotFound],
    handle: unavailable,
  }),

  DeleteMessagingStreamingConfigurations: operation({
    http: 'DELETE /app-instances/{appInstanceArn}/streaming-configurations 204',
    action: 'chime:DeleteMessagingStreamingConfigurations',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn }),
    errors: [],
    handle: unavailable,
  }),
};
