import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, toHex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { opaque } from "../../src/codec/presentation.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { MlsError } from "../../src/errors.ts";
import { signContent, verifyContent } from "../../src/framing/content.ts";
import { noPadding, type PaddingPolicy, padToMultipleOf } from "../../src/framing/padding.ts";
import {
  deriveSenderDataKey,
  openSenderData,
  protectPrivate,
  unprotectPrivate,
} from "../../src/framing/private-message.ts";
import type { Bytes, Random } from "../../src/hpke/algorithms.ts";
import type { MessageKey } from "../../src/schedule/secret-tree.ts";
import { Secret } from "../../src/secret.ts";
import { leafIndex } from "../../src/tree-math.ts";
import type { AuthenticatedContent, FramedContent } from "../../src/wire/framed-content.ts";
import { PrivateMessage, SenderDataAAD } from "../../src/wire/message.ts";
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
import { rejection } from "../support/rejection.ts";
import { nobleSuite, spyOn } from "../support/spying-suite.ts";
import { seededRandom } from "../support/vector-run.ts";

const suite = nobleSuite();
const signer = await generateSigner(suite, seededRandom(1));
const { publicKey } = signer;
const wireFormat = "mls_private_message";
const senderDataSecret = new Secret(new Uint8Array(32).fill(1));
const messageKey: MessageKey = {
  generation: 5,
  key: new Secret(new Uint8Array(16).fill(2)),
  nonce: new Secret(new Uint8Array(12).fill(3)),
};
const keys = { senderDataSecret, messageKey };
const options = { padding: noPadding, random: seededRandom(2) };

async function authenticate(content: FramedContent): Promise<AuthenticatedContent> {
  const signature = await signContent(signer, wireFormat, content, groupContext);
  const confirmationTag = content.contentType === "commit" ? new Uint8Array(32).fill(2) : undefined;
  return { wireFormat, content, auth: { signature, confirmationTag } };
}

const open = (message: PrivateMessage, on: CipherSuite = suite) => {
  const senderData = openSenderData(on, message, senderDataSecret);
  return unprotectPrivate(on, message, { senderData, messageKey });
};

