/** copath itself, by the same interface. */

import {
  acceptCommit,
  createCommit,
  createGroup,
  createKeyPackage,
  type Environment,
  type GroupState,
  joinGroup,
  MLSMessage,
  processMessage,
  protect,
} from "copath";
import { decode, encode } from "copath/codec";
import { generateSigner } from "copath/crypto";
import { again, credentialOf } from "../stage.ts";
import type { Peer, PeerMember } from "./peer.ts";

export function copathPeer(name: string, environment: Environment): Peer {
  const client = async () => ({
    signer: await generateSigner(environment.suite, environment.random),
    credential: credentialOf("someone"),
  });
  return {
    name,
    async keyPackage() {
      const bundle = await createKeyPackage(environment, await client());
      return {
        message: encode(MLSMessage, {
          version: "mls10",
          wireFormat: "mls_key_package",
          keyPackage: bundle.keyPackage,
        }),
        join: async (welcome) =>
          memberOf(environment, (await joinGroup(environment, { welcome, keyPackages: [bundle] })).state),
      };
    },
    create: async () => createGroup(environment, await client()),
  };
}

export function memberOf(environment: Environment, state: GroupState): PeerMember {
  return {
    async commit() {
      const { state: spent, output } = await createCommit(environment, again(state), { forcePath: true });
      acceptCommit(environment, spent, output.pending);
      return output.message;
    },
    process: (commit) => processMessage(environment, state, commit),
    async add(message) {
      const proposals = [{ proposalType: "add", keyPackage: keyPackageIn(message) }] as const;
      const { state: spent, output } = await createCommit(environment, again(state), { proposals });
      acceptCommit(environment, spent, output.pending);
      return output.welcomes;
    },
    encrypt: async (data) => (await protect(environment, again(state), data)).output,
    async decrypt(message) {
      const { output } = await processMessage(environment, state, message);
      if (output.contentType !== "application") throw new Error("It was no application message.");
      return output.applicationData;
    },
  };
}

export function keyPackageIn(octets: Uint8Array) {
  const message = decode(MLSMessage, octets);
  if (message.wireFormat !== "mls_key_package") throw new Error("It was no key package.");
  return message.keyPackage;
}
