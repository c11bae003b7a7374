/** What no codec here knows: kept where it has a length of its own, refused where it has none. */
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../src/bytes.ts";
import { type Codec, copyOf, decode, encode } from "../../src/codec/codec.ts";
import { opaque } from "../../src/codec/presentation.ts";
import { Commit } from "../../src/wire/commit.ts";
import { Credential } from "../../src/wire/credential.ts";
import {
  ApplicationId,
  applicationIdExtension,
  applicationIdOf,
  Extension,
  ExternalSenders,
  extensionData,
  externalSendersOf,
  RequiredCapabilities,
  requiredCapabilitiesOf,
} from "../../src/wire/extension.ts";
import { GroupContext } from "../../src/wire/group-context.ts";
import { Capabilities, LeafNode } from "../../src/wire/leaf-node.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { PreSharedKeyID } from "../../src/wire/pre-shared-key.ts";
import { Proposal } from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { failure } from "../support/failure.ts";
import { generate } from "../support/generate.ts";

const code = (codec: Codec<unknown>, hex: string) => failure(() => decode(codec, fromHex(hex))).code;

describe("§13 what is unknown and has a length", () => {
  it("[12.4.3-01] [10-08] an unknown extension keeps its type and its octets", () => {
    const bytes = fromHex("0a0a" + "03" + "c0ffee");
    expect(decode(Extension, bytes)).toEqual({ extensionType: 0x0a0a, extensionData: fromHex("c0ffee") });
    expect(toHex(encode(Extension, decode(Extension, bytes)))).toBe("0a0a03c0ffee");
  });

  it("[7.2-06] unknown values in each list of the capabilities stay", () => {
    const hex = "04000100ff" + "040001f00d" + "02" + "0a0a" + "0400032a2a" + "060001000277ff";
    const decoded = decode(Capabilities, fromHex(hex));
    expect(decoded).toEqual({
      versions: ["mls10", 0xff],
      cipherSuites: [1, 0xf00d],
      extensions: [0x0a0a],
      proposals: ["remove", 0x2a2a],
      credentials: ["basic", "x509", 0x77ff],
    });
    expect(toHex(encode(Capabilities, decoded))).toBe(hex);
  });

  it("the body of an extension is not looked at until it is asked for", () => {
    const broken = { extensionType: "required_capabilities" as const, extensionData: fromHex("ff") };
    expect(decode(Extension, encode(Extension, broken))).toEqual(broken);
    expect(failure(() => requiredCapabilitiesOf([broken])).code).toBe("codec.invalid_length_prefix");
  });
});

describe("§13 what is unknown and has no length", () => {
  it("[5.3-03] a credential of an unknown type is unsupported, wherever it stands", () => {
    for (const type of ["0000", "0003", "0a0a", "ffff"]) {
      const error = failure(() => decode(Credential, fromHex(`${type}0461626364`)));
      expect([error.code, error.class]).toEqual(["codec.unsupported", "unsupported"]);
    }
    const leaf = {
      ...generate(LeafNode, 1),
      credential: { credentialType: "basic", identity: fromHex("c0ffee") },
    } as LeafNode;
    const bytes = encode(LeafNode, leaf);
    const at = toHex(bytes).indexOf("000103c0ffee") / 2;
    const unknown = concat(bytes.subarray(0, at), fromHex("0a0a"), bytes.subarray(at + 2));
    const error = failure(() => decode(LeafNode, unknown));
    expect(error.code).toBe("codec.unsupported");
    expect(error.details).toMatchObject({ path: "LeafNode.credential.credentialType", value: 0x0a0a, offset: at });
  });

  it("[12.1-05] a proposal of an unknown type is unsupported, by itself and in a commit", () => {
    for (const type of ["0000", "0008", "0a0a", "f000"]) expect(code(Proposal, `${type}00`)).toBe("codec.unsupported");
    const error = failure(() => decode(Commit, fromHex("04" + "01" + "0a0a" + "00" + "00")));
    expect(error.code).toBe("codec.unsupported");
    expect(error.details).toMatchObject({ path: "Commit.proposals[0].proposal.proposalType", offset: 2 });
  });

  it("[6-05] an unknown wire format is unsupported, 0 included", () => {
    for (const format of ["0000", "0006", "0a0a", "f000"])
      expect(code(MLSMessage, `0001${format}00`)).toBe("codec.unsupported");
  });

  it("[6-04] a version other than mls10 is unsupported, in messages and in group contexts", () => {
    for (const version of ["0000", "0002", "0a0a"]) {
      expect(code(MLSMessage, `${version}000300010000`)).toBe("codec.unsupported");
      expect(failure(() => decode(GroupContext, fromHex(`${version}0001`))).details).toMatchObject({
        path: "GroupContext.version",
        offset: 0,
      });
    }
  });

  it("[12.1.4-04] unknown PSK types and usages are malformed", () => {
    for (const hex of ["00" + "0000", "03" + "0000"]) expect(code(PreSharedKeyID, hex)).toBe("codec.undefined_value");
    for (const usage of ["00", "04", "ff"]) {
      expect(code(PreSharedKeyID, `02${usage}00000000000000000000`)).toBe("codec.undefined_value");
    }
  });
});

