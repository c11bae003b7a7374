import { describe, expect, it } from "vitest";
import { concat, toHex } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import {
  type CommitInTranscript,
  confirmationTag,
  confirmedTranscriptHash,
  interimTranscriptHash,
} from "../../src/schedule/transcript.ts";
import { Secret } from "../../src/secret.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { AuthenticatedContent, type FramedContent } from "../../src/wire/framed-content.ts";
import { nobleSuite } from "../support/spying-suite.ts";

const suite = nobleSuite();
const content: FramedContent = {
  groupId: Uint8Array.of(1),
  epoch: 4n,
  sender: { senderType: "member", leafIndex: leafIndex(0) },
  authenticatedData: new Uint8Array(0),
  contentType: "commit",
  commit: { proposals: [], path: undefined },
};
const commit: CommitInTranscript = {
  wireFormat: "mls_public_message",
  content,
  signature: new Uint8Array(64).fill(5),
};
const interimBefore = new Uint8Array(32).fill(6);

describe("§8.2 transcript hashes", () => {
  it("[8.2-01] the confirmed hash covers the interim hash before, and the commit without its confirmation tag", () => {
    const tag = new Uint8Array(32).fill(7);
    const { signature } = commit;
    const authenticated = encode(AuthenticatedContent, {
      wireFormat: commit.wireFormat,
      content,
      auth: { signature, confirmationTag: tag },
    });
    const withoutTag = authenticated.subarray(0, authenticated.length - 1 - tag.length);
    const expected = suite.hash.digest(concat(interimBefore, withoutTag));
    expect(toHex(confirmedTranscriptHash(suite, interimBefore, commit))).toBe(toHex(expected));
  });

  const changed: readonly (readonly [string, CommitInTranscript])[] = [
    ["wire format", { ...commit, wireFormat: "mls_private_message" }],
    ["epoch", { ...commit, content: { ...content, epoch: 5n } }],
    ["sender", { ...commit, content: { ...content, sender: { senderType: "member", leafIndex: leafIndex(1) } } }],
    ["authenticated data", { ...commit, content: { ...content, authenticatedData: Uint8Array.of(0) } }],
    ["signature", { ...commit, signature: new Uint8Array(64).fill(4) }],
  ];
  it.each(changed)("[8.2-01] the confirmed hash covers the commit's %s", (_, other) => {
    const before = confirmedTranscriptHash(suite, interimBefore, commit);
    expect(toHex(confirmedTranscriptHash(suite, interimBefore, other))).not.toBe(toHex(before));
  });

  it("[8.2-01] the first commit follows an interim hash of its epoch 0, or nothing", () => {
    const first = confirmedTranscriptHash(suite, new Uint8Array(0), commit);
    expect(toHex(first)).not.toBe(toHex(confirmedTranscriptHash(suite, interimBefore, commit)));
  });

  it("[8.2-01] the interim hash covers the confirmed hash and the confirmation tag as a vector", () => {
    const confirmed = new Uint8Array(32).fill(1);
    const tag = new Uint8Array(32).fill(2);
    const expected = suite.hash.digest(concat(confirmed, Uint8Array.of(32), tag));
    expect(toHex(interimTranscriptHash(suite, confirmed, tag))).toBe(toHex(expected));
  });
});

describe("§6.1 the confirmation tag", () => {
  it("[6.1-11] is the MAC of the confirmation key over the confirmed transcript hash", () => {
    const key = new Secret(new Uint8Array(32).fill(3));
    const confirmed = new Uint8Array(32).fill(1);
    expect(toHex(confirmationTag(suite, key, confirmed))).toBe(toHex(suite.hash.hmac(key.bytes, confirmed)));
    expect(toHex(confirmationTag(suite, key, new Uint8Array(0)))).toBe(
      toHex(suite.hash.hmac(key.bytes, new Uint8Array(0))),
    );
  });
});
