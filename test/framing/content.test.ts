import { describe, expect, it } from "vitest";
import { concat, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner, type Signer } from "../../src/crypto/signer.ts";
import {
  checkAuthData,
  checkSender,
  framedContentTBS,
  ratchetKind,
  signContent,
  verifyContent,
} from "../../src/framing/content.ts";
import { type AuthenticatedContent, FramedContent } from "../../src/wire/framed-content.ts";
import type { WireFormat } from "../../src/wire/registries.ts";
import { failure } from "../support/failure.ts";
import {
  application,
  CUSTOM,
  commit,
  fromMember,
  groupContext,
  member,
  PROPOSALS,
  proposal,
  SENDERS,
} from "../support/framed.ts";
import { nobleSuite } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";

const suite = nobleSuite();
const signer = await generateSigner(suite, seededRandom(1));
const { publicKey } = signer;

async function authenticate(
  content: FramedContent,
  wireFormat: WireFormat,
  context = groupContext,
): Promise<AuthenticatedContent> {
  const signature = await signContent(signer, wireFormat, content, context);
  const confirmationTag = content.contentType === "commit" ? new Uint8Array(32) : undefined;
  return { wireFormat, content, auth: { signature, confirmationTag } };
}

/** A signer or a suite that must not be reached. */
const unreached = (): never => {
  throw new Error("cryptography was reached");
};
const noSigner: Signer = { publicKey, sign: unreached };
const noVerification: CipherSuite = { ...suite, signature: { ...suite.signature, verifyMany: unreached } };

const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  member: ["commit", ...Object.keys(PROPOSALS)],
  external: ["add", "remove", "psk", "reinit", "group_context_extensions"],
  new_member_proposal: ["add"],
  new_member_commit: ["commit"],
};
const saidBy = (sender: (typeof SENDERS)[number]) => ({
  application: application(sender),
  commit: commit(sender),
  ...Object.fromEntries(Object.entries(PROPOSALS).map(([type, said]) => [type, proposal(sender, said)])),
});

describe("§6.1, §12.1.8 who may send what", () => {
  const cases = SENDERS.flatMap((sender) =>
    Object.entries(saidBy(sender)).map(([what, content]) => ({ who: sender.senderType, what, content })),
  );

  it.each(cases)(
    "[6.1-05] [6.1-06] [6.1-07] [6.1-08] [12.1.8-02] $who, $what, as a PublicMessage",
    async ({ who, what, content }) => {
      if (PUBLIC[who]?.includes(what) === true) {
        checkSender(content, "mls_public_message");
        await authenticate(content, "mls_public_message");
        return;
      }
      const code = what === "application" ? "content.application_in_public" : "content.sender_type_forbidden";
      const error = failure(() => checkSender(content, "mls_public_message"));
      expect(error).toMatchObject({ code, reaction: "malformed" });
      const auth = { signature: new Uint8Array(64), confirmationTag: undefined };
      const received: AuthenticatedContent = { wireFormat: "mls_public_message", content, auth };
      await expect(verifyContent(noVerification, received, { publicKey, groupContext })).rejects.toMatchObject({
        code,
      });
      const refusal = what === "application" ? "content.application_not_private" : code;
      const signed = signContent(noSigner, "mls_public_message", content, groupContext);
      await expect(signed).rejects.toMatchObject({ code: refusal });
    },
  );

  it.each(cases)("[6.3-01] [12.1.8-01] $who, $what, as a PrivateMessage", async ({ who, content }) => {
    if (who === "member") {
      checkSender(content, "mls_private_message");
      return;
    }
    const error = failure(() => checkSender(content, "mls_private_message"));
    expect(error).toMatchObject({ code: "content.sender_type_forbidden", reaction: "malformed" });
    const signed = signContent(noSigner, "mls_private_message", content, groupContext);
    await expect(signed).rejects.toMatchObject({ code: "content.must_be_public", class: "state-refused" });
  });

  it.each([
    ["member", true],
    ["external", true],
    ["new_member_proposal", false],
    ["new_member_commit", false],
  ] as const)("[12.1.8-02] a proposal of an application's own type by %s: %s", (senderType, allowed) => {
    const sender = SENDERS.find((each) => each.senderType === senderType) ?? member();
    const check = () => checkSender(proposal(sender, CUSTOM), "mls_public_message");
    if (allowed) check();
    else expect(failure(check).code).toBe("content.sender_type_forbidden");
  });

  it("nobody frames content as anything else", async () => {
    for (const wireFormat of ["mls_welcome", "mls_group_info", "mls_key_package", 77] as const) {
      const error = failure(() => checkSender(commit(), wireFormat));
      expect(error.code).toBe("message.wrong_wire_format");
      const signed = signContent(noSigner, wireFormat, commit(), groupContext);
      await expect(signed).rejects.toMatchObject({ code: "input.invalid" });
    }
  });

  it("[6-01] application data is not signed for a PublicMessage", async () => {
    const signed = signContent(noSigner, "mls_public_message", application(), groupContext);
    await expect(signed).rejects.toMatchObject({ code: "content.application_not_private", class: "state-refused" });
  });

  it("[6.1-10] a commit has a confirmation tag and nothing else has", async () => {
    for (const content of fromMember()) {
      const { wireFormat, auth } = await authenticate(content, "mls_private_message");
      checkAuthData({ wireFormat, content, auth });
      const confirmationTag = auth.confirmationTag === undefined ? new Uint8Array(32) : undefined;
      const error = failure(() => checkAuthData({ wireFormat, content, auth: { ...auth, confirmationTag } }));
      expect(error.code).toBe("input.invalid");
    }
  });

  it("the content type decides the ratchet", () => {
    expect(ratchetKind("application")).toBe("application");
    expect(ratchetKind("proposal")).toBe("handshake");
    expect(ratchetKind("commit")).toBe("handshake");
  });
});

