/** Makes `tree-math` (appendix C), `deserialization` (§2.1.2) and `crypto-basics` (§5.1.2, §5.1.3, §5.2, §8, §9.1). */

import { concat, EMPTY, toHex, utf8 } from "../bytes.ts";
import { seal } from "../hpke/single-shot.ts";
import {
  deriveSecret,
  deriveTreeSecret,
  expandWithLabel,
  lengthHeader,
  type MakeInput,
  opaqueV,
  refHash,
  signWithLabel,
} from "./make-formulas.ts";

type Relatives = Record<"left" | "right" | "parent" | "sibling", (number | null)[]>;

const TREE_SIZES = [1, 2, 4, 8, 16, 32, 64];

/** Trees are built from halves and their nodes counted from left to right: no formula of appendix C is used. */
export function makeTreeMath(): unknown[] {
  return TREE_SIZES.map((leaves) => {
    const relatives: Relatives = { left: [], right: [], parent: [], sibling: [] };
    const root = placeSubtree(relatives, leaves);
    relatives.parent[root] = null;
    relatives.sibling[root] = null;
    return { n_leaves: leaves, n_nodes: relatives.left.length, root, ...relatives };
  });
}

/** The number of the subtree's top. */
function placeSubtree(relatives: Relatives, leaves: number): number {
  const { left, right, parent, sibling } = relatives;
  if (leaves === 1) {
    right.push(null);
    return left.push(null) - 1;
  }
  const below = placeSubtree(relatives, leaves / 2);
  const top = left.push(below) - 1;
  right.push(null);
  const beside = placeSubtree(relatives, leaves / 2);
  right[top] = beside;
  for (const child of [below, beside]) parent[child] = top;
  sibling[below] = beside;
  sibling[beside] = below;
  return top;
}

const LENGTHS = [0, 1, 62, 63, 64, 65, 255, 256, 16_382, 16_383, 16_384, 16_385, 65_535, 65_536, 2 ** 24, 2 ** 30 - 1];

export function makeDeserialization(): unknown[] {
  return LENGTHS.map((length) => ({ vlbytes_header: toHex(lengthHeader(length)), length }));
}

export async function makeCryptoBasics(input: MakeInput): Promise<unknown[]> {
  const { suite, random } = input;
  const secret = random(suite.kdf.Nh);
  const [value, context] = [random(70), random(300)];
  const [generation, length] = [0xffff_fffe, 2 * suite.kdf.Nh + 1];
  const sizes = { generation, length };
  return [
    {
      cipher_suite: suite.id,
      ref_hash: { label: "RefHash", value: toHex(value), out: toHex(refHash(suite, "RefHash", value)) },
      expand_with_label: {
        secret: toHex(secret),
        label: "ExpandWithLabel",
        context: toHex(context),
        length,
        out: toHex(expandWithLabel(suite, secret, "ExpandWithLabel", { context, length })),
      },
      derive_secret: {
        secret: toHex(secret),
        label: "DeriveSecret",
        out: toHex(deriveSecret(suite, secret, "DeriveSecret")),
      },
      derive_tree_secret: {
        secret: toHex(secret),
        label: "DeriveTreeSecret",
        ...sizes,
        out: toHex(deriveTreeSecret(suite, secret, "DeriveTreeSecret", sizes)),
      },
      sign_with_label: await signCase(input),
      encrypt_with_label: await encryptCase(input),
    },
  ];
}

async function signCase({ suite, random }: MakeInput): Promise<unknown> {
  const { privateKey, publicKey } = await suite.signature.generateKeyPair(random);
  const [label, content] = ["SignWithLabel", random(100)];
  const signature = await signWithLabel(suite, privateKey, label, content);
  return {
    priv: toHex(privateKey),
    pub: toHex(publicKey),
    content: toHex(content),
    label,
    signature: toHex(signature),
  };
}

/** With an empty context, and a plaintext longer than a block of any hash. */
async function encryptCase({ suite, random }: MakeInput): Promise<unknown> {
  const { privateKey, publicKey } = await suite.kem.deriveKeyPair(random(suite.kem.Nsk));
  const [label, plaintext] = ["EncryptWithLabel", random(129)];
  const info = concat(opaqueV(utf8(`MLS 1.0 ${label}`)), opaqueV(EMPTY));
  const { enc, ciphertext } = await seal(suite, publicKey, { info, plaintext, random });
  return {
    priv: toHex(privateKey),
    pub: toHex(publicKey),
    label,
    context: "",
    plaintext: toHex(plaintext),
    kem_output: toHex(enc),
    ciphertext: toHex(ciphertext),
  };
}