describe("§5.3.3 application ids", () => {
  it("[5.3.3-01] are read as what the application wrote", () => {
    const extensionData = encode(ApplicationId, fromHex("a11ce0"));
    expect(toHex(extensionData)).toBe("03a11ce0");
    expect(applicationIdOf([{ extensionType: "application_id", extensionData }])).toEqual(fromHex("a11ce0"));
    expect(applicationIdOf([applicationIdExtension(fromHex("a11ce0"))])).toEqual(fromHex("a11ce0"));
    expect(applicationIdOf([])).toBeUndefined();
    const tooLong = { extensionType: "application_id", extensionData: fromHex("00ff") } as const;
    expect(failure(() => applicationIdOf([tooLong])).code).toBe("codec.trailing_bytes");
  });
});

describe("§7.2 leaf node sources", () => {
  it("[7.2-11] a lifetime belongs to key_package only, a parent hash to commit only", () => {
    const leaf = generate(LeafNode, 5);
    const common = { ...leaf, lifetime: undefined, parentHash: undefined };
    const fields = (source: string, extra: object) =>
      Object.keys(
        decode(LeafNode, encode(LeafNode, { ...common, leafNodeSource: source, ...extra } as unknown as LeafNode)),
      );
    expect(fields("key_package", { lifetime: { notBefore: 0n, notAfter: 1n } })).toContain("lifetime");
    expect(fields("key_package", { lifetime: { notBefore: 0n, notAfter: 1n } })).not.toContain("parentHash");
    expect(fields("commit", { parentHash: fromHex("aa") })).toContain("parentHash");
    expect(fields("commit", { parentHash: fromHex("aa") })).not.toContain("lifetime");
    expect(fields("update", {})).not.toContain("lifetime");
    expect(fields("update", {})).not.toContain("parentHash");
    expect(failure(() => fields("key_package", {})).details).toMatchObject({ path: "LeafNode.lifetime" });
    expect(failure(() => fields("commit", {})).details).toMatchObject({ path: "LeafNode.parentHash" });
  });
});

