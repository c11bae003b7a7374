import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, toHex } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { MlsError } from "../../src/errors.ts";
import { framedContentTBS, signContent, verifyContent } from "../../src/framing/content.ts";
import { protectPublic, readPublic, unprotectPublic } from "../../src/framing/public-message.ts";
import { Secret } from "../../src/secret.ts";
import { type AuthenticatedContent, type FramedContent, framedContentAuthData } from "../../src/wire/framed-content.ts";
import { PublicMessage } from "../../src/wire/message.ts";
import { failure } from "../support/failure.ts";
import { application, commit, groupContext, member, PROPOSALS, proposal, SENDERS } from "../support/framed.ts";
import { nobleSuite, spyOn } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";

const suite = nobleSuite();
const signer = await generateSigner(suite, seededRandom(1));
const { publicKey } = signer;
const membershipKey = new Secret(new Uint8Array(32).fill(1));
const keys = { membershipKey, groupContext };

async function authenticate(content: FramedContent): Promise<AuthenticatedContent> {
  const wireFormat = "mls_public_message";
  const signature = await signContent(signer, wireFormat, content, groupContext);
  const confirmationTag = content.contentType === "commit" ? new Uint8Array(32).fill(2) : undefined;
  return { wireFormat, content, auth: { signature, confirmationTag } };
}

const contentOf = (sender: (typeof SENDERS)[number]) =>
  sender.senderType === "new_member_commit" ? commit(sender) : proposal(sender, PROPOSALS.add);

