/** What holds for every struct that travels, without knowing any of them. */
import { readdirSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, toHex } from "../../src/bytes.ts";
import { type Codec, decode, encode } from "../../src/codec/codec.ts";
import * as commit from "../../src/wire/commit.ts";
import * as credential from "../../src/wire/credential.ts";
import * as extension from "../../src/wire/extension.ts";
import * as framedContent from "../../src/wire/framed-content.ts";
import * as groupContext from "../../src/wire/group-context.ts";
import * as groupInfo from "../../src/wire/group-info.ts";
import * as keyPackage from "../../src/wire/key-package.ts";
import * as keys from "../../src/wire/keys.ts";
import * as leafNode from "../../src/wire/leaf-node.ts";
import * as mediaType from "../../src/wire/media-type.ts";
import * as message from "../../src/wire/message.ts";
import * as preSharedKey from "../../src/wire/pre-shared-key.ts";
import * as proposal from "../../src/wire/proposal.ts";
import * as ratchetTree from "../../src/wire/ratchet-tree.ts";
import * as registries from "../../src/wire/registries.ts";
import * as updatePath from "../../src/wire/update-path.ts";
import * as welcome from "../../src/wire/welcome.ts";
import { failure } from "../support/failure.ts";
import { arbitraryOf } from "../support/generate.ts";

const files = {
  commit,
  credential,
  extension,
  "framed-content": framedContent,
  "group-context": groupContext,
  "group-info": groupInfo,
  "key-package": keyPackage,
  keys,
  "leaf-node": leafNode,
  "media-type": mediaType,
  message,
  "pre-shared-key": preSharedKey,
  proposal,
  "ratchet-tree": ratchetTree,
  registries,
  "update-path": updatePath,
  welcome,
};

const isCodec = (value: unknown): value is Codec<unknown> =>
  typeof value === "object" && value !== null && "read" in value && "write" in value && "name" in value;

/** Without `Encoded…`: values that hold their own octets cannot be made up; `test/tree` holds them against the plain ones. */
const codecs: (readonly [string, Codec<unknown>])[] = [
  ...Object.values(files).flatMap((file) =>
    Object.entries(file).filter(
      (entry): entry is [string, Codec<unknown>] => isCodec(entry[1]) && !entry[0].startsWith("Encoded"),
    ),
  ),
  ["FramedContentAuthData of a commit", framedContent.framedContentAuthData("commit")],
  ["FramedContentAuthData of a proposal", framedContent.framedContentAuthData("proposal")],
];

/** Every place to cut short inputs, a sample of them for long ones. */
const cuts = (length: number): number[] =>
  length <= 200
    ? Array.from({ length }, (_, i) => i)
    : Array.from({ length: 200 }, (_, i) => Math.floor((i * length) / 200));

describe("§2.1 every struct", () => {
  it("none is left out here", () => {
    const present = readdirSync(new URL("../../src/wire", import.meta.url)).map((name) => name.replace(".ts", ""));
    expect(Object.keys(files).sort()).toEqual(present.filter((name) => name !== "index").sort());
    expect(codecs.length).toBeGreaterThan(55);
  });

  it.each(codecs)("[2.1-03] %s: decoding undoes encoding, and encoding undoes decoding", (_name, codec) => {
    fc.assert(
      fc.property(arbitraryOf(codec), (value) => {
        const bytes = encode(codec, value);
        const decoded = decode(codec, bytes);
        expect(decoded).toEqual(value);
        expect(toHex(encode(codec, decoded))).toBe(toHex(bytes));
      }),
      { numRuns: 60 },
    );
  });

  it.each(codecs)("[2.1-01] %s: cut off anywhere or with an octet too many it is refused", (name, codec) => {
    fc.assert(
      fc.property(arbitraryOf(codec), fc.nat(255), (value, octet) => {
        const bytes = encode(codec, value);
        for (const length of cuts(bytes.length)) {
          const { code } = failure(() => decode(codec, bytes.subarray(0, length)));
          expect(["codec.truncated", "codec.partial_element"], `${name} cut at ${length}`).toContain(code);
        }
        const error = failure(() => decode(codec, concat(bytes, Uint8Array.of(octet))));
        expect(error.code).toBe("codec.trailing_bytes");
        expect(error.details).toMatchObject({ offset: bytes.length, trailing: 1 });
      }),
      { numRuns: 12 },
    );
  });

  it.each(codecs)("%s: any octets are refused, or come back unchanged", (_name, codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        let value: unknown;
        try {
          value = decode(codec, bytes);
        } catch (error) {
          expect(error).toHaveProperty("reaction", "malformed");
          return;
        }
        expect(toHex(encode(codec, value))).toBe(toHex(bytes));
      }),
      { numRuns: 100 },
    );
  });

  it.each(codecs)("%s: a value that is none is refused by name", (_name, codec) => {
    for (const value of [null, "text", Number.NaN, Symbol.iterator]) {
      expect(failure(() => encode(codec, value)).code).toBe("codec.value_out_of_range");
    }
  });
});
