/** What the AWS layer asks of the rest of the house. Types only: any folder may import this file. */

/** Who makes a request. */
export interface Principal {
  readonly arn: string;
  readonly accountId: string;
}

/** An access key as its owner's signature is verified with. */
export interface AccessKey {
  readonly secret: string;
  readonly principal: Principal;
}

/** Finds whom an access key belongs to. */
export interface Principals {
  /**
   * @param sessionToken what came in `x-amz-security-token`; a key without one is not found with one.
   * @returns undefined when the key does not exist or may not be used.
   */
  find(accessKeyId: string, sessionToken: string | undefined): AccessKey | undefined | Promise<AccessKey | undefined>;
}

/** A question of access. */
export interface AccessRequest {
  readonly principal: Principal;
  /** For example `ivschat:CreateRoom`. */
  readonly action: string;
  /** The ARNs concerned; access to all of them is needed. */
  readonly resources: readonly string[];
  /** Facts for conditions. */
  readonly context: { readonly sourceIp: string; readonly time: number };
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** The resource that it failed for. */
  readonly resource?: string;
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
