import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import type { LeafIndex } from "../../src/tree-math.ts";
import { AuthenticatedContent, type FramedContent, type Sender } from "../../src/wire/framed-content.ts";
import { PublicMessage, SenderData } from "../../src/wire/message.ts";
import { failure } from "../support/failure.ts";

const signature = fromHex("5151");
const tag = fromHex("7a67");
const member: Sender = { senderType: "member", leafIndex: 0 as LeafIndex };

function content(sender: Sender, contentType: FramedContent["contentType"]): FramedContent {
  const head = { groupId: fromHex("67"), epoch: 2n ** 64n - 1n, sender, authenticatedData: fromHex("") };
  if (contentType === "application") return { ...head, contentType, applicationData: fromHex("aa") };
  if (contentType === "commit") return { ...head, contentType, commit: { proposals: [], path: undefined } };
  return { ...head, contentType, proposal: { proposalType: "remove", removed: 0 as LeafIndex } };
}

describe("§6.1 FramedContentAuthData", () => {
  it("[6.1-10] a commit carries a confirmation tag, and other content types carry none", () => {
    const commit = {
      content: content(member, "commit"),
      auth: { signature, confirmationTag: tag },
      membershipTag: tag,
    };
    expect(toHex(encode(PublicMessage, commit))).toBe(
      "0167ffffffffffffffff0100000000" + "00" + "030000" + "025151" + "027a67" + "027a67",
    );
    expect(decode(PublicMessage, encode(PublicMessage, commit))).toEqual(commit);
    const proposal = {
      content: content(member, "proposal"),
      auth: { signature, confirmationTag: undefined },
      membershipTag: tag,
    };
    expect(toHex(encode(PublicMessage, proposal))).toMatch(/0251510(27a67)$/);
    expect(decode(PublicMessage, encode(PublicMessage, proposal))).toEqual(proposal);

    for (const wrong of [
      { ...commit, auth: { signature, confirmationTag: undefined } },
      { ...proposal, auth: { signature, confirmationTag: tag } },
    ]) {
      const error = failure(() => encode(PublicMessage, wrong));
      expect(error.code).toBe("codec.value_out_of_range");
      expect(error.details).toMatchObject({ path: "PublicMessage.auth.confirmationTag" });
    }
  });

  it("the same holds without a membership tag, in AuthenticatedContent", () => {
    const value: AuthenticatedContent = {
      wireFormat: "mls_private_message",
      content: content(member, "application"),
      auth: { signature, confirmationTag: undefined },
    };
    expect(toHex(encode(AuthenticatedContent, value))).toBe("00020167ffffffffffffffff0100000000000101aa025151");
    expect(decode(AuthenticatedContent, encode(AuthenticatedContent, value))).toEqual(value);
    const error = failure(() => encode(AuthenticatedContent, { ...value, auth: { signature, confirmationTag: tag } }));
    expect(error.details).toMatchObject({ path: "AuthenticatedContent.auth.confirmationTag" });
  });
});

describe("§6.2 membership tags", () => {
  const others: Sender[] = [
    { senderType: "external", senderIndex: 0 },
    { senderType: "new_member_proposal" },
    { senderType: "new_member_commit" },
  ];

  it.each(others)("[6.2-04] $senderType carries none", (sender) => {
    const message = {
      content: content(sender, "proposal"),
      auth: { signature, confirmationTag: undefined },
      membershipTag: undefined,
    };
    const bytes = encode(PublicMessage, message);
    expect(toHex(bytes)).toMatch(/025151$/);
    expect(decode(PublicMessage, bytes)).toEqual(message);
    expect(failure(() => decode(PublicMessage, fromHex(`${toHex(bytes)}027a67`))).code).toBe("codec.trailing_bytes");
    expect(failure(() => encode(PublicMessage, { ...message, membershipTag: tag })).code).toBe(
      "codec.value_out_of_range",
    );
  });

  it("a member's message without one is cut off", () => {
    const message = {
      content: content(member, "proposal"),
      auth: { signature, confirmationTag: undefined },
      membershipTag: tag,
    };
    const bytes = encode(PublicMessage, message);
    const error = failure(() => decode(PublicMessage, bytes.subarray(0, bytes.length - 3)));
    expect(error.code).toBe("codec.truncated");
    expect(error.details).toMatchObject({ path: "PublicMessage.membershipTag" });
    expect(failure(() => encode(PublicMessage, { ...message, membershipTag: undefined })).code).toBe(
      "codec.value_out_of_range",
    );
  });
});

describe("§6.3.2 sender data", () => {
  it("[6.3.2-04] has exactly twelve octets", () => {
    const value = { leafIndex: (2 ** 32 - 1) as LeafIndex, generation: 2 ** 32 - 1, reuseGuard: fromHex("01020304") };
    expect(toHex(encode(SenderData, value))).toBe("ffffffffffffffff01020304");
    expect(decode(SenderData, fromHex("ffffffffffffffff01020304"))).toEqual(value);
    for (const length of [0, 4, 11]) {
      expect(failure(() => decode(SenderData, new Uint8Array(length))).code).toBe("codec.truncated");
    }
    expect(failure(() => decode(SenderData, new Uint8Array(13))).code).toBe("codec.trailing_bytes");
  });
});
