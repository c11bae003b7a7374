/** `copath inspect`: what it shows of objects in any encoding, and of what is none. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { concat, EMPTY, fromHex, toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { vector } from "../../src/codec/presentation.ts";
import { leafIndex } from "../../src/tree-math.ts";
import {
  Commit,
  Credential,
  Extension,
  GroupContext,
  type LeafNode,
  MLSMessage,
  RatchetTreeNodes,
  RequiredCapabilities,
} from "../../src/wire/index.ts";
import { publishedVectors } from "../support/vector-files.ts";
import { folderWith, run } from "./support.ts";

const key = new Uint8Array(32).fill(0xa5);
const requiredCapabilities = encode(RequiredCapabilities, {
  extensionTypes: [],
  proposalTypes: ["add"],
  credentialTypes: ["x509"],
});
const groupContext = (required: Uint8Array): GroupContext => ({
  version: "mls10",
  cipherSuite: 1,
  groupId: utf8("grüße"),
  epoch: 2n ** 64n - 1n,
  treeHash: key,
  confirmedTranscriptHash: EMPTY,
  extensions: [
    { extensionType: "required_capabilities", extensionData: required },
    { extensionType: 0x0a0a, extensionData: Uint8Array.of(1) },
    { extensionType: 0xf001, extensionData: EMPTY },
    { extensionType: 0x0100, extensionData: EMPTY },
  ],
});
const octets = encode(GroupContext, groupContext(requiredCapabilities));
const leafNode: LeafNode = {
  encryptionKey: key,
  signatureKey: key,
  credential: { credentialType: "basic", identity: utf8("\u001b[31mevil") },
  capabilities: { versions: ["mls10"], cipherSuites: [2, 0xdada], extensions: [], proposals: [], credentials: [] },
  leafNodeSource: "key_package",
  lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n },
  extensions: [],
  signature: EMPTY,
};

const base64 = (data: Uint8Array) => Buffer.from(data).toString("base64");
const inspect = (content: string | Uint8Array, ...args: string[]) =>
  run(["inspect", "-", ...args], { input: [content] });

describe("copath inspect: what it shows", () => {
  it("a tree of all fields, in the spelling of the RFC, with offsets and sizes", async () => {
    const { code, out, err } = await inspect(octets);
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n")).toEqual([
      "GroupContext, 75 octets, read as raw",
      "",
      "offset   size",
      "     0     75  GroupContext",
      "     0      2    version: mls10 (1)",
      "     2      2    cipher_suite: MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (1)",
      '     4      8    group_id: 6772c3bcc39f65 "grüße" (7 octets)',
      "    12      8    epoch: 18446744073709551615",
      "    20     33    tree_hash: a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5… (32 octets)",
      "    53      1    confirmed_transcript_hash: empty",
      "    54     21    extensions: Extension<V>, 4 elements",
      "    55     10      [0]: Extension (required_capabilities)",
      "    55      2        extension_type: required_capabilities (3)",
      "    57      8        extension_data: RequiredCapabilities",
      "    58      1          extension_types: ExtensionType<V> empty",
      "    59      3          proposal_types: ProposalType<V> add (1)",
      "    62      3          credential_types: CredentialType<V> x509 (2)",
      "    65      4      [1]: Extension (GREASE (2570))",
      "    65      2        extension_type: GREASE (2570)",
      "    67      2        extension_data: 01 (1 octet)",
      "    69      3      [2]: Extension (private use (61441))",
      "    69      2        extension_type: private use (61441)",
      "    71      1        extension_data: empty",
      "    72      3      [3]: Extension (not registered (256))",
      "    72      2        extension_type: not registered (256)",
      "    74      1        extension_data: empty",
      "",
    ]);
  });

  it("--full: all octets, and all elements", async () => {
    expect((await inspect(octets, "--full")).out).toContain(`tree_hash: ${toHex(key)} (32 octets)\n`);
    const list = encode(
      vector(Extension),
      new Array(100).fill({ extensionType: "application_id", extensionData: Uint8Array.of(0) }),
    );
    const short = await inspect(list, "--as", "extensions");
    expect(short.out).toContain("[31]: Extension");
    expect(short.out).not.toContain("[32]: Extension");
    expect(short.out).toContain("… 68 more (--full shows them)\n");
    expect((await inspect(list, "--as", "extensions", "--full")).out).toContain("[99]: Extension");
  });

  it("--json: the same as one value, with all octets", async () => {
    const { code, out } = await inspect(octets, "--json");
    const { object, ...rest } = JSON.parse(out);
    expect(code).toBe(0);
    expect(rest).toEqual({ type: "GroupContext", encoding: "raw", size: 75, others: [], errors: [] });
    expect(object.parts.slice(0, 5)).toEqual([
      { name: "version", type: "ProtocolVersion = mls10", offset: 0, size: 2, value: "mls10", number: 1 },
      {
        ...{ name: "cipher_suite", type: "CipherSuite", offset: 2, size: 2, value: 1 },
        meaning: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
      },
      { name: "group_id", type: "opaque", offset: 4, size: 8, octets: "6772c3bcc39f65", text: "grüße" },
      { name: "epoch", type: "uint64", offset: 12, size: 8, value: "18446744073709551615" },
      { name: "tree_hash", type: "opaque", offset: 20, size: 33, octets: toHex(key) },
    ]);
  });

  it("leaves, parents and blanks of a ratchet tree, and times; no control characters", async () => {
    const parent = { encryptionKey: key, parentHash: EMPTY, unmergedLeaves: [leafIndex(1), leafIndex(0)] };
    const tree = encode(RatchetTreeNodes, [
      { nodeType: "leaf", leafNode },
      { nodeType: "parent", parentNode: parent },
      undefined,
      undefined,
      { nodeType: "leaf", leafNode },
    ]);
    const { code, out } = await inspect(tree);
    expect(code).toBe(0);
    expect(out).toMatch(/^ratchet_tree, \d+ octets, read as raw$/m);
    expect(out).toMatch(/\[0\]: optional<Node> \(leaf\), leaf 0$/m);
    expect(out).toMatch(/\[1\]: optional<Node> \(parent\), parent$/m);
    expect(out).toMatch(/\[2\]: blank, leaf 1$/m);
    expect(out).toMatch(/\[3\]: blank, parent$/m);
    expect(out).toMatch(/unmerged_leaves: uint32<V> 1, 0$/m);
    expect(out).toMatch(/not_before: 0 \(1970-01-01T00:00:00Z\)$/m);
    expect(out).toMatch(/not_after: 18446744073709551615$/m);
    expect(out).toMatch(/MLS_128_DHKEMP256_AES128GCM_SHA256_P256 \(2\), GREASE \(56026\)$/m);
    expect(out).toMatch(/identity: 1b5b33316d6576696c \(9 octets\)$/m);
    expect(out).not.toContain("\u001b");
  });

  it("every object that the working group publishes", async (context) => {
    const published = publishedVectors("mls/messages.json") as readonly Record<string, string>[] | undefined;
    const [example] = published ?? [];
    if (example === undefined) return context.skip();
    const expected = {
      mls_welcome: "MLSMessage",
      mls_group_info: "MLSMessage",
      mls_key_package: "MLSMessage",
      ratchet_tree: "ratchet_tree",
      group_secrets: "GroupSecrets",
      commit: "Commit",
      public_message_application: "MLSMessage",
      public_message_proposal: "MLSMessage",
      public_message_commit: "MLSMessage",
      private_message: "MLSMessage",
    };
    const named = {
      add_proposal: "Add",
      update_proposal: "Update",
      remove_proposal: "Remove",
      pre_shared_key_proposal: "PreSharedKey",
      re_init_proposal: "ReInit",
      external_init_proposal: "ExternalInit",
      group_context_extensions_proposal: "GroupContextExtensions",
    };
    for (const [name, type] of Object.entries(expected)) {
      const { code, out } = await inspect(example[name] ?? "");
      expect([name, code, out.split(",")[0]]).toEqual([name, 0, type]);
    }
    for (const [name, type] of Object.entries(named)) {
      expect([name, (await inspect(example[name] ?? "", "--as", type)).code]).toEqual([name, 0]);
    }
    const bare = fromHex(example.mls_key_package ?? "").subarray(4);
    expect((await inspect(bare)).out).toMatch(/^KeyPackage, /);
  });
});

describe("copath inspect: encodings", () => {
  const padded = encode(GroupContext, { ...groupContext(EMPTY), groupId: fromHex("fbefbefbefbeff"), extensions: [] });
  it.each([
    ["raw", octets],
    ["hex", toHex(octets)],
    ["hex", `0x${toHex(octets).toUpperCase()}\n`],
    ["hex", toHex(octets).replaceAll(/../g, "$&:").slice(0, -1)],
    ["hex", toHex(octets).replaceAll(/../g, "0x$&, ")],
    ["hex", toHex(octets).replaceAll(/../g, "\\x$&")],
    ["hex", `"${toHex(octets).replaceAll(/.{32}/g, "$&\r\n")}"`],
    ["base64", base64(octets)],
    ["base64", `${base64(octets).replaceAll(/.{76}/g, "$&\n")}\n`],
    ["base64", base64(padded)],
    ["base64", base64(padded).replace(/=+$/, "")],
    ["base64", Buffer.from(padded).toString("base64url")],
  ])("%s is recognised: %#", async (encoding, content) => {
    const { code, out } = await inspect(content);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^GroupContext, \\d+ octets, read as ${encoding}$`, "m"));
  });

  it("what is in pieces is put together, and a file is read", async () => {
    const pieces = [...octets].map((octet) => Uint8Array.of(octet));
    expect((await run(["inspect", "-"], { input: pieces })).code).toBe(0);
    const file = join(folderWith({ object: base64(octets) }), "object");
    expect((await run(["inspect", file])).out).toMatch(/^GroupContext, /);
  });

  it("an encoding that is named is taken, whatever the characters look like", async () => {
    const lifetime = utf8("0123456789abcdef");
    expect((await inspect(lifetime, "--as", "lifetime")).out).toContain("16 octets, read as raw");
    const { code, out } = await inspect(lifetime, "--as", "lifetime", "--encoding", "hex");
    expect([code, out.split("\n")[0]]).toEqual([1, "Lifetime, 8 octets, read as hex"]);
  });

  it.each([
    [["-", "--encoding", "hex"], "not hex"],
    [["-", "--encoding", "morse"], "not 'morse'"],
    [["-", "--as", "Nonsense"], "there is no type 'Nonsense'; there are: MLSMessage, KeyPackage, "],
    [["/does/not/exist"], "cannot read '/does/not/exist'"],
    [[], "name one FILE"],
    [["-", "-"], "name one FILE"],
  ])("%j is called wrongly", async (args, message) => {
    const { code, out, err } = await run(["inspect", ...args], { input: ["xyz"] });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });
});

describe("copath inspect: types", () => {
  it.each(["GroupContext", "groupcontext", "group_context", "GROUP-CONTEXT"])("--as %s", async (name) => {
    expect((await inspect(octets, "--as", name)).code).toBe(0);
  });

  it("says what else would fit", async () => {
    const { out } = await inspect(Uint8Array.of(0, 0));
    expect(out).toMatch(/^Commit, 2 octets, read as raw$/m);
    const credential = encode(Credential, { credentialType: "basic", identity: EMPTY });
    expect((await inspect(credential)).out).toMatch(/^\w+, 3 octets, read as raw/);
  });
});

describe("copath inspect: what is malformed", () => {
  it("as far as it goes, then the code, the path, the offset and the octets around; exit code 1", async () => {
    const { code, out, err } = await inspect(octets.subarray(0, 60), "--as", "GroupContext");
    expect(code).toBe(1);
    expect(out).toContain("epoch: 18446744073709551615\n");
    expect(out).toMatch(/^ {4}54 {6}1 {4}extensions: Extension<V> {2}✗ codec\.truncated$/m);
    expect(err.split("\n")).toEqual([
      "",
      "codec.truncated in GroupContext.extensions, at offset 55 of 60",
      "  32 | a5  a5  a5  a5  a5  a5  a5  a5  a5  a5  a5  a5  a5  a5  a5  a5",
      "  48 | a5  a5  a5  a5  a5  00  14 [00] 03  07  00  02  end",
      "  The input ends only after all of its fields. 20 octets needed, 5 octets left.",
      "",
    ]);
  });

  it("the body of a known extension, although the object around it decodes", async () => {
    const { code, out, err } = await inspect(encode(GroupContext, groupContext(Uint8Array.of(0, 4, 0, 1, 0))));
    expect(code).toBe(1);
    expect(out).toMatch(/proposal_types: ProposalType<V> {2}✗ codec\.truncated$/m);
    expect(out).toContain("[1]: Extension (GREASE (2570))");
    expect(err).toContain(
      "codec.truncated in GroupContext.extensions[0].extension_data.proposal_types, at offset 60 of 73",
    );
  });

  it("no MLS object: what comes closest", async () => {
    const { code, out } = await inspect('{"not": "an object"}');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^No MLS object fits, and the input is text, but neither hexadecimal nor base64\. What comes closest/,
    );
    const welcome = await inspect(Uint8Array.of(0, 1, 0, 3, 0, 1, 9, 8));
    expect(welcome.out).toMatch(/^No MLS object fits\. .*\nMLSMessage, 8 octets/);
    expect(welcome.err).toContain("codec.truncated in MLSMessage.welcome.secrets, at offset 7 of 8");
  });

  it("nothing at all", async () => {
    const { code, out, err } = await inspect("");
    expect(code).toBe(1);
    expect(out).toMatch(/^The input is empty\. /);
    expect(err).toContain("codec.truncated in MLSMessage.version, at offset 0 of 0\n  0 |[end]\n");
  });

  it("--json: the failures with everything, still exit code 1", async () => {
    const { code, out, err } = await inspect(concat(octets, Uint8Array.of(7)), "--as", "GroupContext", "--json");
    expect([code, err]).toEqual([1, ""]);
    const { errors, object } = JSON.parse(out);
    expect(object.failure).toBe("codec.trailing_bytes");
    expect(errors).toEqual([
      {
        name: "MalformedError",
        code: "codec.trailing_bytes",
        class: "malformed",
        section: "2.1",
        path: "GroupContext",
        offset: 75,
        details: { path: "GroupContext", offset: 75, trailing: 1 },
        rule: expect.any(String),
        near: { offset: 59, octets: `${toHex(octets.subarray(59))}07` },
      },
    ]);
  });

  it("[12.1-05] [5.3-03] a proposal or credential of an application's own type is unsupported, where it starts", async () => {
    const proposal = { proposalType: 0xf001, body: Uint8Array.of(1, 2) } as const;
    const commit = encode(Commit, { proposals: [{ type: "proposal", proposal }], path: undefined });
    const { err, out } = await inspect(commit, "--as", "Commit");
    expect(err).toContain("codec.unsupported in Commit.proposals[0].proposal.proposal_type, at offset 2 of 7");
    expect(out).toContain("private use");
    const credential = encode(Credential, { credentialType: 0xf001, body: Uint8Array.of(1, 2) });
    expect((await inspect(credential, "--as", "Credential")).err).toContain(
      "codec.unsupported in Credential.credential_type, at offset 0 of 4",
    );
  });

  it("an unregistered wire format is unsupported", async () => {
    const { err } = await inspect(Uint8Array.of(0, 1, 0xf0, 1), "--as", "MLSMessage");
    expect(err).toContain("codec.unsupported in MLSMessage.wire_format, at offset 2 of 4");
    const { code } = await inspect(
      encode(MLSMessage, {
        version: "mls10",
        wireFormat: "mls_welcome",
        welcome: { cipherSuite: 1, secrets: [], encryptedGroupInfo: EMPTY },
      }),
    );
    expect(code).toBe(0);
  });
});
