/** Makes `welcome` (§12.4.3.1): Welcomes for several, with and without tree and path, for one of those who join. */

import { toHex, utf8 } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import { generateSigner } from "../crypto/signer.ts";
import { createGroup } from "../group/create.ts";
import { type CommitOptions, createCommit } from "../group/create-commit.ts";
import type { Environment } from "../group/environment.ts";
import { createKeyPackage } from "../group/key-package.ts";
import { dangerouslyAcceptEveryCredential } from "../testing/authentication.ts";
import { MLSMessage } from "../wire/message.ts";
import { type MakeInput, shareOf } from "./make-formulas.ts";

export async function makeWelcome(input: MakeInput): Promise<unknown[]> {
  const kinds = [{ ratchetTree: true }, { ratchetTree: false, forcePath: true }];
  const vectors = [];
  for (const options of shareOf(input, kinds)) vectors.push(await welcomeVector(input, options));
  return vectors;
}

/** The second of three joiners. */
async function welcomeVector({ suite, random }: MakeInput, options: CommitOptions): Promise<unknown> {
  const clock = () => 1_800_000_000n;
  const environment: Environment = { suite, random, clock, authentication: dangerouslyAcceptEveryCredential };
  const client = async (name: string) => ({
    signer: await generateSigner(suite, random),
    credential: { credentialType: "basic", identity: utf8(name) } as const,
  });
  const creator = await client("creator");
  const group = await createGroup(environment, creator);
  const [first, second, third] = [
    await createKeyPackage(environment, await client("first")),
    await createKeyPackage(environment, await client("second")),
    await createKeyPackage(environment, await client("third")),
  ];
  const proposals = [first, second, third].map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
  const { output } = await createCommit(environment, group, { ...options, proposals });
  const { keyPackage, initPrivateKey } = second;
  const message = encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
  return {
    cipher_suite: suite.id,
    init_priv: toHex(initPrivateKey.bytes),
    signer_pub: toHex(creator.signer.publicKey),
    key_package: toHex(message),
    welcome: toHex(output.welcomes[0] ?? new Uint8Array(0)),
  };
}