describe("§6.2 public messages", () => {
  it.each(SENDERS)(
    "[6.2-01] of $senderType arrive as they were sent, with a membership tag for members",
    async (sender) => {
      const authenticated = await authenticate(contentOf(sender));
      const message = protectPublic(suite, authenticated, keys);
      expect(message.membershipTag === undefined).toBe(sender.senderType !== "member");
      const received = decode(PublicMessage, encode(PublicMessage, message));
      const opened = unprotectPublic(suite, received, keys);
      expect(opened).toEqual(authenticated);
      await verifyContent(suite, opened, { publicKey, groupContext });
    },
  );

  it("[6.2-01] have a membership tag over the signed content and the auth data", async () => {
    for (const content of [proposal(), commit()]) {
      const authenticated = await authenticate(content);
      const tbm = concat(
        framedContentTBS("mls_public_message", content, groupContext),
        encode(framedContentAuthData(content.contentType), authenticated.auth),
      );
      const { membershipTag } = protectPublic(suite, authenticated, keys);
      expect(toHex(membershipTag ?? new Uint8Array(0))).toBe(toHex(suite.hash.hmac(membershipKey.bytes, tbm)));
    }
  });

  it("[6.2-01] need no membership key of those who are no members, nor use one", async () => {
    for (const sender of SENDERS.slice(1)) {
      const spy = spyOn(suite);
      const authenticated = await authenticate(contentOf(sender));
      const message = protectPublic(spy.suite, authenticated, { membershipKey: undefined, groupContext });
      unprotectPublic(spy.suite, message, { membershipKey: undefined, groupContext });
      expect(spy.calls()).toBe(0);
    }
  });

  it("of members need one, on both sides", async () => {
    const authenticated = await authenticate(commit());
    const none = { membershipKey: undefined, groupContext };
    expect(failure(() => protectPublic(suite, authenticated, none)).code).toBe("content.not_a_member");
    const message = protectPublic(suite, authenticated, keys);
    expect(failure(() => unprotectPublic(suite, message, none)).code).toBe("content.not_a_member");
  });

  it("[6.2-02] [6.2-05] are refused with a membership tag of any other length", async () => {
    const message = protectPublic(suite, await authenticate(proposal()), keys);
    const tag = message.membershipTag ?? new Uint8Array(0);
    for (let length = 0; length <= 2 * tag.length; length++) {
      if (length === tag.length) continue;
      const membershipTag = concat(tag, tag).subarray(0, length);
      const error = failure(() => unprotectPublic(suite, { ...message, membershipTag }, keys));
      expect(error).toMatchObject({ code: "content.membership_tag", class: "bad-mac" });
    }
    expect(failure(() => unprotectPublic(suite, { ...message, membershipTag: undefined }, keys)).code).toBe(
      "content.membership_tag",
    );
  });

  it("[6.2-02] are refused with any octet of the tag changed, another key, or another epoch's context", async () => {
    const message = protectPublic(suite, await authenticate(proposal()), keys);
    const tag = message.membershipTag ?? new Uint8Array(0);
    for (let position = 0; position < tag.length; position++) {
      const membershipTag = tag.map((octet, at) => (at === position ? octet ^ 1 : octet));
      const error = failure(() => unprotectPublic(suite, { ...message, membershipTag }, keys));
      expect(error.code).toBe("content.membership_tag");
    }
    for (const wrong of [
      { membershipKey: new Secret(new Uint8Array(32)), groupContext },
      { membershipKey, groupContext: new Uint8Array(3) },
    ]) {
      expect(failure(() => unprotectPublic(suite, message, wrong)).code).toBe("content.membership_tag");
    }
    unprotectPublic(suite, message, keys);
  });

  it("[6.2-02] are refused with any bit changed, by a typed error", async () => {
    const bytes = encode(PublicMessage, protectPublic(suite, await authenticate(commit()), keys));
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), (bit) => {
        const changed = bytes.map((octet, at) => (at === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet));
        expect(() => unprotectPublic(suite, decode(PublicMessage, changed), keys)).toThrow(MlsError);
      }),
      { numRuns: 500 },
    );
  });

  it("[6.2-03] with a right membership tag are still refused for a wrong signature", async () => {
    const authenticated = await authenticate(proposal());
    const { confirmationTag, signature } = authenticated.auth;
    const auth = { signature: signature.map((octet) => octet ^ 1), confirmationTag };
    const message = protectPublic(suite, { ...authenticated, auth }, keys);
    const opened = unprotectPublic(suite, message, keys);
    const verified = verifyContent(suite, opened, { publicKey, groupContext });
    await expect(verified).rejects.toMatchObject({ code: "signature.invalid" });
  });

  it("[6.2-04] of those who are no members have no room for a membership tag", async () => {
    for (const sender of SENDERS.slice(1)) {
      const message = protectPublic(suite, await authenticate(contentOf(sender)), keys);
      const bytes = encode(PublicMessage, message);
      const tagged = concat(bytes, Uint8Array.of(32), new Uint8Array(32));
      expect(failure(() => decode(PublicMessage, tagged))).toMatchObject({ code: "codec.trailing_bytes" });
      const claimed = { ...message, membershipTag: new Uint8Array(32) };
      expect(failure(() => unprotectPublic(suite, claimed, keys)).code).toBe("content.membership_tag");
    }
  });

  it("[6.1-10] are malformed without a confirmation tag in a commit, or with one elsewhere", async () => {
    const sender = { senderType: "new_member_commit" } as const;
    const bytes = encode(PublicMessage, protectPublic(suite, await authenticate(commit(sender)), keys));
    const untagged = bytes.subarray(0, bytes.length - 33);
    expect(failure(() => decode(PublicMessage, untagged)).class).toBe("malformed");
    const other = await authenticate(proposal({ senderType: "new_member_proposal" }, PROPOSALS.add));
    const tagged = concat(
      encode(PublicMessage, protectPublic(suite, other, keys)),
      Uint8Array.of(32),
      new Uint8Array(32),
    );
    expect(failure(() => decode(PublicMessage, tagged)).class).toBe("malformed");
  });

  it("[6-01] are not made of application data", () => {
    const auth = { signature: new Uint8Array(64), confirmationTag: undefined };
    const authenticated: AuthenticatedContent = { wireFormat: "mls_public_message", content: application(), auth };
    const error = failure(() => protectPublic(suite, authenticated, keys));
    expect(error).toMatchObject({ code: "content.application_not_private", class: "state-refused" });
  });

  it("[6-02] with application data are decoded, and refused before any cryptography", () => {
    const spy = spyOn(suite);
    const auth = { signature: new Uint8Array(64), confirmationTag: undefined };
    const message = { content: application(), auth, membershipTag: new Uint8Array(32) };
    const received = decode(PublicMessage, encode(PublicMessage, message));
    const error = failure(() => unprotectPublic(spy.suite, received, keys));
    expect(error).toMatchObject({ code: "content.application_in_public", class: "malformed" });
    expect(spy.calls()).toBe(0);
  });

  it("[6.1-08] of senders who may not send them are refused on both sides", async () => {
    const auth = { signature: new Uint8Array(64), confirmationTag: undefined };
    const content = proposal({ senderType: "new_member_proposal" });
    const authenticated: AuthenticatedContent = { wireFormat: "mls_public_message", content, auth };
    for (const action of [
      () => protectPublic(suite, authenticated, keys),
      () => unprotectPublic(suite, { content, auth, membershipTag: undefined }, keys),
      () => readPublic({ content, auth, membershipTag: undefined }),
    ]) {
      expect(failure(action).code).toBe("content.sender_type_forbidden");
    }
  });

  it("are not made of what was signed for a private message, nor of a commit without its tag", async () => {
    const authenticated = await authenticate(commit());
    const wrong: readonly AuthenticatedContent[] = [
      { ...authenticated, wireFormat: "mls_private_message" },
      { ...authenticated, auth: { ...authenticated.auth, confirmationTag: undefined } },
    ];
    for (const each of wrong) expect(failure(() => protectPublic(suite, each, keys)).code).toBe("input.invalid");
  });

  it("can be read by those who cannot check that the sender is a member", async () => {
    const authenticated = await authenticate(commit(member(3)));
    const message = protectPublic(suite, authenticated, keys);
    expect(readPublic({ ...message, membershipTag: new Uint8Array(0) })).toEqual(authenticated);
  });
});
