/** What a member has to do and ts-mls 1.x has no function for: to make an Update and to use it, to send after a commit in vain. */
import type { CiphersuiteImpl, ClientState, IncomingMessageCallback, ProposalWithSender } from "ts-mls";
import { signWithLabel } from "ts-mls/crypto/signature.js";
import { encodeLeafNodeTBS, type LeafNodeUpdate } from "ts-mls/leafNode.js";
import { updateLeafKey } from "ts-mls/privateKeyPath.js";
import { consumeRatchet } from "ts-mls/secretTree.js";
import type { OwnUpdates } from "./engine.ts";
import { base64 } from "./octets.ts";

/** A leaf with a new encryption key, everything else as before (§12.1.2). */
export async function signedUpdate(
  state: ClientState,
  cs: CiphersuiteImpl,
): Promise<{ readonly leafNode: LeafNodeUpdate; readonly privateKey: Uint8Array }> {
  const { leafIndex } = state.privatePath;
  const node = state.ratchetTree[2 * leafIndex];
  if (node?.nodeType !== "leaf") throw new Error("this member has no leaf");
  const { signaturePublicKey, credential, capabilities, extensions } = node.leaf;
  const pair = await cs.hpke.generateKeyPair();
  const hpkePublicKey = await cs.hpke.exportPublicKey(pair.publicKey);
  const leaf = {
    hpkePublicKey,
    signaturePublicKey,
    credential,
    capabilities,
    extensions,
    leafNodeSource: "update",
  } as const;
  const tbs = encodeLeafNodeTBS({ ...leaf, groupId: state.groupContext.groupId, leafIndex });
  const signature = await signWithLabel(state.signaturePrivateKey, "LeafNodeTBS", tbs, cs.signature);
  return { leafNode: { ...leaf, signature }, privateKey: await cs.hpke.exportPrivateKey(pair.privateKey) };
}

/**
 * A state keeps no keys of its own Updates: the key is put in place before it processes the commit that takes the Update.
 * Whether a commit does is only known by looking into it, with a callback that declines.
 */
export async function followingOwnUpdate(
  state: ClientState,
  updates: OwnUpdates,
  look: (callback: IncomingMessageCallback) => Promise<unknown>,
): Promise<ClientState> {
  let key: Uint8Array | undefined;
  const noteOwn = ({ proposal }: ProposalWithSender) => {
    if (proposal.proposalType === "update" && "update" in proposal)
      key ??= updates.get(base64(proposal.update.leafNode.hpkePublicKey));
  };
  if (updates.size > 0) {
    await look((incoming) => {
      if (incoming.kind === "commit") incoming.proposals.forEach(noteOwn);
      return "reject";
    });
  }
  return key === undefined ? state : { ...state, privatePath: updateLeafKey(state.privatePath, key) };
}

/** A private commit uses up a generation, whether it wins or not; `createCommit` only returns the state of its new epoch. */
export async function afterSending(state: ClientState, cs: CiphersuiteImpl): Promise<ClientState> {
  const { newTree } = await consumeRatchet(state.secretTree, 2 * state.privatePath.leafIndex, "commit", cs);
  return { ...state, secretTree: newTree };
}
