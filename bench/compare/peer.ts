/**
 * What a library must do to be compared: the users' verbs, from octets to octets. Each is called by its documented
 * interface alone. A member is a value that can do the same thing again and again.
 */

export interface Peer {
  readonly name: string;
  /** A fresh key package, encoded as an MLSMessage, and what it takes to join by it. */
  keyPackage(): Promise<PeerKeyPackage>;
  create(): Promise<unknown>;
}

export interface PeerKeyPackage {
  readonly message: Uint8Array;
  join(welcome: Uint8Array): Promise<PeerMember>;
}

export interface PeerMember {
  /** A commit with a path and no proposals. */
  commit(): Promise<Uint8Array>;
  process(commit: Uint8Array): Promise<unknown>;
  /** A commit that adds one, and its Welcome with the tree. */
  add(keyPackage: Uint8Array): Promise<unknown>;
  encrypt(data: Uint8Array): Promise<Uint8Array>;
  decrypt(message: Uint8Array): Promise<Uint8Array>;
}
