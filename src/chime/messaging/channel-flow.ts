/** Channel flows as requests and replies show them (spec/chime-messaging 3.5, appendix B). */
import { enumeration, epochSeconds, integer, list, string, structure } from '../../aws/shape.ts';
import { NonEmptyResourceName } from '../shapes.ts';

const Lambda = structure({
  ResourceArn: string({
    min: 15,
    max: 2048,
    pattern: /arn:aws:lambda:[a-z]{2}-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9\-_.]+(:(\$LATEST|[a-zA-Z0-9\-_]+))?/,
  }),
  InvocationType: enumeration('ASYNC'),
});

export const Processors = list(
  structure({
    Name: NonEmptyResourceName,
    Configuration: structure({ Lambda }),
    ExecutionOrder: integer({ min: 1, max: 3 }),
    FallbackAction: enumeration('CONTINUE', 'ABORT'),
  }),
  { min: 1, max: 3 },
);

const summary = { ChannelFlowArn: string(), Name: string(), Processors };

export const ChannelFlowSummary = structure(summary);
export const ChannelFlow = structure({
  ...summary,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
});
