/** Codes of broken rules about keys, content, the ratchet tree, leaves and paths (§4 to §9). */

import { afterFetch, afterFix, later, never, type Rows } from "./row.ts";

const drop = never("Drop the input; nothing has changed. Its sender is faulty or hostile.");
const dropMessage = never(
  "Drop the message; nothing has changed. If the transport can damage data, have it sent again.",
);
const refuseTree = never(
  "Do not join by this tree. Fetch a fresh GroupInfo or Welcome, best from another member: who made this one is faulty.",
);
const refuseLeaf = never(
  "Drop the input. If it is a key package, ask its owner for a fresh one; if a proposal or commit, its sender is faulty.",
);
const lacking = never(
  "Leave this client out, or have its owner publish a key package with the missing capability. A member that lacks it must be removed before the group can require it.",
);
const refuseCommit = never(
  "Drop the commit and report the committer. If the other members follow it, join again by an external commit.",
);

export const INVALID_MEMBERS = {
  "aead.open_failed": [
    "A ciphertext opens only under the key, nonce and additional data that it was made with.",
    never("Drop the message. If all messages of the epoch fail, this state and the group have parted: join again."),
  ],
  "hpke.open_failed": [
    "An HPKE ciphertext opens only with the private key, info and additional data that it was made for.",
    never("Drop the input: it is damaged, or meant for another key. The sender can encrypt it again."),
  ],
  "key.hpke_public": ["An HPKE public key is a valid element of the suite's group, and not one of small order.", drop],
  "key.hpke_private": [
    "An HPKE private key has the length and range of the suite's KEM.",
    afterFix("Check where the key comes from, and that it belongs to this cipher suite."),
  ],
  "key.signature_public": ["A signature public key has the form of the suite's signature scheme.", drop],
  "key.signature_private": [
    "A signature private key has the form of the suite's signature scheme.",
    afterFix("Check where the key comes from, and that it belongs to this cipher suite."),
  ],
  "signature.invalid": [
    "A signature verifies under the sender's key, over the label and exactly the content that was signed.",
    dropMessage,
  ],
  "credential.rejected": [
    "The Authentication Service must accept every credential for its signature key.",
    afterFix("Respect the verdict. If it is wrong or outdated, correct the Authentication Service, then try again."),
  ],
  "credential.hook_failed": [
    "The Authentication Service must give one verdict for each request, and counts as refusing when it fails.",
    later("Look at the cause. If the service was merely out of reach, the same input can be processed again."),
  ],
  "content.membership_tag": [
    "A member's public message carries a tag made with the epoch's membership key.",
    dropMessage,
  ],
  "content.confirmation_tag": [
    "A commit's confirmation tag proves that committer and receiver reach the same new epoch.",
    refuseCommit,
  ],
  "content.unknown_sender": ["The sender must be a member of the epoch, or a listed external sender.", drop],
  "content.sender_is_blank": ["A private message comes from a leaf that is occupied in its epoch.", drop],
  "content.wire_format_refused": [
    "Members' proposals and commits come in the wire formats that the policy accepts.",
    afterFix("Add the format to `acceptedHandshakeFormats` in the policy if it is wanted; otherwise drop the message."),
  ],
  "tree.index_out_of_range": ["A leaf or node index lies inside the tree.", drop],
  "tree.too_large": [
    "The ratchet tree stays within the number of leaves that the policy allows.",
    afterFix("Raise `maxLeaves` in the policy if groups of this size are wanted; otherwise refuse."),
  ],
  "tree.empty": ["A ratchet tree has at least one member.", refuseTree],
  "tree.last_node_blank": ["A ratchet tree travels without blank nodes at its right end.", refuseTree],
  "tree.node_in_wrong_place": ["Leaves stand at even positions of a ratchet tree, parents at odd ones.", refuseTree],
  "tree.hash_mismatch": ["The tree's hash is the one that the GroupContext states.", refuseTree],
  "tree.parent_hash": [
    "Each parent that is not blank is vouched for by one chain of parent hashes below it.",
    refuseTree,
  ],
  "tree.unmerged_unsorted": ["A parent lists its unmerged leaves in rising order, each once.", refuseTree],
  "tree.unmerged_not_below": ["A parent's unmerged leaves lie below it.", refuseTree],
  "tree.unmerged_blank": ["An unmerged leaf is not blank.", refuseTree],
  "tree.unmerged_missing": [
    "A leaf that is unmerged at a parent is unmerged at all non-blank parents between them too.",
    refuseTree,
  ],
  "tree.duplicate_encryption_key": ["No two nodes of the tree have the same encryption key.", refuseLeaf],
  "tree.duplicate_signature_key": [
    "No two members have the same signature key.",
    never(
      "Drop the input: its sender is faulty. If it is your own external commit, this key is in the group already: join with `removed`, the index of that leaf.",
    ),
  ],
  "tree.duplicate_client": [
    "No two members are the same client, as the Authentication Service names them.",
    refuseTree,
  ],
  "leaf.blank": ["What names a member's leaf names one that is occupied.", drop],
  "leaf.signature": ["A leaf node is signed by its own signature key, for its place in the group.", refuseLeaf],
  "leaf.wrong_source": ["A leaf node's source matches where it is used: key package, update or commit.", refuseLeaf],
  "leaf.same_encryption_key": ["A new leaf node brings a new encryption key.", refuseLeaf],
  "leaf.lifetime": [
    "A key package's leaf is used only within its lifetime.",
    afterFetch("Fetch a fresh key package of this client. If all look expired, check this machine's clock."),
  ],
  "leaf.lifetime_too_long": [
    "A key package's lifetime is no longer than the policy allows.",
    afterFix("Ask for a key package with a shorter lifetime, or raise `maxLifetime` in the policy."),
  ],
  "leaf.default_type_listed": [
    "Capabilities leave out the types that every client must support.",
    afterFix("Refuse the leaf, or set `tolerateDefaultTypes` in the policy if peers that list them must be served."),
  ],
  "leaf.extension_not_listed": ["A leaf's own extensions are among those that its capabilities list.", refuseLeaf],
  "leaf.credential_not_listed": ["A leaf's own credential type is among those that its capabilities list.", refuseLeaf],
  "leaf.version_not_listed": ["A leaf's capabilities list the protocol version of the group.", lacking],
  "leaf.cipher_suite_not_listed": ["A leaf's capabilities list the cipher suite of the group.", lacking],
  "leaf.required_capability": ["A leaf supports everything that the group's required_capabilities name.", lacking],
  "leaf.credential_unsupported": [
    "Every member supports every credential type in use in the group, and so does every new one.",
    lacking,
  ],
  "leaf.group_extension_unsupported": ["A leaf supports every extension of the GroupContext.", lacking],
  "extension.misplaced": ["An extension of a known type stands only in the objects that it is defined for.", drop],
  "extension.rejected": [
    "The application's rules for an extension of its own hold wherever a GroupContext gets it.",
    afterFix("Respect the reason, or correct the `validate` of the registration, for all members alike."),
  ],
  "extension.hook_failed": [
    "The application's rules for an extension of its own give a verdict, and count as refusing when they fail.",
    later("Look at the cause. If the rules depend on what was out of reach, the same input can be processed again."),
  ],
  "path.length": ["An update path has one node for each node of the committer's filtered direct path.", refuseCommit],
  "path.ciphertext_count": [
    "Each path secret is encrypted once for each node of the resolution below, new members excepted.",
    refuseCommit,
  ],
  "path.parent_hash": ["The new leaf's parent hash fits the keys of the update path.", refuseCommit],
  "path.public_key": ["The path secret that was received yields the public keys of the update path.", refuseCommit],
  "path.key_in_tree": ["The keys of an update path are new to the tree, and differ from each other.", refuseCommit],
  "path.no_private_key": [
    "One of the path secrets is encrypted to a key that this member holds.",
    never("This state is not that of the named member, or has lost keys: restore the latest state, or join again."),
  ],
  "path.secret_length": ["A path secret is as long as the output of the suite's KDF.", refuseCommit],
  "ratchet.too_far": [
    "A message may move its sender's ratchet forward by a limited number of generations only.",
    afterFix(
      "Process the missing messages first, or raise `maxForward` in the policy's `ratchet`; or drop it as hostile.",
    ),
  ],
} as const satisfies Rows<"invalid">;
