import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { type Codec, decode, encode } from "../../src/codec/codec.ts";
import {
  ContentType,
  CredentialType,
  ExtensionType,
  LeafNodeSource,
  NodeType,
  ProposalOrRefType,
  ProposalType,
  ProtocolVersion,
  PSKType,
  ResumptionPSKUsage,
  SenderType,
  WireFormat,
} from "../../src/wire/registries.ts";
import { failure } from "../support/failure.ts";

const open: (readonly [Codec<string | number>, readonly string[]])[] = [
  [ProtocolVersion, ["mls10"]],
  [WireFormat, ["mls_public_message", "mls_private_message", "mls_welcome", "mls_group_info", "mls_key_package"]],
  [ExtensionType, ["application_id", "ratchet_tree", "required_capabilities", "external_pub", "external_senders"]],
  [ProposalType, ["add", "update", "remove", "psk", "reinit", "external_init", "group_context_extensions"]],
  [CredentialType, ["basic", "x509"]],
];

const closed: (readonly [Codec<string>, readonly string[]])[] = [
  [ContentType, ["application", "proposal", "commit"]],
  [SenderType, ["member", "external", "new_member_proposal", "new_member_commit"]],
  [LeafNodeSource, ["key_package", "update", "commit"]],
  [NodeType, ["leaf", "parent"]],
  [PSKType, ["external", "resumption"]],
  [ResumptionPSKUsage, ["application", "reinit", "branch"]],
  [ProposalOrRefType, ["proposal", "reference"]],
];

/** §13.5: 0x0A0A, 0x1A1A, up to 0xEAEA. */
const grease = Array.from({ length: 15 }, (_, i) => 0x1010 * i + 0x0a0a);

describe("§17, §17.2 to §17.5 open registries", () => {
  it.each(open)("$name has its values from 1 on, in two octets", (codec, names) => {
    names.forEach((name, i) => {
      expect(toHex(encode(codec, name))).toBe(toHex(Uint8Array.of(0, i + 1)));
      expect(decode(codec, Uint8Array.of(0, i + 1))).toBe(name);
    });
  });

  it.each(open)("[7.2-06] [13.5-03] $name keeps unknown values, GREASE like any other", (codec, names) => {
    for (const value of [0, names.length + 1, 0xf000, 0xffff, ...grease]) {
      const bytes = Uint8Array.of(value >> 8, value & 0xff);
      expect(decode(codec, bytes)).toBe(value);
      expect(encode(codec, value)).toEqual(bytes);
    }
  });
});

describe("§2.1 closed enumerations", () => {
  it.each(closed)("[2.1-02] $name has its values from 1 on, in one octet, and no other", (codec, names) => {
    names.forEach((name, i) => {
      expect(toHex(encode(codec, name))).toBe(toHex(Uint8Array.of(i + 1)));
      expect(decode(codec, Uint8Array.of(i + 1))).toBe(name);
    });
    for (let value = 0; value < 256; value++) {
      if (value >= 1 && value <= names.length) continue;
      expect(failure(() => decode(codec, Uint8Array.of(value))).code).toBe("codec.undefined_value");
    }
  });
});
