/** What all doors declare, for those who need it without a server: the command line and the documents. */
import { SERVICE as CHIME, identityOperations, messagingOperations } from './chime/service.ts';
import { iamOperations } from './iam/service.ts';
import { stsOperations } from './iam/sts.ts';
import { SERVICE as IVS_CHAT, ivsOperations } from './ivs/service.ts';

/** The operations of each service by its signing name. */
export const services = {
  [IVS_CHAT]: ivsOperations,
  [CHIME]: { ...identityOperations, ...messagingOperations },
  iam: iamOperations,
  sts: stsOperations,
};

/** The versions of the APIs that speak the query protocol, by signing name. */
export const QUERY_VERSIONS: Readonly<Record<string, string>> = { iam: '2010-05-08', sts: '2011-06-15' };

/** What is declared or stored, but not acted on. */
export const NOT_SERVED = [
  'Message review handlers are stored but not called: a room with one follows its fallbackResult.',
  'Chat logging is stored but nothing is delivered.',
  'Channel flows, elastic channels and message streaming are declared: their operations answer 503.',
  'Push endpoints and preferences are stored, but nothing is pushed; bots are members, but no Lex bot is called.',
];
