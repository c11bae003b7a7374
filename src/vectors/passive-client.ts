/** The `passive-client-*` vectors of the MLS working group: a client joins by a Welcome and follows the group. */

import { fromHex, toHex } from "../bytes.ts";
import { decode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import type { Environment } from "../group/environment.ts";
import { joinGroup } from "../group/join.ts";
import { importKeyPackage } from "../group/key-package.ts";
import { epochAuthenticator } from "../group/members.ts";
import { processMessage } from "../group/messages.ts";
import type { GroupState } from "../group/state.ts";
import { dispose } from "../secret.ts";
import { dangerouslyAcceptEveryCredential } from "../testing/authentication.ts";
import { MLSMessage } from "../wire/message.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { expectBytes, isListOf, type VectorEnvironment, type VectorFamily } from "./family.ts";
import { hpkePrivateKeyOctets, privateKeyOctets, suiteCase } from "./suite-case.ts";

interface EpochVector {
  readonly proposals: readonly string[];
  readonly commit: string;
  readonly epoch_authenticator: string;
}

interface PassiveClientVector {
  readonly cipher_suite: number;
  readonly external_psks?: readonly { readonly psk_id: string; readonly psk: string }[];
  readonly key_package: string;
  readonly signature_priv: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree?: string | null;
  readonly initial_epoch_authenticator: string;
  readonly epochs: readonly EpochVector[];
}

export const passiveClient: VectorFamily = {
  name: "passive-client",
  recognises: (file) =>
    isListOf(file, "cipher_suite", "key_package", "init_priv", "welcome", "initial_epoch_authenticator", "epochs"),
  cases: (file) =>
    (file as readonly PassiveClientVector[]).map((vector, index) =>
      suiteCase(`case ${index}`, vector.cipher_suite, (suite, { random }) => follow(suite, random, vector)),
    ),
};

async function follow(
  suite: CipherSuite,
  random: VectorEnvironment["random"],
  vector: PassiveClientVector,
): Promise<void> {
  const environment = environmentFor(suite, random, vector);
  const message = decode(MLSMessage, fromHex(vector.key_package));
  if (message.wireFormat !== "mls_key_package") throw new InvalidError("vectors.mismatch", { what: "key_package" });
  const bundle = await importKeyPackage(environment, message.keyPackage, {
    initPrivateKey: hpkePrivateKeyOctets(suite, vector.init_priv),
    encryptionPrivateKey: hpkePrivateKeyOctets(suite, vector.encryption_priv),
    signaturePrivateKey: privateKeyOctets(suite, vector.signature_priv, message.keyPackage.leafNode.signatureKey),
  });
  const joined = await joinGroup(environment, {
    welcome: fromHex(vector.welcome),
    keyPackages: [bundle],
    ...treeOf(vector),
  });
  dispose(joined.spent);
  let state = joined.state;
  expectAuthenticator("initial_epoch_authenticator", state, vector.initial_epoch_authenticator);
  for (const [index, epoch] of vector.epochs.entries()) {
    for (const each of [...epoch.proposals, epoch.commit]) {
      const processed = await processMessage(environment, state, fromHex(each));
      dispose(processed.spent);
      state = processed.state;
    }
    expectAuthenticator(`epoch_authenticator of epoch ${index}`, state, epoch.epoch_authenticator);
  }
}

function treeOf({ ratchet_tree: tree }: PassiveClientVector): { ratchetTree?: RatchetTreeNodes } {
  return typeof tree === "string" ? { ratchetTree: decode(RatchetTreeNodes, fromHex(tree)) } : {};
}

/** Credentials are accepted and lifetimes not judged: the vectors are about neither. They may name any old epoch's PSK. */
function environmentFor(
  suite: CipherSuite,
  random: VectorEnvironment["random"],
  vector: PassiveClientVector,
): Environment {
  const psks = new Map((vector.external_psks ?? []).map(({ psk_id, psk }) => [toHex(fromHex(psk_id)), fromHex(psk)]));
  return {
    suite,
    random,
    clock: () => 0n,
    authentication: dangerouslyAcceptEveryCredential,
    psks: { external: (id) => psks.get(toHex(id)) },
    policy: {
      judgeReceivedLifetimes: false,
      maxLifetime: undefined,
      tolerateDefaultTypes: true,
      newMemberProposals: true,
      reInitSuites: undefined,
      maxResumptionPsks: Number.MAX_SAFE_INTEGER,
    },
  };
}

function expectAuthenticator(what: string, state: GroupState, expected: string): void {
  expectBytes(what, epochAuthenticator(state), fromHex(expected));
}
