/** Codes of what came too early or too late, of calls that cannot be carried out, and of bugs. */

import { afterFetch, afterFix, never, type Rows } from "./row.ts";

export const STALE = {
  "epoch.past": [
    "Handshake messages belong to the current epoch.",
    never(
      "Drop the message. It is a commit of this member that was accepted before and comes back, or another commit came first: then its sender has to make it anew in the current epoch.",
    ),
  ],
  "epoch.future": [
    "A message is processed in its own epoch, which this state has not reached.",
    afterFetch("Fetch and process the commits in between, then process the message again."),
  ],
  "epoch.expired": [
    "Messages of past epochs open only as long as the policy keeps the keys of those epochs.",
    never("Drop the message: its keys are gone. Raise `maxPastEpochs` if messages come this late."),
  ],
  "content.own_message": [
    "A member does not process its own messages; its own commit comes into force by being accepted.",
    never(
      "Drop the message. If `isOwnCommit` says that it is a pending commit, call `acceptCommit`; this error does not say so, because every member can make a private message that seems to be this member's. If the generation is one that this state has not sent yet, and the state may have been restored from an older copy, do not send with it: join again.",
    ),
  ],
  "ratchet.generation_used": [
    "The key of a generation opens one message, and is gone afterwards.",
    never("Drop the message: it is a duplicate or a replay of one that was opened."),
  ],
  "ratchet.generation_dropped": [
    "Of messages that are skipped, only so many keys are kept.",
    never(
      "Drop the message: its key was given up, or it is a duplicate. Raise `maxSkipped` in the policy's `ratchet` if messages come this late.",
    ),
  ],
  "group.wrong_id": [
    "A message is processed by the group that it names.",
    afterFix("Look up the state by the message's group id, which `peek` reads."),
  ],
  "group.already_joined": [
    "A client is in a group once.",
    never("Use the state that is there. If it is lost or broken, remove it first, or join by an external commit."),
  ],
  "observer.private_message": [
    "An observer follows public messages, since it has none of the keys for private ones.",
    never("Fetch a fresh GroupInfo for the epoch after it, or have the members send handshake messages in public."),
  ],
  "proposals.unknown_reference": [
    "A commit refers to proposals that its receivers have.",
    afterFetch("Fetch and process the missing proposals of this epoch, then process the commit again."),
  ],
  "psk.missing": [
    "All pre-shared keys that are named must be at hand, resumption PSKs with the state of their group.",
    afterFetch("Provide the pre-shared key or the state of the group that is named, then try again."),
  ],
  "tree.missing": [
    "Joining takes the ratchet tree, from the GroupInfo or from elsewhere.",
    afterFetch("Fetch the ratchet tree of the epoch, and hand it in as an option."),
  ],
  "group_info.no_external_pub": [
    "An external commit needs the group's external public key, which its GroupInfo carries.",
    afterFetch("Ask a member for a GroupInfo with `external_pub`, or to be added by a Welcome."),
  ],
} as const satisfies Rows<"stale">;

const shorter = afterFix("Split the data, or send a reference to it.");
const otherBackend = afterFix("Combine the suite with a backend that has all of its primitives, noble for example.");
const removed = never(
  "Keep the state for its past messages if you like. To come back, be added again, or join by an external commit.",
);

