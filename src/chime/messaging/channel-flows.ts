/** The operations on channel flows, which are declared but not built (spec/chime-messaging 3.5). */
import { boolean, list, optional, path, query, string, structure } from '../../aws/shape.ts';
import { bearerAndChannel, ChimeBearer } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { Conflict, NotFound, notBuilt, ResourceLimitExceeded } from '../errors.ts';
import { NextToken, paging } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken } from '../requests.ts';
import { Metadata, NonEmptyResourceName, PushNotification, SubChannelId } from '../shapes.ts';
import { Tags, tagMap } from '../tags.ts';
import { ChannelMode, ChannelPrivacy } from './channel.ts';
import { ChannelFlow, ChannelFlowSummary, Processors } from './channel-flow.ts';
import { ContentType, MessageAttributes, MessageId } from './message.ts';

const unavailable = notBuilt('Channel flows');
const ChannelFlowArn = path('channelFlowArn', ChimeArn);

export const channelFlows = {
  CreateChannelFlow: operation({
    http: 'POST /channel-flows 201',
    action: 'chime:CreateChannelFlow',
    tagAction: 'chime:TagResource',
    resource: ({ input }) => input.AppInstanceArn,
    requestTags: ({ Tags }) => tagMap(Tags),
    input: structure({
      AppInstanceArn: ChimeArn,
      Processors,
      Name: NonEmptyResourceName,
      Tags: optional(Tags),
      ClientRequestToken,
    }),
    output: structure({ ChannelFlowArn: optional(string()) }),
    errors: [Conflict, ResourceLimitExceeded],
    handle: unavailable,
  }),

  DescribeChannelFlow: operation({
    http: 'GET /channel-flows/{channelFlowArn} 200',
    action: 'chime:DescribeChannelFlow',
    resource: ({ input }) => input.ChannelFlowArn,
    input: structure({ ChannelFlowArn }),
    output: structure({ ChannelFlow: optional(ChannelFlow) }),
    errors: [],
    handle: unavailable,
  }),

  ListChannelFlows: operation({
    http: 'GET /channel-flows 200',
    action: 'chime:ListChannelFlows',
    resource: ({ input }) => `${input.AppInstanceArn}/channel-flow/*`,
    input: structure({ AppInstanceArn: query('app-instance-arn', ChimeArn), ...paging }),
    output: structure({ ChannelFlows: optional(list(ChannelFlowSummary)), NextToken }),
    errors: [],
    handle: unavailable,
  }),

  UpdateChannelFlow: operation({
    http: 'PUT /channel-flows/{channelFlowArn} 200',
    action: 'chime:UpdateChannelFlow',
    resource: ({ input }) => input.ChannelFlowArn,
    input: structure({ ChannelFlowArn, Processors, Name: NonEmptyResourceName }),
    output: structure({ ChannelFlowArn: optional(string()) }),
    errors: [Conflict],
    handle: unavailable,
  }),

  DeleteChannelFlow: operation({
    http: 'DELETE /channel-flows/{channelFlowArn} 204',
    action: 'chime:DeleteChannelFlow',
    resource: ({ input }) => input.ChannelFlowArn,
    input: structure({ ChannelFlowArn }),
    errors: [Conflict],
    handle: unavailable,
  }),

  AssociateChannelFlow: operation({
    http: 'PUT /channels/{channelArn}/channel-flow 200',
    action: 'chime:AssociateChannelFlow',
    resource: ({ input }) => [...bearerAndChannel({ input }), input.ChannelFlowArn],
    input: structure({ ChimeBearer, ChannelArn: path('channelArn', ChimeArn), ChannelFlowArn: ChimeArn }),
    errors: [Conflict, NotFound],
    handle: unavailable,
  }),

  DisassociateChannelFlow: operation({
    http: 'DELETE /channels/{channelArn}/channel-flow/{channelFlowArn} 204',
    action: 'chime:DisassociateChannelFlow',
    resource: ({ input }) => [...bearerAndChannel({ input }), input.ChannelFlowArn],
    input: structure({ ChimeBearer, ChannelArn: path('channelArn', ChimeArn), ChannelFlowArn }),
    errors: [Conflict, NotFound],
    handle: unavailable,
  }),

  ListChannelsAssociatedWithChannelFlow: operation({
    http: 'GET /channels?scope=channel-flow-associations 200',
    action: 'chime:ListChannelsAssociatedWithChannelFlow',
    resource: ({ input }) => input.ChannelFlowArn,
    input: structure({ ChannelFlowArn: query('channel-flow-arn', ChimeArn), ...paging }),
    output: structure({
      Channels: optional(
        list(structure({ Name: string(), ChannelArn: string(), Mode: ChannelMode, Privacy: ChannelPrivacy, Metadata })),
      ),
      NextToken,
    }),
    errors: [],
    handle: unavailable,
  }),

  ChannelFlowCallback: operation({
    http: 'POST /channels/{channelArn}?operation=channel-flow-callback 200',
    action: 'chime:ChannelFlowCallback',
    resource: ({ input }) => input.ChannelArn,
    input: structure({
      ChannelArn: path('channelArn', ChimeArn),
      CallbackId: string({ min: 32, max: 64 }),
      DeleteResource: optional(boolean()),
      ChannelMessage: structure({
        MessageId,
        Content: optional(string({ min: 1 })),
        Metadata,
        PushNotification: optional(PushNotification),
        MessageAttributes: optional(MessageAttributes),
        SubChannelId: optional(SubChannelId),
        ContentType: optional(ContentType),
      }),
    }),
    output: structure({ ChannelArn: optional(string()), CallbackId: optional(string()) }),
    errors: [Conflict],
    handle: unavailable,
  }),
};
