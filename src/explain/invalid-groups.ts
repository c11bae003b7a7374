/** Codes of broken rules about key packages, proposals, commits, Welcomes and successors (§10 to §12). */

import { afterFetch, afterFix, later, never, type Rows } from "./row.ts";

const drop = never("Drop the proposal; nothing has changed. Its sender is faulty or hostile.");
const otherKeyPackage = never("Drop the key package, and ask its owner for a fresh one.");
const refuseCommit = never(
  "Drop the commit; nothing has changed. If it is your own, change its list of proposals; else report the committer.",
);
const refuseWelcome = never(
  "Do not join by this Welcome. Have the member who sent it make a new one, or join by an external commit.",
);
const freshGroupInfo = afterFetch(
  "Fetch a fresh GroupInfo or Welcome, best from another source: this one is forged or damaged.",
);
const wrongSuccessor = never(
  "Do not join. Whoever made this group did not continue the old one as agreed: ask another member to do it.",
);
const lacking = afterFix(
  "Remove the members that lack it, or leave the requirement out of the proposal; then propose again.",
);
const permission = afterFix("Respect the application's rule, or change its permission hook if the verdict is wrong.");

export const INVALID_GROUPS = {
  "key_package.version": ["A key package is of the group's protocol version.", otherKeyPackage],
  "key_package.cipher_suite": ["A key package is of the group's cipher suite.", otherKeyPackage],
  "key_package.signature": ["A key package is signed by the signature key of its leaf.", otherKeyPackage],
  "key_package.same_keys": ["The init key of a key package differs from its leaf's encryption key.", otherKeyPackage],
  "key_package.extension_not_listed": [
    "The extensions of a key package are among those that its leaf's capabilities list.",
    otherKeyPackage,
  ],
  "proposal.not_allowed_for_sender": ["Each kind of sender may make only some types of proposals.", drop],
  "proposal.psk_nonce": ["The nonce of a PSK proposal is as long as the output of the suite's KDF.", drop],
  "proposal.psk_usage": [
    "A resumption PSK is used for re-initialisation or branching only in the first commit of the new group, once.",
    drop,
  ],
  "proposal.reinit_version": ["A re-initialisation leads to a protocol version that this library speaks.", drop],
  "proposal.reinit_suite": ["A re-initialisation leads to one of the cipher suites that the policy names.", drop],
  "proposal.removed_blank": ["A Remove names a leaf that is occupied.", drop],
  "proposal.required_capabilities": ["A group requires only what all of its members support.", lacking],
  "proposal.extension_unsupported": ["All members support every extension that a GroupContext is given.", lacking],
  "proposal.type_unsupported": [
    "A proposal of a type that RFC 9420 does not define is committed only if all members list its type, apart from those who join or leave by the commit.",
    afterFix("Wait until all members list the type in their capabilities, or remove those that do not."),
  ],
  "proposal.rejected": [
    "The application's rules for a proposal of its own hold for every member that makes or receives one.",
    afterFix("Respect the reason, or correct the `validate` of the registration, for all members alike."),
  ],
  "proposal.hook_failed": [
    "The application's rules for a proposal of its own give a verdict, and count as refusing when they fail.",
    later("Look at the cause. If the rules depend on what was out of reach, the same input can be processed again."),
  ],
  "proposal.unauthorised": ["The application decides who may propose what.", permission],
  "proposals.update_by_committer": [
    "A committer renews its leaf by the commit's path, not by an Update of its own.",
    refuseCommit,
  ],
  "proposals.committer_removed": ["A commit does not remove its own committer.", refuseCommit],
  "proposals.leaf_changed_twice": ["A commit updates or removes each leaf at most once.", refuseCommit],
  "proposals.client_added_twice": ["A commit adds each client at most once.", refuseCommit],
  "proposals.client_already_member": [
    "A commit adds no client that is a member, unless the same commit removes it.",
    refuseCommit,
  ],
  "proposals.duplicate_psk": ["A commit names each PreSharedKeyID at most once.", refuseCommit],
  "proposals.several_group_context_extensions": [
    "A commit has at most one GroupContextExtensions proposal.",
    refuseCommit,
  ],
  "proposals.reinit_not_alone": ["A ReInit is the only proposal of its commit.", refuseCommit],
  "proposals.external_init_in_member_commit": ["An ExternalInit stands in external commits only.", refuseCommit],
  "proposals.external_init_count": ["An external commit has exactly one ExternalInit.", refuseCommit],
  "proposals.external_removes": [
    "An external commit has at most one Remove, of the joiner's own old leaf.",
    refuseCommit,
  ],
  "proposals.external_forbidden": [
    "An external commit has no proposals but ExternalInit, Remove, PSK, and custom ones registered for it.",
    refuseCommit,
  ],
  "proposals.external_by_reference": ["An external commit carries its proposals by value.", refuseCommit],
  "proposals.update_by_value": ["An Update is its sender's alone, so a commit can only refer to it.", refuseCommit],
  "proposals.referenced_twice": ["A commit refers to each proposal once.", refuseCommit],
  "proposals.limit": [
    "The number of proposals kept in one epoch is limited by the policy.",
    afterFix("Commit or clear the proposals that wait, or raise `maxProposals` in the policy."),
  ],
  "commit.path_required": [
    "A commit has a path, unless all of its proposals are of types that need none.",
    refuseCommit,
  ],
  "commit.external_refused": [
    "The application decides whether outsiders may join by an external commit.",
    afterFix("Set `externalCommits` in the policy if they may; all members must decide alike."),
  ],
  "commit.unauthorised": ["The application decides who may commit what.", permission],
  "commit.wrong_sender_type": ["Commits come from members, or from new members who join by them.", refuseCommit],
  "group_info.signature": ["A GroupInfo is signed by the member that it names as its signer.", freshGroupInfo],
  "group_info.signer_blank": ["The signer of a GroupInfo is a member.", freshGroupInfo],
  "group_info.confirmation_tag": ["A GroupInfo's confirmation tag fits the keys of its epoch.", freshGroupInfo],
  "group_info.extension_unsupported": [
    "Who joins a group supports all extensions of its GroupContext and all that it requires.",
    never("Do not join: this client lacks an extension that the group uses. A newer version may have it."),
  ],
  "welcome.no_key_package": [
    "A Welcome has secrets for a key package of the client that joins by it.",
    afterFetch(
      "Look for the private keys of the key package that it names; otherwise the Welcome is for somebody else.",
    ),
  ],
  "welcome.cipher_suite": ["Welcome, key package and group are of one cipher suite.", refuseWelcome],
  "welcome.own_leaf_missing": ["The tree has a leaf that is exactly the joiner's.", refuseWelcome],
  "welcome.path_secret": ["The path secret in a Welcome yields the keys in the tree.", refuseWelcome],
  "welcome.several_resumptions": ["A Welcome continues one other group at most.", refuseWelcome],
  "welcome.resumption": [
    "A Welcome is joined as the continuation of a group only if it names one.",
    afterFix("Join without naming a predecessor, if an independent group is what was expected."),
  ],
  "successor.epoch": ["A group that continues another welcomes its members into epoch 1.", wrongSuccessor],
  "successor.parameters": [
    "A successor has the parameters that the ReInit announced, or for a branch those of the old group.",
    wrongSuccessor,
  ],
  "successor.members": [
    "A re-initialised group has all members of the old one, and a branch has no others.",
    wrongSuccessor,
  ],
  "vectors.mismatch": [
    "What is computed from a test vector is what the vector says.",
    never("A conformance failure: look at what was computed and expected, and report it if the vector is genuine."),
  ],
} as const satisfies Rows<"invalid">;
