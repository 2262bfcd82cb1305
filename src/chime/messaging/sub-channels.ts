/** The operation on the sub-channels of elastic channels, which are not built (spec/chime-messaging 3.6). */
import { integer, list, optional, path, string, structure } from '../../aws/shape.ts';
import { bearerAndChannel, ChimeBearer } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { notBuilt } from '../errors.ts';
import { NextToken, paging } from '../listing.ts';
import { operation } from '../operation.ts';
import { SubChannelId } from '../shapes.ts';

export const subChannels = {
  ListSubChannels: operation({
    http: 'GET /channels/{channelArn}/subchannels 200',
    action: 'chime:ListSubChannels',
    resource: bearerAndChannel,
    input: structure({ ChimeBearer, ChannelArn: path('channelArn', ChimeArn), ...paging }),
    output: structure({
      ChannelArn: optional(string()),
      SubChannels: optional(list(structure({ SubChannelId, MembershipCount: integer() }))),
      NextToken,
    }),
    errors: [],
    handle: notBuilt('Elastic channels'),
  }),
};
