/** §8.2, §6.1: the running hashes over all commits of a group, and the tag that confirms them. */

import { opaque } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import type { Secret } from "../secret.ts";
import { FramedContent } from "../wire/framed-content.ts";
import { MAC } from "../wire/keys.ts";
import { WireFormat } from "../wire/registries.ts";

/** What the transcript takes of a commit: its AuthenticatedContent without the confirmation tag. */
export interface CommitInTranscript {
  /** As it travels. */
  readonly wireFormat: WireFormat;
  /** The commit. */
  readonly content: FramedContent;
  /** Over the content. */
  readonly signature: Uint8Array;
}

/** The hash over all commits up to and including this one's signature. `interimBefore` is empty before epoch 0. */
export function confirmedTranscriptHash(
  suite: CipherSuite,
  interimBefore: Uint8Array,
  commit: CommitInTranscript,
): Uint8Array {
  const input = new Writer(1024);
  input.bytes(interimBefore);
  ConfirmedTranscriptHashInput.write(input, commit);
  return suite.hash.digest(input.finish());
}

/** §6.1: what a commit's sender and its receivers must agree on. Compare it with `constantTimeEqual`. */
export function confirmationTag(suite: CipherSuite, confirmationKey: Secret, confirmedHash: Uint8Array): Uint8Array {
  return suite.hash.hmac(confirmationKey.bytes, confirmedHash);
}

/** The hash that also covers the latest confirmation tag: where the next commit's transcript goes on. */
export function interimTranscriptHash(suite: CipherSuite, confirmedHash: Uint8Array, tag: Uint8Array): Uint8Array {
  const input = new Writer();
  input.bytes(confirmedHash);
  InterimTranscriptHashInput.write(input, { confirmationTag: tag });
  return suite.hash.digest(input.finish());
}

const ConfirmedTranscriptHashInput = struct("ConfirmedTranscriptHashInput", {
  wireFormat: WireFormat,
  content: FramedContent,
  signature: opaque,
});

const InterimTranscriptHashInput = struct("InterimTranscriptHashInput", { confirmationTag: MAC });
