/** Peers whose ECDSA keys are compressed points (ts-mls), against §5.1.1. */
import { ECDH } from "node:crypto";
import type { Backend } from "copath/crypto";
import { describe, expect, it } from "vitest";
import { BACKENDS, type BackendName } from "../../src/copath/backends.ts";
import { readingCompressedKeys } from "../../src/copath/compressed-keys.ts";
import { type Actor, agree, client, follow, groupOf, refusal, text, utf8 } from "./support.ts";

const CURVE_OF = { 65: "prime256v1", 97: "secp384r1", 133: "secp521r1" } as Readonly<Record<number, string>>;

function compressed(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const curve = CURVE_OF[publicKey.length];
  if (curve === undefined) return new Uint8Array(publicKey);
  return new Uint8Array(ECDH.convertKey(publicKey, curve, undefined, undefined, "compressed") as Buffer);
}

/** Its signature keys are compressed points. */
const compressing: Backend = {
  ...BACKENDS.node,
  signatures: BACKENDS.node.signatures.map((scheme) => ({
    ...scheme,
    publicKeyOf: async (privateKey) => compressed(await scheme.publicKeyOf(privateKey)),
    generateKeyPair: async (random) => {
      const { publicKey, privateKey } = await scheme.generateKeyPair(random);
      return { privateKey, publicKey: compressed(publicKey) };
    },
  })),
};
const peer = () => client("node", { backend: compressing });

describe.each([2, 5, 7])("suite %i", (suite) => {
  it.each<BackendName>(["noble", "node", "webcrypto"])("are members like others, on %s", async (backend) => {
    for (const clients of [
      [client(backend), peer()],
      [peer(), client(backend)],
    ]) {
      const on = (position: number) => clients[position] ?? peer();
      const [alice, bob] = (await groupOf(["alice", "bob"], { suite, on })) as [Actor, Actor];
      const { proposal } = await bob.client.UpdateProposal({ stateId: bob.stateId });
      const { commit } = await alice.client.Commit({ stateId: alice.stateId, byReference: [proposal] });
      await follow(alice, [bob], { commit, proposal: [proposal] });
      const back = await bob.client.Commit({ stateId: bob.stateId, forcePath: true });
      await follow(bob, [alice], back);
      const { ciphertext } = await bob.client.Protect({ stateId: bob.stateId, plaintext: utf8("hi") });
      expect(text((await alice.client.Unprotect({ stateId: alice.stateId, ciphertext })).plaintext)).toBe("hi");
      await agree(alice, bob);
    }
  });

  it("are refused by a client that is told to, and so is what is no point", async () => {
    const strict = client("node", { compressedKeys: false });
    const strictly = groupOf(["alice", "bob"], { suite, on: (position) => [strict, peer()][position] ?? strict });
    expect(await refusal(strictly)).toBe("INVALID_ARGUMENT key.signature_public");
    const { signatures } = readingCompressedKeys(BACKENDS.node);
    for (const [position, length] of [33, 49, 67].entries()) {
      // No coordinate is as large as that: it would have to be less than the prime.
      const beyond = new Uint8Array(length).fill(0xff);
      beyond[0] = 2;
      const name = ["ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512"][position];
      const scheme = signatures.find((each) => each.name === name);
      expect(() => scheme?.checkPublicKey(beyond)).toThrowError(/key\.signature_public/);
    }
  });
});