interface Sealed {
  readonly key: Uint8Array;
  readonly nonce: Bytes;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** A suite that tells what it seals, and seals what it is told instead: content first, then the sender data. */
function sealing(replace: (plaintext: Uint8Array, call: number) => Uint8Array = (plaintext) => plaintext) {
  const sealed: Sealed[] = [];
  const aead: CipherSuite["aead"] = {
    ...suite.aead,
    seal(key, nonce, aad, plaintext) {
      const replaced = replace(plaintext, sealed.length);
      sealed.push({ key: key.slice(), nonce: Uint8Array.from(nonce), aad: aad.slice(), plaintext: replaced.slice() });
      return suite.aead.seal(key, nonce, aad, replaced);
    },
    open: (key, nonce, aad, ciphertext) => suite.aead.open(key, nonce, aad, ciphertext),
  };
  return { suite: { ...suite, aead }, sealed };
}

describe("§6.3 private messages", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("arrive as they were sent, in suite %i", async (id) => {
    const each = nobleSuite(id);
    const random = seededRandom(id);
    const own = await generateSigner(each, random);
    const { Nk, Nn } = each.aead;
    const taken = { generation: 0, key: new Secret(random(Nk)), nonce: new Secret(random(Nn)) };
    const secret = new Secret(random(each.kdf.Nh));
    for (const content of fromMember()) {
      const signature = await signContent(own, wireFormat, content, groupContext);
      const confirmationTag = content.contentType === "commit" ? random(each.hash.length) : undefined;
      const authenticated: AuthenticatedContent = { wireFormat, content, auth: { signature, confirmationTag } };
      const sent = { senderDataSecret: secret, messageKey: taken };
      const message = await protectPrivate(each, authenticated, sent, { padding: noPadding, random });
      const received = decode(PrivateMessage, encode(PrivateMessage, message));
      const senderData = openSenderData(each, received, secret);
      expect(senderData).toMatchObject({ leafIndex: 0, generation: 0 });
      const opened = await unprotectPrivate(each, received, { senderData, messageKey: taken });
      expect(opened).toEqual(authenticated);
      await verifyContent(each, opened, { publicKey: own.publicKey, groupContext });
    }
  });

  it("carry empty application data and empty authenticated data", async () => {
    const content: FramedContent = { ...application(member(), ""), authenticatedData: new Uint8Array(0) };
    const authenticated = await authenticate(content);
    expect(await open(await protectPrivate(suite, authenticated, keys, options))).toEqual(authenticated);
  });

  it("show group, epoch, content type and authenticated data, and nothing else", async () => {
    const message = await protectPrivate(suite, await authenticate(application()), keys, options);
    expect(message).toMatchObject({ groupId: utf8("group"), epoch: 7n, contentType: "application" });
    expect(message.authenticatedData).toEqual(utf8("readable"));
    expect(toHex(encode(PrivateMessage, message))).not.toContain(toHex(utf8("hello")));
  });

  it("leave the keys that they were given, and none of those they derived", async () => {
    const authenticated = await authenticate(application());
    const spy = spyOn(suite);
    const message = await protectPrivate(spy.suite, authenticated, keys, options);
    await open(message, spy.suite);
    expect(spy.calls()).toBe(4);
    expect(spy.alive()).toEqual([]);
    expect([senderDataSecret, messageKey.key, messageKey.nonce].map(({ disposed }) => disposed)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("leave no derived key if they cannot be opened", async () => {
    const message = await protectPrivate(suite, await authenticate(application()), keys, options);
    for (const failAt of [0, 1]) {
      const spy = spyOn(suite, failAt);
      expect(() => openSenderData(spy.suite, message, senderDataSecret)).toThrow("the backend broke");
      expect(spy.alive()).toEqual([]);
    }
    const spy = spyOn(suite);
    const cut = { ...message, encryptedSenderData: new Uint8Array(0) };
    expect(failure(() => openSenderData(spy.suite, cut, senderDataSecret)).code).toBe("aead.open_failed");
    expect(spy.alive()).toEqual([]);
  });

  it("[6.3-01] [6.3.2-01] are made for members only", async () => {
    for (const sender of SENDERS.slice(1)) {
      const content = sender.senderType === "new_member_commit" ? commit(sender) : proposal(sender, PROPOSALS.add);
      const auth = { signature: new Uint8Array(64), confirmationTag: undefined };
      const { suite: sealer, sealed } = sealing();
      const error = await rejection(() => protectPrivate(sealer, { wireFormat, content, auth }, keys, options));
      expect(error).toMatchObject({ code: "content.not_a_member", class: "state-refused" });
      expect(sealed).toEqual([]);
    }
  });

  it("are not made of what was signed for a public message, nor of a commit without its tag", async () => {
    const authenticated = await authenticate(commit());
    const wrong: readonly AuthenticatedContent[] = [
      { ...authenticated, wireFormat: "mls_public_message" },
      { ...authenticated, auth: { ...authenticated.auth, confirmationTag: undefined } },
    ];
    for (const each of wrong)
      expect((await rejection(() => protectPrivate(suite, each, keys, options))).code).toBe("input.invalid");
  });
});

describe("§13.2 custom proposals", () => {
  it("are opened with the codecs of their bodies, and not without", async () => {
    const said = { ...commit(), commit: { proposals: [{ type: "proposal", proposal: CUSTOM }], path: undefined } };
    for (const content of [proposal(member(), CUSTOM), said as FramedContent]) {
      const authenticated = await authenticate(content);
      const message = await protectPrivate(suite, authenticated, keys, options);
      const senderData = openSenderData(suite, message, senderDataSecret);
      const bodies = () => opaque;
      expect(await unprotectPrivate(suite, message, { senderData, messageKey }, { bodies })).toEqual(authenticated);
      expect((await rejection(() => open(message))).code).toBe("codec.unsupported");
    }
  });
});

describe("§6.3.1 content encryption", () => {
  it("[6.3.1-01] pads with zeros, as many as the policy says for the length of content and signature", async () => {
    const authenticated = await authenticate(application());
    const { suite: sealer, sealed } = sealing();
    const asked: number[] = [];
    const padding: PaddingPolicy = (contentLength) => {
      asked.push(contentLength);
      return 20;
    };
    const message = await protectPrivate(sealer, authenticated, keys, { ...options, padding });
    const plaintext = sealed[0]?.plaintext ?? new Uint8Array(0);
    const content = concat(Uint8Array.of(5), utf8("hello"), Uint8Array.of(0x40, 64), authenticated.auth.signature);
    expect(toHex(plaintext)).toBe(toHex(concat(content, new Uint8Array(20))));
    expect(asked).toEqual([content.length]);
    expect(await open(message)).toEqual(authenticated);
  });

  it("[6.3.1-01] makes ciphertexts of equal length from contents of unequal length", async () => {
    const lengths = new Set<number>();
    for (const text of ["", "a", "a longer text", "x".repeat(60)]) {
      const authenticated = await authenticate(application(member(), text));
      const padded = await protectPrivate(suite, authenticated, keys, { ...options, padding: padToMultipleOf(256) });
      expect(await open(padded)).toEqual(authenticated);
      lengths.add(padded.ciphertext.length);
    }
    expect([...lengths]).toEqual([256 + 16]);
  });

  it("[6.3.1-02] refuses padding with a non-zero octet anywhere", async () => {
    const authenticated = await authenticate(application());
    const length = 10;
    for (let position = 0; position < length; position++) {
      const { suite: sealer } = sealing((plaintext, call) =>
        call === 0
          ? plaintext.map((octet, at) => (at === plaintext.length - length + position ? 1 : octet))
          : plaintext,
      );
      const message = await protectPrivate(sealer, authenticated, keys, { ...options, padding: () => length });
      const error = await rejection(() => open(message));
      expect(error).toMatchObject({ code: "content.padding_not_zero", class: "malformed" });
    }
  });

  it.each([-1, 0.5, Number.NaN])("refuses %d as a number of padding octets", async (length) => {
    const authenticated = await authenticate(application());
    const refused = await rejection(() =>
      protectPrivate(suite, authenticated, keys, { ...options, padding: () => length }),
    );
    expect(refused.code).toBe("option.invalid");
  });

  it("[6.3.1-04] takes four fresh octets as the reuse guard of each message", async () => {
    const authenticated = await authenticate(application());
    const lengths: number[] = [];
    const random: Random = (length) => {
      lengths.push(length);
      return new Uint8Array(length).fill(0x10 * lengths.length);
    };
    const guards: string[] = [];
    while (guards.length < 3) {
      const message = await protectPrivate(suite, authenticated, keys, { ...options, random });
      guards.push(toHex(openSenderData(suite, message, senderDataSecret).reuseGuard));
    }
    expect(lengths).toEqual([4, 4, 4]);
    expect(guards).toEqual(["10101010", "20202020", "30303030"]);
  });

  it("[6.3.1-05] encrypts under the ratchet's nonce with the guard XORed into its first four octets", async () => {
    const { suite: sealer, sealed } = sealing();
    const random: Random = () => Uint8Array.of(0xff, 0x00, 0x0f, 0x03);
    await protectPrivate(sealer, await authenticate(application()), keys, { ...options, random });
    expect(toHex(sealed[0]?.key ?? new Uint8Array(0))).toBe("02".repeat(16));
    expect(toHex(sealed[0]?.nonce ?? new Uint8Array(0))).toBe(`fc030c00${"03".repeat(8)}`);
    expect(toHex(messageKey.nonce.bytes)).toBe("03".repeat(12));
  });

  it("refuses randomness that is not four octets", async () => {
    const authenticated = await authenticate(application());
    for (const length of [0, 3, 5]) {
      const random: Random = () => new Uint8Array(length);
      const refused = await rejection(() => protectPrivate(suite, authenticated, keys, { ...options, random }));
      expect(refused.code).toBe("codec.value_out_of_range");
    }
  });

  it("[6.3.1-07] binds group, epoch, content type and authenticated data to the content", async () => {
    const message = await protectPrivate(suite, await authenticate(application()), keys, options);
    const senderData = openSenderData(suite, message, senderDataSecret);
    const changed: readonly PrivateMessage[] = [
      { ...message, groupId: utf8("other") },
      { ...message, epoch: 8n },
      { ...message, contentType: "proposal" },
      { ...message, authenticatedData: utf8("readablf") },
      { ...message, authenticatedData: new Uint8Array(0) },
    ];
    for (const each of changed) {
      const error = await rejection(() => unprotectPrivate(suite, each, { senderData, messageKey }));
      expect(error).toMatchObject({ code: "aead.open_failed", class: "decrypt-failed" });
    }
    await unprotectPrivate(suite, message, { senderData, messageKey });
  });

  it("[6.3.1-08] decodes content by the outer content type, which cannot be changed", async () => {
    for (const content of fromMember()) {
      const message = await protectPrivate(suite, await authenticate(content), keys, options);
      const senderData = openSenderData(suite, message, senderDataSecret);
      for (const contentType of ["application", "proposal", "commit"] as const) {
        if (contentType === message.contentType) continue;
        const moved = { ...message, contentType };
        expect(failure(() => openSenderData(suite, moved, senderDataSecret)).code).toBe("aead.open_failed");
        expect((await rejection(() => unprotectPrivate(suite, moved, { senderData, messageKey }))).code).toBe(
          "aead.open_failed",
        );
      }
    }
  });

  it("[6.3.1-09] refuses what is too long, before anything is encrypted", async () => {
    const authenticated = await authenticate(application());
    const { suite: sealer, sealed } = sealing();
    const limit = 2 ** 30 - 1 - suite.aead.Nt;
    for (const padding of [() => limit, () => 2 ** 40]) {
      const error = await rejection(() => protectPrivate(sealer, authenticated, keys, { ...options, padding }));
      expect(error).toMatchObject({ code: "aead.too_long", class: "limit" });
    }
    const long = { length: limit + 1 } as Uint8Array;
    for (const content of [
      { ...application(), applicationData: long },
      { ...application(), authenticatedData: long },
    ]) {
      const refused = await rejection(() => protectPrivate(sealer, { ...authenticated, content }, keys, options));
      expect(refused.code).toBe("aead.too_long");
    }
    expect(sealed).toEqual([]);
  });

  it("[6.3.1-06] [6.3.2-06] content under another member's leaf and key is caught by the signature", async () => {
    const authenticated = await authenticate(application(member(0)));
    const victim: FramedContent = { ...authenticated.content, sender: member(1) };
    const message = await protectPrivate(suite, { ...authenticated, content: victim }, keys, options);
    const opened = await open(message);
    expect(opened.content.sender).toEqual(member(1));
    const verified = verifyContent(suite, opened, { publicKey, groupContext });
    await expect(verified).rejects.toMatchObject({ code: "signature.invalid" });
  });

  it("[6.1-10] a commit without a confirmation tag, or another content with one, is malformed", async () => {
    const tagged = await authenticate(commit());
    const { suite: cutting } = sealing((plaintext, call) =>
      call === 0 ? plaintext.subarray(0, plaintext.length - 33) : plaintext,
    );
    const cut = await rejection(async () => open(await protectPrivate(cutting, tagged, keys, options)));
    expect(cut.class).toBe("malformed");
    const { suite: adding } = sealing((plaintext, call) =>
      call === 0 ? concat(plaintext, Uint8Array.of(32), new Uint8Array(32)) : plaintext,
    );
    const untagged = await authenticate(proposal());
    const added = await rejection(async () => open(await protectPrivate(adding, untagged, keys, options)));
    expect(added.code).toBe("content.padding_not_zero");
  });

  it("fails with a typed error on any plaintext", async () => {
    const authenticated = await authenticate(application());
    const octets = fc.uint8Array({ maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(octets, fc.constantFrom("application", "proposal", "commit"), async (garbage, contentType) => {
        const content = { application: application(), proposal: proposal(), commit: commit() }[contentType];
        const confirmationTag = contentType === "commit" ? new Uint8Array(32) : undefined;
        const auth = { ...authenticated.auth, confirmationTag };
        const { suite: sealer } = sealing((plaintext, call) => (call === 0 ? garbage : plaintext));
        const message = await protectPrivate(sealer, { wireFormat, content, auth }, keys, options);
        try {
          await open(message);
        } catch (error) {
          expect(error).toBeInstanceOf(MlsError);
          expect(error).toMatchObject({ class: expect.stringMatching(/^(malformed|unsupported|limit)$/) });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("§6.3.2 sender data encryption", () => {
  it("[6.3.2-02] is keyed by the first KDF.Nh octets of the ciphertext, or all of a shorter one", () => {
    const ciphertext = Uint8Array.from({ length: 40 }, (_, position) => position);
    const derived = (sample: Uint8Array) => {
      const { key, nonce } = deriveSenderDataKey(suite, senderDataSecret, sample);
      return `${toHex(key.bytes)} ${toHex(nonce.bytes)}`;
    };
    expect(derived(ciphertext)).toBe(derived(ciphertext.subarray(0, 32)));
    expect(derived(ciphertext)).not.toBe(derived(ciphertext.subarray(0, 31)));
    expect(derived(ciphertext.subarray(0, 5))).not.toBe(derived(ciphertext.subarray(0, 4)));
    derived(new Uint8Array(0));
  });

  it("[6.3.2-02] works with a ciphertext shorter than KDF.Nh", async () => {
    const { suite: sealer } = sealing((plaintext, call) => (call === 0 ? new Uint8Array(0) : plaintext));
    const message = await protectPrivate(sealer, await authenticate(application()), keys, options);
    expect(message.ciphertext.length).toBeLessThan(suite.kdf.Nh);
    expect(openSenderData(suite, message, senderDataSecret)).toMatchObject({ generation: 5 });
  });

  it("[6.3.2-01] names the leaf of the sender and the generation of the key, also leaf 0 and the last ones", async () => {
    for (const leaf of [0, 1, 0xffffffff]) {
      for (const generation of [0, 1, 0xfffffffe]) {
        const authenticated = await authenticate(application(member(leaf)));
        const taken = { ...messageKey, generation };
        const message = await protectPrivate(suite, authenticated, { senderDataSecret, messageKey: taken }, options);
        const opened = openSenderData(suite, message, senderDataSecret);
        expect(opened).toMatchObject({ leafIndex: leaf, generation });
      }
    }
  });

  it("[6.3.2-03] binds group, epoch and content type", async () => {
    const message = await protectPrivate(suite, await authenticate(application()), keys, options);
    const changed: readonly PrivateMessage[] = [
      { ...message, groupId: utf8("other") },
      { ...message, epoch: 8n },
      { ...message, contentType: "commit" },
    ];
    for (const each of changed) {
      const error = failure(() => openSenderData(suite, each, senderDataSecret));
      expect(error).toMatchObject({ code: "aead.open_failed", class: "decrypt-failed" });
    }
    openSenderData(suite, { ...message, authenticatedData: new Uint8Array(0) }, senderDataSecret);
  });

  it("[6.3.2-04] has exactly twelve octets", async () => {
    const message = await protectPrivate(suite, await authenticate(application()), keys, options);
    const { key, nonce } = deriveSenderDataKey(suite, senderDataSecret, message.ciphertext);
    const aad = encode(SenderDataAAD, message);
    const withLength = (length: number) => ({
      ...message,
      encryptedSenderData: suite.aead.seal(key.bytes, nonce.bytes, aad, new Uint8Array(length)),
    });
    for (const length of [0, 8, 11, 13, 16]) {
      expect(failure(() => openSenderData(suite, withLength(length), senderDataSecret)).class).toBe("malformed");
    }
    const reuseGuard = new Uint8Array(4);
    expect(openSenderData(suite, withLength(12), senderDataSecret)).toEqual({
      leafIndex: leafIndex(0),
      generation: 0,
      reuseGuard,
    });
  });

  it("[6.3.1-10] fails with a typed error at any truncation or change, and then opens the real message", async () => {
    const authenticated = await authenticate(proposal());
    const message = await protectPrivate(suite, authenticated, keys, options);
    for (const field of ["ciphertext", "encryptedSenderData"] as const) {
      const octets = message[field];
      for (let length = 0; length < octets.length; length++) {
        const cut = { ...message, [field]: octets.subarray(0, length) };
        expect((await rejection(() => open(cut))).code).toBe("aead.open_failed");
        const flipped = { ...message, [field]: octets.map((octet, at) => (at === length ? octet ^ 0x80 : octet)) };
        expect((await rejection(() => open(flipped))).code).toBe("aead.open_failed");
      }
    }
    expect(await open(message)).toEqual(authenticated);
  });
});
