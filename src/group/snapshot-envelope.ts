/** What is around every snapshot: which kind and version it is, and a checksum by which damage is noticed. */

import { constantTimeEqual, utf8, wipe } from "../bytes.ts";
import { type Codec, decode, encode } from "../codec/codec.ts";
import { opaque, uint8, uint16, uint32 } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { MalformedError } from "../errors.ts";

const Snapshot = struct("Snapshot", { magic: uint32, version: uint16, kind: uint8, body: opaque, checksum: opaque });
/** "copa" */
const MAGIC = 0x636f7061;
const VERSION = 1;

const KINDS = { state: 1, state_change: 2, public_state: 3, public_state_change: 4 } as const;
/** A member's state or an observer's, whole or what changed since another. */
export type SnapshotKind = keyof typeof KINDS;

/** The octets of a body that may hold secrets: they are in the result and nowhere else. */
export function wrapSnapshot<T>(suite: CipherSuite, kind: SnapshotKind, codec: Codec<T>, value: T): Uint8Array {
  const body = encode(codec, value);
  try {
    const checksum = checksumOf(suite, kind, body);
    return encode(Snapshot, { magic: MAGIC, version: VERSION, kind: KINDS[kind], body, checksum });
  } finally {
    wipe(body);
  }
}

/**
 * The body of an undamaged snapshot of this kind: a view.
 *
 * @throws MalformedError `snapshot.damaged`, `snapshot.version`, `snapshot.wrong_kind`, `codec.*`
 */
export function unwrapSnapshot(suite: CipherSuite, kind: SnapshotKind, bytes: Uint8Array): Uint8Array {
  const { magic, version, kind: number, body, checksum } = decode(Snapshot, bytes);
  if (magic !== MAGIC) throw new MalformedError("snapshot.damaged");
  if (version !== VERSION) throw new MalformedError("snapshot.version", { version });
  const found = (Object.keys(KINDS) as SnapshotKind[]).find((each) => KINDS[each] === number);
  if (found === undefined || !constantTimeEqual(checksum, checksumOf(suite, found, body))) {
    throw new MalformedError("snapshot.damaged");
  }
  if (found !== kind) throw new MalformedError("snapshot.wrong_kind", { kind: found, expected: kind });
  return body;
}

function checksumOf({ hash }: CipherSuite, kind: SnapshotKind, body: Uint8Array): Uint8Array {
  return hash.hmac(utf8(`copath snapshot ${kind}`), body);
}
