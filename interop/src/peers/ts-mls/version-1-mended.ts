/**
 * What ts-mls 1.x writes in another way than RFC 9420, put right from outside, so that everything behind it can be tried. Tests
 * show each fault as it is, so that we notice when something here is needed no longer.
 */
import type { CiphersuiteImpl, ClientState, Extension } from "ts-mls";
import { createGroupInfo } from "ts-mls/createCommit.js";
import type { GroupInfo } from "ts-mls/groupInfo.js";
import { encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { contentOf, externalSendersIn, vector } from "./octets.ts";

/** §12.4.3.2: in an `external_pub` the key is a vector; ts-mls puts it there without its length. */
export async function groupInfoOf(state: ClientState, inlineTree: boolean, cs: CiphersuiteImpl): Promise<GroupInfo> {
  const { publicKey } = await cs.hpke.deriveKeyPair(state.keySchedule.externalSecret);
  const externalPub = vector(await cs.hpke.exportPublicKey(publicKey));
  const extensions: Extension[] = [{ extensionType: "external_pub", extensionData: externalPub }];
  if (inlineTree)
    extensions.push({ extensionType: "ratchet_tree", extensionData: encodeRatchetTree(state.ratchetTree) });
  return createGroupInfo(state.groupContext, state.confirmationTag, state, extensions, cs);
}

/** The same from the other side: the key of a GroupInfo comes with its length. */
export function importingExternalPub(cs: CiphersuiteImpl): CiphersuiteImpl {
  const importPublicKey = (key: Uint8Array) =>
    cs.hpke.importPublicKey(key).catch(() => cs.hpke.importPublicKey(contentOf(key)));
  return { ...cs, hpke: { ...cs.hpke, importPublicKey } };
}

/** §12.1.8.1: one extension lists all external senders; ts-mls wants one extension for each. */
export function groupInfoForSigners<T extends GroupInfo>(groupInfo: T): T {
  const { groupContext } = groupInfo;
  const extensions = groupContext.extensions.flatMap((each) =>
    each.extensionType === "external_senders"
      ? externalSendersIn(each.extensionData).map((extensionData) => ({ ...each, extensionData }))
      : each,
  );
  return { ...groupInfo, groupContext: { ...groupContext, extensions } };
}