export const USAGE = {
  "input.not_hex": ["A hexadecimal string has an even number of the digits 0-9 and a-f.", afterFix("Fix the string.")],
  "input.invalid": ["Arguments have the types that the declarations say.", afterFix("Fix the argument that is named.")],
  "codec.value_out_of_range": [
    "A value can be encoded only if its type has it.",
    afterFix("Fix the field that the path names."),
  ],
  "codec.too_long": ["A vector has fewer than 2^30 octets.", shorter],
  "secret.disposed": [
    "A secret is gone once it was disposed of.",
    afterFix("Use the newest state: this one was replaced, and its secrets were given up."),
  ],
  "suite.unknown": [
    "A group is handled with the cipher suite that it has.",
    afterFix("Make the environment with the suite of the number that is named."),
  ],
  "suite.primitive_missing": ["A backend has every primitive of the suite that it is combined with.", otherBackend],
  "hpke.mode_unsupported": [
    "HPKE is offered in base and PSK mode: MLS has no use for the authenticated ones.",
    afterFix("Use base or PSK mode."),
  ],
  "hpke.psk_inconsistent": [
    "In HPKE's PSK mode, and only there, both the key and its id are given.",
    afterFix("Give both, or neither."),
  ],
  "hpke.export_only": [
    "A context with the export-only AEAD exports secrets, and encrypts nothing.",
    afterFix("Use a suite with an AEAD, or export only."),
  ],
  "hpke.message_limit": [
    "An HPKE context encrypts as many messages as its sequence number can count.",
    afterFix("Set up a new context."),
  ],
  "kdf.too_long": [
    "A KDF derives a limited number of octets at once.",
    afterFix("Derive a key, and expand from that."),
  ],
  "aead.too_long": ["What is encrypted at once stays within the limit of the AEAD.", shorter],
  "key.mismatch": [
    "A private key belongs to the public key that it is used with.",
    afterFix("Hand in the signer or private key of this leaf or key package."),
  ],
  "content.not_a_member": [
    "Only members have the keys of the group's messages, and only listed senders may propose from outside.",
    afterFix("Send as a member, or have the key put into the group's `external_senders`."),
  ],
  "content.application_not_private": [
    "Application data is sent in private messages only.",
    afterFix("Send it as a private message."),
  ],
  "content.must_be_public": [
    "Who is not a member sends public messages only.",
    afterFix("Send it as a public message."),
  ],
  "generation.exhausted": [
    "In one epoch a member sends as many private messages of each kind as the policy allows, and never 2^32 or more.",
    afterFix("Commit: the next epoch starts anew. Or raise `maxGenerations` in the policy."),
  ],
  "state.spent": [
    "A state value sends once, so that no key is used twice with a nonce.",
    afterFix("Send with the state that the last operation returned."),
  ],
  "state.not_pending": [
    "A pending commit or join is not accepted once it was dropped, nor dropped once it was accepted; a commit is accepted in the epoch that it was made in.",
    afterFix(
      "Go on with the state that came of accepting it. If another one was accepted, or this one was dropped, make it anew from the current state or GroupInfo.",
    ),
  ],
  "state.removed": ["A member that was removed neither sends nor receives.", removed],
  "state.reinitialized": [
    "After a re-initialisation the old group is closed.",
    afterFix("Create the successor, or join it by its Welcome."),
  ],
  "state.not_reinitialized": [
    "A group is continued by re-initialisation only after a commit with a ReInit.",
    afterFix("Commit a ReInit first, or branch."),
  ],
  "state.proposals_pending": [
    "Proposals that wait are committed before application data is sent.",
    afterFix("Commit or clear the proposals, or set `sendWhileProposalsWait` if the delay is worse."),
  ],
  "epoch.exhausted": ["A group has at most 2^64 epochs.", afterFix("Re-initialise the group.")],
  "grease.misplaced": [
    "Values reserved for GREASE stand only where those who do not know a value ignore it.",
    afterFix("Leave the value out, or take one of the private range."),
  ],
  "leaf.lifetime_inverted": ["A lifetime ends after it begins.", afterFix("Swap or fix the two times.")],
  "psk.too_many": ["At most 2^16 - 1 pre-shared keys go into one epoch.", afterFix("Use fewer at once.")],
  "capabilities.unsupported": [
    "A client advertises only what it supports: registered types, its suite, and suites that its policy would go on with.",
    afterFix("Register the type, add the suite to `reInitSuites` of the policy, or leave the claim out."),
  ],
  "registration.invalid": [
    "A registration is of a type that neither RFC 9420 nor GREASE nor another registration has, with a codec that finds the end of its body.",
    afterFix(
      "Choose a free number, best one for private use from 0xF000 on, say where extensions may stand, and have the codec read the body alone, whatever stands behind it.",
    ),
  ],
  "registration.missing": [
    "A proposal or credential of a type that RFC 9420 does not define needs a registration in the environment.",
    afterFix("Add the type to the `registrations` of the environment, the same in every call."),
  ],
  "snapshot.signer_missing": [
    "A snapshot without the signature key is restored with a signer.",
    afterFix("Hand in the signer whose public key the member's leaf has."),
  ],
  "snapshot.wrong_base": [
    "A change applies to the state that it was made since, and to no other.",
    afterFix("Restore the snapshot before it, and apply all changes in their order."),
  ],
  "option.invalid": [
    "Options have the values that their documentation says.",
    afterFix("Fix the option that is named."),
  ],
} as const satisfies Rows<"usage">;

const bug = never("This is a bug. Please report it, with the code and its details; they hold no secrets.");

export const INTERNAL = {
  "internal.not_a_leaf": ["A leaf index is made of even node indices only.", bug],
  "internal.leaf_has_no_child": ["Only parents have children.", bug],
  "internal.tree_shape": ["A tree has the shape that its number of leaves gives it.", bug],
  "internal.invariant": ["What the library has made sure of stays true.", bug],
  "internal.backend": [
    "A backend's primitives do what their standards say.",
    never("Report it to the authors of the backend; a group can go on with another one."),
  ],
} as const satisfies Rows<"internal">;
