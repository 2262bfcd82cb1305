/** App instance bots as they are shown, and what they answer (appendix B.2). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, epochSeconds, optional, path, string, structure, type TypeOf } from '../../aws/shape.ts';
import { ChimeArn } from '../arns.ts';
import { identityArn } from '../identity.ts';
import { Metadata, ResourceName } from '../shapes.ts';
import { epoch } from '../times.ts';
import type { IdentityDetails } from './identities.ts';

/** The label of paths. */
export const AppInstanceBotArn = path('appInstanceBotArn', ChimeArn);

/** Which Lex bot speaks through it, and what it answers. `InvokedBy` has replaced `RespondsTo`. */
export const Configuration = structure({
  Lex: structure({
    RespondsTo: optional(enumeration('STANDARD_MESSAGES')),
    InvokedBy: optional(
      structure({
        StandardMessages: enumeration('AUTO', 'ALL', 'MENTIONS', 'NONE'),
        TargetedMessages: enumeration('ALL', 'NONE'),
      }),
    ),
    LexBotAliasArn: string({
      min: 15,
      max: 2048,
      pattern: /arn:aws:lex:[a-z]{2}-[a-z]+-\d{1}:\d{12}:bot-alias\/[A-Z0-9]{10}\/[A-Z0-9]{10}/,
    }),
    LocaleId: string(),
    WelcomeIntent: optional(string({ min: 1, max: 100, pattern: /^([A-Za-z]_?)+$/ })),
  }),
});

const summary = { AppInstanceBotArn: string(), Name: ResourceName, Metadata };

export const AppInstanceBotSummary = structure(summary);

export const AppInstanceBot = structure({
  ...summary,
  Configuration,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
});

export function summariseBot(scope: Scope, bot: IdentityDetails) {
  return {
    AppInstanceBotArn: identityArn(scope, bot),
    Name: bot.name,
    ...(bot.metadata !== null && { Metadata: bot.metadata }),
  };
}

export function describeBot(scope: Scope, bot: IdentityDetails) {
  return {
    ...summariseBot(scope, bot),
    Configuration: readConfiguration(bot.configuration),
    CreatedTimestamp: epoch(bot.createdAt),
    LastUpdatedTimestamp: epoch(bot.updatedAt),
  };
}

/** From a bot's row, which holds it as it came through the shape. */
export function readConfiguration(text: string | null): TypeOf<typeof Configuration> {
  return JSON.parse(text ?? '{}');
}
