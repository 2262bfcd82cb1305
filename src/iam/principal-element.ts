/** Who a trust policy is about: its `Principal` and `NotPrincipal` elements (IAM user guide, "Principal"). */

/** Who asks for a role. */
export type TrustedParty =
  /** A user, a role session (then with the ARN of its role) or the root. Undefined: no document means it in person. */
  | { readonly arn: string | undefined; readonly accountId: string; readonly roleArn?: string | undefined }
  /** Somebody whom an identity provider vouches for: the provider's ARN, or its name if it has none. */
  | { readonly federated: string }
  | { readonly service: string };

/** How somebody is named: in person, or as one of an account, whose own policies must then allow it as well. */
export type Naming = 'directly' | 'byAccount';

export type PrincipalType = 'AWS' | 'Federated' | 'Service';

/** A set for each type of principal. Accounts are there by their ids; `*` in AWS is every user and role session. */
export interface PrincipalElement extends Readonly<Record<PrincipalType, ReadonlySet<string>>> {
  /** The element is `"*"`. */
  readonly everybody: boolean;
}

const NOBODY: ReadonlySet<string> = new Set();

export const EVERYBODY: PrincipalElement = { everybody: true, AWS: NOBODY, Federated: NOBODY, Service: NOBODY };

const ACCOUNT = /^(?:arn:[\w-]+:iam::(\d{12}):root|(\d{12}))$/;
const IDENTITY = /^arn:[\w-]+:(?:iam::\d{12}:(?:user|role)|sts::\d{12}:(?:assumed-role|federated-user))\/[^*?\s]+$/;
const PROVIDER = /^[^*?\s]+$/;
const SERVICE = /^[\w-]+(?:\.[\w-]+)+$/;

/**
 * Reads one principal; accounts in either form become their ids. Names must be whole, without wildcards.
 * @throws SyntaxError when it is no principal of its type
 */
export function readPrincipal(type: PrincipalType, text: string): string {
  if (type === 'Federated') {
    if (PROVIDER.test(text)) return text;
    throw new SyntaxError('must be the ARN or the name of an identity provider, without wildcards');
  }
  if (type === 'Service') {
    if (SERVICE.test(text)) return text;
    throw new SyntaxError('must be the name of a service, such as "ivschat.amazonaws.com"');
  }
  const [, inArn, alone] = ACCOUNT.exec(text) ?? [];
  const principal = inArn ?? alone ?? (text === '*' || IDENTITY.test(text) ? text : undefined);
  if (principal !== undefined) return principal;
  throw new SyntaxError('must be "*", an account, or the ARN of a user, role or session, without wildcards');
}

/** Whether and how the element names somebody. */
export function namingOf(element: PrincipalElement, party: TrustedParty): Naming | undefined {
  if (element.everybody) return 'directly';
  if ('federated' in party) return element.Federated.has(party.federated) ? 'directly' : undefined;
  if ('service' in party) return element.Service.has(party.service) ? 'directly' : undefined;
  const { arn, roleArn, accountId } = party;
  if ([arn, roleArn, '*'].some((name) => name !== undefined && element.AWS.has(name))) return 'directly';
  return element.AWS.has(accountId) ? 'byAccount' : undefined;
}