describe("§6.1 what a signature covers", () => {
  const formats = { mls_public_message: [0, 1], mls_private_message: [0, 2] } as const;

  it.each(SENDERS)(
    "[6.1-03] of $senderType: version, wire format, content, and for some the group context",
    (sender) => {
      const content = sender.senderType === "new_member_commit" ? commit(sender) : proposal(sender, PROPOSALS.add);
      for (const wireFormat of ["mls_public_message", "mls_private_message"] as const) {
        const covered = sender.senderType === "member" || sender.senderType === "new_member_commit";
        const expected = concat(
          Uint8Array.of(0, 1, ...formats[wireFormat]),
          encode(FramedContent, content),
          covered ? groupContext : new Uint8Array(0),
        );
        expect(toHex(framedContentTBS(wireFormat, content, groupContext))).toBe(toHex(expected));
      }
    },
  );

  it("is encoded once for a public message, and anew for another context or format", () => {
    const content = commit();
    const tbs = framedContentTBS("mls_public_message", content, groupContext);
    expect(framedContentTBS("mls_public_message", content, groupContext)).toBe(tbs);
    const other = framedContentTBS("mls_public_message", content, utf8("another context"));
    expect(toHex(other)).not.toBe(toHex(tbs));
    expect(toHex(framedContentTBS("mls_private_message", content, groupContext))).not.toBe(toHex(tbs));
    expect(toHex(framedContentTBS("mls_public_message", content, groupContext))).toBe(toHex(tbs));
  });

  it("[6.1-01] [6.1-02] is verified with the sender's key", async () => {
    for (const content of fromMember()) {
      const authenticated = await authenticate(content, "mls_private_message");
      expect(await verifyContent(suite, authenticated, { publicKey, groupContext })).toBe(authenticated);
      const other = (await generateSigner(suite, seededRandom(2))).publicKey;
      const wrong = verifyContent(suite, authenticated, { publicKey: other, groupContext });
      await expect(wrong).rejects.toMatchObject({ code: "signature.invalid", class: "bad-signature" });
    }
  });

  it.each([
    [member(0), false],
    [{ senderType: "new_member_commit" }, false],
    [{ senderType: "external", senderIndex: 0 }, true],
    [{ senderType: "new_member_proposal" }, true],
  ] as const)("[6.1-03] of %o does not depend on the group context: %s", async (sender, independent) => {
    const content = sender.senderType === "new_member_commit" ? commit(sender) : proposal(sender, PROPOSALS.add);
    const authenticated = await authenticate(content, "mls_public_message");
    const verified = verifyContent(suite, authenticated, { publicKey, groupContext: utf8("of another epoch") });
    if (independent) await expect(verified).resolves.toBe(authenticated);
    else await expect(verified).rejects.toMatchObject({ code: "signature.invalid" });
  });

  it("[6.1-04] includes the wire format: a message cannot be moved", async () => {
    for (const content of [proposal(), commit()]) {
      const asPublic = await authenticate(content, "mls_public_message");
      const asPrivate = await authenticate(content, "mls_private_message");
      for (const moved of [
        { ...asPublic, wireFormat: "mls_private_message" } as const,
        { ...asPrivate, wireFormat: "mls_public_message" } as const,
      ]) {
        const verified = verifyContent(suite, moved, { publicKey, groupContext });
        await expect(verified).rejects.toMatchObject({ code: "signature.invalid" });
      }
    }
  });

  it("[6.1-02] includes every field of the content", async () => {
    const { auth } = await authenticate(proposal(), "mls_private_message");
    const content = proposal();
    const changed: readonly FramedContent[] = [
      { ...content, groupId: utf8("other") },
      { ...content, epoch: 8n },
      { ...content, sender: member(1) },
      { ...content, authenticatedData: new Uint8Array(0) },
      proposal(member(), PROPOSALS.add),
      application(),
    ];
    for (const each of changed) {
      const moved: AuthenticatedContent = { wireFormat: "mls_private_message", content: each, auth };
      const verified = verifyContent(suite, moved, { publicKey, groupContext });
      await expect(verified).rejects.toMatchObject({ code: "signature.invalid" });
    }
  });

  it("does not include the confirmation tag, which has to be compared by itself", async () => {
    const authenticated = await authenticate(commit(), "mls_public_message");
    const { signature } = authenticated.auth;
    const forged = { ...authenticated, auth: { signature, confirmationTag: new Uint8Array(32).fill(1) } };
    await expect(verifyContent(suite, forged, { publicKey, groupContext })).resolves.toBe(forged);
  });
});