describe("§17.3 bodies of known extensions", () => {
  const required = { extensionTypes: [0x0a0a], proposalTypes: [], credentialTypes: ["basic" as const] };
  const list = [
    { extensionType: 0x0a0a, extensionData: fromHex("00") },
    { extensionType: "required_capabilities" as const, extensionData: encode(RequiredCapabilities, required) },
  ];

  it("[12.1.7-04] are found by type and decoded completely", () => {
    expect(requiredCapabilitiesOf(list)).toEqual(required);
    expect(requiredCapabilitiesOf([])).toBeUndefined();
    expect(extensionData(list, 0x0a0a)).toEqual(fromHex("00"));
    expect(extensionData(list, "external_pub")).toBeUndefined();
    const tooLong = { extensionType: "required_capabilities" as const, extensionData: fromHex("00000000") };
    expect(failure(() => requiredCapabilitiesOf([tooLong])).code).toBe("codec.trailing_bytes");
  });

  it("[12.1.8.1-01] external_senders is a list of any length", () => {
    const sender = {
      signatureKey: fromHex("aabb"),
      credential: { credentialType: "basic" as const, identity: fromHex("01") },
    };
    for (const senders of [[], [sender], [sender, sender, sender]]) {
      const extensionData = encode(ExternalSenders, senders);
      expect(externalSendersOf([{ extensionType: "external_senders", extensionData }])).toEqual(senders);
    }
    expect(externalSendersOf([])).toEqual([]);
    const cut = { extensionType: "external_senders" as const, extensionData: fromHex("02aabb") };
    expect(failure(() => externalSendersOf([cut])).code).toBe("codec.partial_element");
  });

  it("[5.3-02] a certificate list is a list of octet strings, each complete", () => {
    const x509 = {
      credentialType: "x509" as const,
      certificates: [{ certData: fromHex("0102") }, { certData: fromHex("03") }],
    };
    expect(toHex(encode(Credential, x509))).toBe("0002" + "05" + "020102" + "0103");
    expect(decode(Credential, fromHex("00020502010201" + "03"))).toEqual(x509);
    expect(code(Credential, "000204020102" + "02" + "03")).toBe("codec.partial_element");
  });
});

describe("§13.2, §13.3 what a decode call is told of", () => {
  const bodies = (struct: string, type: number) =>
    ["Proposal", "Credential"].includes(struct) && type === 0xf001 ? opaque : undefined;

  it("[12.1-05] a proposal, by itself and in a commit", () => {
    const octets = fromHex("f001" + "03c0ffee");
    const proposal = { proposalType: 0xf001, body: fromHex("03c0ffee") };
    expect(decode(Proposal, octets, { bodies })).toEqual(proposal);
    expect(encode(Proposal, proposal)).toEqual(octets);
    const commit = decode(Commit, fromHex(`0701${toHex(octets)}00`), { bodies });
    expect(commit).toEqual({ proposals: [{ type: "proposal", proposal }], path: undefined });
    expect(code(Proposal, toHex(octets))).toBe("codec.unsupported");
    for (const type of ["0000", "0008", "0a0a", "f000"]) {
      expect(failure(() => decode(Proposal, fromHex(`${type}00`), { bodies })).code).toBe("codec.unsupported");
    }
  });

  it("[5.3-03] a credential, in a leaf, a tree and external_senders", () => {
    const credential: Credential = { credentialType: 0xf001, body: fromHex("0461626364") };
    expect(toHex(encode(Credential, credential))).toBe("f0010461626364");
    const leaf = { ...generate(LeafNode, 1), credential } as LeafNode;
    expect(decode(LeafNode, encode(LeafNode, leaf), { bodies })).toEqual(leaf);
    expect(copyOf(LeafNode, leaf)).toEqual(leaf);
    const nodes: RatchetTreeNodes = [
      { nodeType: "leaf", leafNode: leaf },
      undefined,
      { nodeType: "leaf", leafNode: leaf },
    ];
    expect(decode(RatchetTreeNodes, encode(RatchetTreeNodes, nodes), { bodies })).toEqual(nodes);
    expect(failure(() => decode(RatchetTreeNodes, encode(RatchetTreeNodes, nodes))).code).toBe("codec.unsupported");
    const senders = [{ signatureKey: fromHex("aa"), credential }];
    const extensions = [
      { extensionType: "external_senders" as const, extensionData: encode(ExternalSenders, senders) },
    ];
    expect(externalSendersOf(extensions, { bodies })).toEqual(senders);
    expect(failure(() => externalSendersOf(extensions)).code).toBe("codec.unsupported");
  });

  it("a wire format, which no application adds, stays unsupported", () => {
    expect(failure(() => decode(MLSMessage, fromHex("0001f00100"), { bodies: () => opaque })).code).toBe(
      "codec.unsupported",
    );
  });
});
