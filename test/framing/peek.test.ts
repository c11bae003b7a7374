import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { MalformedError } from "../../src/errors.ts";
import { peek } from "../../src/framing/peek.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { failure } from "../support/failure.ts";
import { commit } from "../support/framed.ts";
import { arbitraryOf } from "../support/generate.ts";

const publicCommit = encode(MLSMessage, {
  version: "mls10",
  wireFormat: "mls_public_message",
  publicMessage: {
    content: commit(),
    auth: { signature: new Uint8Array(64), confirmationTag: new Uint8Array(32) },
    membershipTag: new Uint8Array(32),
  },
});
const privateApplication = encode(MLSMessage, {
  version: "mls10",
  wireFormat: "mls_private_message",
  privateMessage: {
    groupId: utf8("group"),
    epoch: 7n,
    contentType: "application",
    authenticatedData: utf8("readable"),
    encryptedSenderData: new Uint8Array(28),
    ciphertext: new Uint8Array(100),
  },
});

describe("§6 what a message shows without keys", () => {
  it("is group, epoch, kind and sender of a public message", () => {
    expect(peek(publicCommit)).toEqual({
      version: "mls10",
      wireFormat: "mls_public_message",
      groupId: utf8("group"),
      epoch: 7n,
      sender: { senderType: "member", leafIndex: 0 },
      authenticatedData: utf8("readable"),
      contentType: "commit",
    });
  });

  it("is group, epoch and kind of a private message", () => {
    expect(peek(privateApplication)).toEqual({
      version: "mls10",
      wireFormat: "mls_private_message",
      groupId: utf8("group"),
      epoch: 7n,
      contentType: "application",
      authenticatedData: utf8("readable"),
    });
  });

  it("is the same of octets and of the decoded message, for every kind of message", () => {
    const kinds = new Set<string | number>();
    fc.assert(
      fc.property(arbitraryOf(MLSMessage), (message) => {
        const seen = peek(encode(MLSMessage, message));
        kinds.add(seen.wireFormat);
        expect(seen).toEqual(peek(message));
      }),
      { numRuns: 200 },
    );
    expect(kinds.size).toBe(5);
  });

  it("names cipher suite and receivers of a Welcome", () => {
    const message = decode(
      MLSMessage,
      encode(MLSMessage, {
        version: "mls10",
        wireFormat: "mls_welcome",
        welcome: {
          cipherSuite: 3,
          secrets: [
            {
              newMember: utf8("reference"),
              encryptedGroupSecrets: { kemOutput: new Uint8Array(32), ciphertext: new Uint8Array(40) },
            },
          ],
          encryptedGroupInfo: new Uint8Array(70),
        },
      }),
    );
    const seen = peek(encode(MLSMessage, message));
    if (seen.wireFormat !== "mls_welcome") throw new Error("not a Welcome");
    expect(seen.cipherSuite).toBe(3);
    expect(seen.secrets.map(({ newMember }) => newMember)).toEqual([utf8("reference")]);
  });

  it("does not depend on what stands behind it", () => {
    const head = 2 + 2 + 6 + 8 + 1 + 9;
    expect(peek(privateApplication.subarray(0, head))).toEqual(peek(privateApplication));
    expect(failure(() => peek(privateApplication.subarray(0, head - 1))).code).toBe("codec.truncated");
  });

  it.each([
    ["[6-04] another version", [0, 2, 0, 1], "codec.unsupported"],
    ["[6-05] wire format 0", [0, 1, 0, 0], "codec.unsupported"],
    ["[6-05] an unknown wire format", [0, 1, 0, 6], "codec.unsupported"],
    ["[6-05] nothing at all", [], "codec.truncated"],
    ["[6-05] content type 0", [0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "codec.undefined_value"],
  ])("fails with a typed error for %s", (_, octets, code) => {
    const error = failure(() => peek(Uint8Array.from(octets)));
    expect(error).toBeInstanceOf(MalformedError);
    expect(error.code).toBe(code);
  });

  it("fails with a typed error, or not, on any octets", () => {
    const octets = fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0, 1, 0, ...rest));
    fc.assert(
      fc.property(octets, (message) => {
        try {
          peek(message);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("names the place of a failure as decoding does", () => {
    const octets = Uint8Array.from([0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(failure(() => peek(octets)).details.path).toBe("MLSMessage.contentType");
    expect(failure(() => peek(privateApplication, { maxLength: 1 })).details.path).toBe("MLSMessage");
  });

  it("reads octets of another realm", () => {
    const foreign = runInNewContext("octets => Uint8Array.from(octets)")([...privateApplication]) as Uint8Array;
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect(peek(foreign)).toMatchObject({ wireFormat: "mls_private_message", epoch: 7n });
  });

  it("can be limited", () => {
    const error = failure(() => peek(privateApplication, { maxLength: privateApplication.length - 1 }));
    expect(error.code).toBe("codec.limit");
  });
});
