import { describe, expect, it } from "vitest";
import { decode, encode, encodedOf } from "../../src/codec/codec.ts";
import { BLANK, Leaf, leaf } from "../../src/tree/node.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { LeafNode } from "../../src/wire/leaf-node.ts";
import { contentOf } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const keys = { signatureKey: new Uint8Array(32).fill(1), encryptionKey: new Uint8Array(300).fill(2) };
const leafNode = { ...contentOf(toySuite(), keys), signature: new Uint8Array([1, 2, 3]) } as LeafNode;
const custom = { ...leafNode, credential: { credentialType: 0xf001, body: new Uint8Array([7]) } } as LeafNode;

describe("§7.2 a leaf kept in its encoding", () => {
  it("is the octets that it is hashed and sent as", () => {
    const made = leaf(leafIndex(3), leafNode);
    expect(made.kind === "leaf" && made.octets).toEqual(encode(LeafNode, leafNode));
    expect(leaf(leafIndex(3), undefined)).toBe(BLANK);
  });

  it("is decoded for who asks, with the very signature key that it came with", () => {
    const made = leaf(leafIndex(3), leafNode) as Leaf;
    expect(made.read()).toEqual(leafNode);
    expect(made.read()).not.toBe(made.read());
    expect(made.read().signatureKey).toBe(keys.signatureKey);
    expect(made.signatureKey).toBe(keys.signatureKey);
    expect(made.encryptionKey).toEqual(keys.encryptionKey);
  });

  it("remembers what was asked for by name, until it is to forget", () => {
    const made = leaf(leafIndex(3), leafNode) as Leaf;
    const first = made.leafNode;
    expect(made.leafNode).toBe(first);
    expect(made.read()).toBe(first);
    expect(made.encryptionKey).toBe(first.encryptionKey);
    made.forget();
    expect(made.leafNode).not.toBe(first);
    expect(made.leafNode).toEqual(first);
  });

  it("remembers what it was decoded from", () => {
    const octets = encode(LeafNode, leafNode);
    const value = decode(LeafNode, octets);
    const made = new Leaf(leafIndex(0), { octets, read: () => value });
    expect(made.leafNode).toBe(value);
    expect(made.signatureKey).toBe(value.signatureKey);
  });

  it("never forgets what is too long to be decoded by itself", () => {
    const certificates = Array.from({ length: 70_000 }, () => ({ certData: new Uint8Array(0) }));
    const chain = { ...leafNode, credential: { credentialType: "x509", certificates } } as unknown as LeafNode;
    const made = leaf(leafIndex(3), chain) as Leaf;
    expect(made.leafNode).toBe(chain);
  });

  it("never forgets a credential whose end only the application knows", () => {
    const made = leaf(leafIndex(3), custom) as Leaf;
    expect(made.read()).toBe(custom);
    made.forget();
    expect(made.leafNode).toBe(custom);
    expect(new Leaf(leafIndex(0), encodedOf(LeafNode, custom)).octets).toEqual(encode(LeafNode, custom));
  });
});
