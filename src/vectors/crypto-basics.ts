/** The `crypto-basics` vectors of the MLS working group: §5.1.2, §5.1.3, §5.2, §8 and §9.1, one case per suite and function. */

import { fromHex } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import {
  decryptWithLabel,
  deriveSecret,
  deriveTreeSecret,
  encryptManyWithLabel,
  expandWithLabel,
  refHash,
  signWithLabel,
  verifyWithLabel,
} from "../crypto/labels.ts";
import { signerOf } from "../crypto/signer.ts";
import { Secret } from "../secret.ts";
import {
  type CaseOutcome,
  expectBytes,
  isListOf,
  type VectorCase,
  type VectorEnvironment,
  type VectorFamily,
} from "./family.ts";

interface Vector {
  readonly cipher_suite: number;
  readonly ref_hash: { label: string; value: string; out: string };
  readonly expand_with_label: { secret: string; label: string; context: string; length: number; out: string };
  readonly derive_secret: { secret: string; label: string; out: string };
  readonly derive_tree_secret: { secret: string; label: string; generation: number; length: number; out: string };
  readonly sign_with_label: { priv: string; pub: string; content: string; label: string; signature: string };
  readonly encrypt_with_label: {
    priv: string;
    pub: string;
    label: string;
    context: string;
    plaintext: string;
    kem_output: string;
    ciphertext: string;
  };
}

type Check = (suite: CipherSuite, vector: Vector, environment: VectorEnvironment) => Promise<void>;

const CHECKS: Readonly<Record<Exclude<keyof Vector, "cipher_suite">, Check>> = {
  async ref_hash(suite, { ref_hash: { label, value, out } }) {
    expectBytes("out", refHash(suite, label, fromHex(value)), fromHex(out));
  },

  async expand_with_label(suite, { expand_with_label: { secret, label, context, length, out } }) {
    const expanded = expandWithLabel(suite, secretOf(secret), { label, context: fromHex(context), length });
    expectBytes("out", expanded.bytes, fromHex(out));
  },

  async derive_secret(suite, { derive_secret: { secret, label, out } }) {
    expectBytes("out", deriveSecret(suite, secretOf(secret), label).bytes, fromHex(out));
  },

  async derive_tree_secret(suite, { derive_tree_secret: { secret, label, generation, length, out } }) {
    const derived = deriveTreeSecret(suite, secretOf(secret), { label, generation, length });
    expectBytes("out", derived.bytes, fromHex(out));
  },

  async sign_with_label(suite, { sign_with_label: { priv, pub, content, label, signature } }) {
    const signer = await signerOf(suite, fromHex(priv));
    expectBytes("pub", signer.publicKey, fromHex(pub));
    const request = { publicKey: fromHex(pub), label, content: fromHex(content) };
    await verifyWithLabel(suite, true, { ...request, signature: fromHex(signature) });
    await verifyWithLabel(suite, true, { ...request, signature: await signWithLabel(signer, label, request.content) });
  },

  async encrypt_with_label(suite, { encrypt_with_label: vector }, { random }) {
    const privateKey = secretOf(vector.priv);
    const publicKey = fromHex(vector.pub);
    const plaintext = fromHex(vector.plaintext);
    const input = { label: vector.label, context: fromHex(vector.context) };
    expectBytes("pub", await suite.kem.publicKeyOf(privateKey.bytes), publicKey);
    const given = { kemOutput: fromHex(vector.kem_output), ciphertext: fromHex(vector.ciphertext) };
    for (const ciphertext of [
      given,
      ...(await encryptManyWithLabel(suite, input, [{ publicKey, plaintext }], random)),
    ]) {
      const opened = await decryptWithLabel(suite, privateKey, { ...input, ciphertext });
      expectBytes("plaintext", opened.bytes, plaintext);
    }
  },
};

export const cryptoBasics: VectorFamily = {
  name: "crypto-basics",
  recognises: (file) => isListOf(file, "cipher_suite", ...Object.keys(CHECKS)),
  *cases(file): Iterable<VectorCase> {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      for (const [name, check] of Object.entries(CHECKS)) {
        yield {
          name: `${index} ${name}`,
          suite: vector.cipher_suite,
          run: (environment) => runWith(vector, check, environment),
        };
      }
    }
  },
};

async function runWith(vector: Vector, check: Check, environment: VectorEnvironment): Promise<CaseOutcome> {
  const suite = environment.suite(vector.cipher_suite);
  if (suite === undefined) return { notApplicable: "the backend lacks a primitive of the suite" };
  await check(suite, vector, environment);
  return "passed";
}

function secretOf(hex: string): Secret {
  return new Secret(fromHex(hex));
}
