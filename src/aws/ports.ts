/** What the AWS layer asks of the rest of the house. Types only: any folder may import this file. */

/** Tags of a resource, a principal or a request. */
export type TagMap = Readonly<Record<string, string>>;

/** Who makes a request. */
export interface Principal {
  /** As in `aws:PrincipalType`; `Account` is the root, `Anonymous` somebody who has not signed. */
  readonly type: 'Account' | 'User' | 'AssumedRole' | 'Anonymous';
  readonly arn: string;
  readonly accountId: string;
  /** The unique id of the account, user or role that its permissions are those of. */
  readonly id: string;
  /** Of a user without a session: the access key that it signs with, without which it may do nothing. */
  readonly accessKeyId?: string;
  /** Of a session, which lasts for a while and may do less than the user or role it is of. */
  readonly session?: Session;
}

/** What is known of a session from its token alone. */
export interface Session {
  /** Chosen by who assumed the role; part of `aws:userid`. */
  readonly name?: string;
  /** JSON documents: of what its role or user may do, it may do what one of them allows. Absent: all of it. */
  readonly policies?: readonly string[];
  /** Besides those of the role or user, and before them. */
  readonly tags: TagMap;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch; from then on it is refused. */
  readonly expiresAt: number;
  /** Tags that sessions of other roles inherit which this session assumes. */
  readonly transitiveTagKeys?: readonly string[];
  /** Whom the first session of a chain was made for. */
  readonly sourceIdentity?: string;
  /** Condition keys with what an identity provider says of its user: `idp.example.com:sub`. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** An access key as its owner's signature is verified with. */
export interface AccessKey<Owner extends Principal = Principal> {
  readonly secret: string;
  readonly principal: Owner;
}

/** Finds whom an access key belongs to. */
export interface Principals {
  /**
   * @param sessionToken what came in `x-amz-security-token`; a key without one is not found with one.
   * @returns undefined when the key does not exist or may not be used.
   */
  find(accessKeyId: string, sessionToken: string | undefined): AccessKey | undefined | Promise<AccessKey | undefined>;
  /** Is told of each request that was signed with a key, once its signature has been found right. */
  used?(accessKeyId: string, service: string, region: string): void;
}

/** A question of access. */
export interface AccessRequest {
  readonly principal: Principal;
  /** For example `ivschat:CreateRoom`. */
  readonly action: string;
  /** The ARNs concerned; access to all of them is needed. */
  readonly resources: readonly string[];
  readonly context: AccessContext;
  /** The tags of a resource, read only when a policy asks for them. */
  resourceTags?(resource: string): TagMap | undefined | Promise<TagMap | undefined>;
}

/** Facts for conditions. */
export interface AccessContext {
  readonly sourceIp: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly secureTransport: boolean;
  readonly region: string;
  /** The tags that the request sets, or the keys of those it removes. */
  readonly requestTags?: TagMap | readonly string[];
  /** Condition keys of the operation itself. */
  readonly conditions?: Readonly<Record<string, string>>;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** The resource that it failed for. */
  readonly resource?: string;
  /** Whether a policy denies it, rather than none allowing it. */
  readonly explicit?: boolean;
  /** In words that follow `is not authorized to perform: …`. */
  readonly reason?: string;
}

export type Authorize = (request: AccessRequest) => AccessDecision | Promise<AccessDecision>;

/** A symmetric key with the name it is found by. */
export interface SealingKey {
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** The keys of this installation, by purpose; old ones stay findable after a rotation. */
export interface Keyring {
  current(purpose: string): SealingKey;
  find(purpose: string, kid: string): SealingKey | undefined;
}
