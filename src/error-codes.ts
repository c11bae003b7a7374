/**
 * The code table: reaction -> code -> [class of the conformance list, section of RFC 9420]. One row per distinct
 * failure; a row is never renamed once released.
 */

/** Coarse classes that group the codes; the names are those of the conformance list. */
export type ErrorClass =
  | "malformed"
  | "limit"
  | "unsupported"
  | "duplicate-extension"
  | "bad-key"
  | "bad-signature"
  | "bad-mac"
  | "decrypt-failed"
  | "wrong-group"
  | "wrong-epoch"
  | "epoch-expired"
  | "unknown-sender"
  | "generation-used"
  | "ratchet-limit"
  | "invalid-leaf"
  | "invalid-keypackage"
  | "invalid-tree"
  | "invalid-path"
  | "invalid-proposal"
  | "invalid-proposal-list"
  | "invalid-commit"
  | "invalid-extension"
  | "invalid-welcome"
  | "unknown-proposal"
  | "path-required"
  | "duplicate-key"
  | "duplicate-group"
  | "capability"
  | "credential-rejected"
  | "lifetime"
  | "psk-missing"
  | "tree-missing"
  | "no-external-pub"
  | "unauthorised"
  | "state-refused"
  | "usage"
  | "internal";

/* @__NO_SIDE_EFFECTS__ */
const row = (errorClass: ErrorClass, section: string): readonly [ErrorClass, string] => [errorClass, section];

export const CODES = {
  malformed: {
    "input.not_base64url": row("malformed", "-"),
    "codec.truncated": row("malformed", "2.1"),
    "codec.trailing_bytes": row("malformed", "2.1"),
    "codec.non_minimal_length": row("malformed", "2.1.2"),
    "codec.invalid_length_prefix": row("malformed", "2.1.2"),
    "codec.partial_element": row("malformed", "2.1.2"),
    "codec.presence_octet": row("malformed", "2.1.1"),
    "codec.undefined_value": row("malformed", "2.1"),
    "codec.too_deep": row("limit", "2.1.2"),
    "codec.limit": row("limit", "2.1.2"),
    "codec.unsupported": row("unsupported", "13"),
    "codec.custom_body": row("malformed", "13"),
    "content.application_in_public": row("malformed", "6"),
    "content.padding_not_zero": row("malformed", "6.3.1"),
    "content.sender_type_forbidden": row("malformed", "6.1"),
    "extensions.duplicate": row("duplicate-extension", "13.4"),
    "extensions.limit": row("limit", "13.4"),
    "credential.certificate_limit": row("limit", "5.3"),
    "message.wrong_wire_format": row("malformed", "6"),
    "snapshot.damaged": row("malformed", "-"),
    "snapshot.version": row("unsupported", "-"),
    "snapshot.wrong_kind": row("malformed", "-"),
  },
  invalid: {
    "aead.open_failed": row("decrypt-failed", "5.1"),
    "hpke.open_failed": row("decrypt-failed", "5.1.3"),
    "key.hpke_public": row("bad-key", "5.1.1"),
    "key.hpke_private": row("bad-key", "5.1.1"),
    "key.signature_public": row("bad-key", "5.1.1"),
    "key.signature_private": row("bad-key", "5.1.1"),
    "signature.invalid": row("bad-signature", "5.1.2"),
    "credential.rejected": row("credential-rejected", "5.3.1"),
    "credential.hook_failed": row("credential-rejected", "5.3.1"),
    "content.membership_tag": row("bad-mac", "6.2"),
    "content.confirmation_tag": row("bad-mac", "6.1"),
    "content.unknown_sender": row("unknown-sender", "6.1"),
    "content.wire_format_refused": row("unauthorised", "6"),
    "content.sender_is_blank": row("unknown-sender", "6.3.2"),
    "tree.index_out_of_range": row("invalid-tree", "4.1.1"),
    "tree.too_large": row("limit", "7.7"),
    "tree.empty": row("invalid-tree", "12.4.3.3"),
    "tree.last_node_blank": row("invalid-tree", "12.4.3.3"),
    "tree.node_in_wrong_place": row("invalid-tree", "12.4.3.3"),
    "tree.hash_mismatch": row("invalid-tree", "12.4.3.1"),
    "tree.parent_hash": row("invalid-tree", "7.9.2"),
    "tree.unmerged_unsorted": row("invalid-tree", "7.1"),
    "tree.unmerged_not_below": row("invalid-tree", "12.4.3.1"),
    "tree.unmerged_blank": row("invalid-tree", "12.4.3.1"),
    "tree.unmerged_missing": row("invalid-tree", "12.4.3.1"),
    "tree.duplicate_encryption_key": row("duplicate-key", "7.3"),
    "tree.duplicate_signature_key": row("duplicate-key", "7.3"),
    "tree.duplicate_client": row("invalid-tree", "12.2"),
    "leaf.blank": row("invalid-leaf", "12.1.3"),
    "leaf.signature": row("bad-signature", "7.3"),
    "leaf.wrong_source": row("invalid-leaf", "7.3"),
    "leaf.same_encryption_key": row("invalid-leaf", "7.3"),
    "leaf.lifetime": row("lifetime", "7.3"),
    "leaf.lifetime_too_long": row("lifetime", "7.2"),
    "leaf.default_type_listed": row("invalid-leaf", "7.2"),
    "leaf.extension_not_listed": row("invalid-leaf", "7.3"),
    "leaf.credential_not_listed": row("invalid-leaf", "7.2"),
    "leaf.version_not_listed": row("capability", "7.3"),
    "leaf.cipher_suite_not_listed": row("capability", "7.3"),
    "leaf.required_capability": row("capability", "7.3"),
    "leaf.credential_unsupported": row("capability", "7.3"),
    "leaf.group_extension_unsupported": row("capability", "13.4"),
    "extension.misplaced": row("invalid-extension", "17.3"),
    "extension.rejected": row("invalid-extension", "13.4"),
    "extension.hook_failed": row("invalid-extension", "13.4"),
    "path.length": row("invalid-path", "7.6"),
    "path.ciphertext_count": row("invalid-path", "7.6"),
    "path.parent_hash": row("invalid-path", "7.5"),
    "path.public_key": row("invalid-path", "7.5"),
    "path.key_in_tree": row("duplicate-key", "12.4.2"),
    "path.no_private_key": row("invalid-path", "7.5"),
    "path.secret_length": row("invalid-path", "7.4"),
    "key_package.version": row("invalid-keypackage", "10.1"),
    "key_package.cipher_suite": row("invalid-keypackage", "10.1"),
    "key_package.signature": row("bad-signature", "10.1"),
    "key_package.same_keys": row("invalid-keypackage", "10.1"),
    "key_package.extension_not_listed": row("invalid-keypackage", "10"),
    "proposal.not_allowed_for_sender": row("invalid-proposal", "12.1.8"),
    "proposal.psk_nonce": row("invalid-proposal", "12.1.4"),
    "proposal.psk_usage": row("invalid-proposal", "12.1.4"),
    "proposal.reinit_version": row("invalid-proposal", "12.1.5"),
    "proposal.reinit_suite": row("unsupported", "12.1.5"),
    "proposal.removed_blank": row("invalid-proposal", "12.1.3"),
    "proposal.required_capabilities": row("capability", "12.1.7"),
    "proposal.extension_unsupported": row("capability", "12.1.7"),
    "proposal.type_unsupported": row("capability", "12.2"),
    "proposal.rejected": row("invalid-proposal", "12.2"),
    "proposal.hook_failed": row("invalid-proposal", "12.2"),
    "proposal.unauthorised": row("unauthorised", "12.1.8"),
    "proposals.update_by_committer": row("invalid-proposal-list", "12.2"),
    "proposals.committer_removed": row("invalid-proposal-list", "12.2"),
    "proposals.leaf_changed_twice": row("invalid-proposal-list", "12.2"),
    "proposals.client_added_twice": row("invalid-proposal-list", "12.2"),
    "proposals.client_already_member": row("invalid-proposal-list", "12.2"),
    "proposals.duplicate_psk": row("invalid-proposal-list", "12.2"),
    "proposals.several_group_context_extensions": row("invalid-proposal-list", "12.2"),
    "proposals.reinit_not_alone": row("invalid-proposal-list", "12.2"),
    "proposals.external_init_in_member_commit": row("invalid-proposal", "12.1.6"),
    "proposals.external_init_count": row("invalid-proposal-list", "12.2"),
    "proposals.external_removes": row("invalid-proposal-list", "12.2"),
    "proposals.external_forbidden": row("invalid-proposal-list", "12.2"),
    "proposals.external_by_reference": row("invalid-proposal-list", "12.4.3.2"),
    "proposals.update_by_value": row("invalid-proposal-list", "12.2"),
    "proposals.referenced_twice": row("invalid-proposal-list", "12.4"),
    "proposals.limit": row("limit", "12.1"),
    "commit.path_required": row("path-required", "12.4"),
    "commit.external_refused": row("unauthorised", "12.4.3.2"),
    "commit.unauthorised": row("unauthorised", "12.2"),
    "commit.wrong_sender_type": row("invalid-commit", "12.4.3.2"),
    "group_info.signature": row("bad-signature", "12.4.3"),
    "group_info.signer_blank": row("invalid-welcome", "12.4.3"),
    "group_info.confirmation_tag": row("bad-mac", "12.4.3.1"),
    "group_info.extension_unsupported": row("capability", "12.4.3"),
    "welcome.no_key_package": row("invalid-welcome", "12.4.3.1"),
    "welcome.cipher_suite": row("invalid-welcome", "12.4.3.1"),
    "welcome.own_leaf_missing": row("invalid-welcome", "12.4.3.1"),
    "welcome.path_secret": row("invalid-welcome", "12.4.3.1"),
    "welcome.several_resumptions": row("invalid-welcome", "12.4.3.1"),
    "welcome.resumption": row("invalid-welcome", "11.2"),
    "successor.epoch": row("invalid-welcome", "11.2"),
    "successor.parameters": row("invalid-welcome", "11.2"),
    "successor.members": row("invalid-welcome", "11.2"),
    "ratchet.too_far": row("ratchet-limit", "15.3"),
    "vectors.mismatch": row("invalid-commit", "-"),
  },
  stale: {
    "epoch.past": row("wrong-epoch", "12.4.2"),
    "epoch.future": row("wrong-epoch", "12.4.2"),
    "epoch.expired": row("epoch-expired", "15.3"),
    "content.own_message": row("state-refused", "6"),
    "ratchet.generation_used": row("generation-used", "9.1"),
    "ratchet.generation_dropped": row("generation-used", "15.3"),
    "group.wrong_id": row("wrong-group", "6"),
    "group.already_joined": row("duplicate-group", "12.4.3"),
    "proposals.unknown_reference": row("unknown-proposal", "12.4"),
    "observer.private_message": row("state-refused", "6.3"),
    "psk.missing": row("psk-missing", "12.4.2"),
    "tree.missing": row("tree-missing", "12.4.3.3"),
    "group_info.no_external_pub": row("no-external-pub", "12.4.3.2"),
  },
  usage: {
    "input.not_hex": row("usage", "-"),
    "input.invalid": row("usage", "-"),
    "codec.value_out_of_range": row("usage", "2.1"),
    "codec.too_long": row("limit", "2.1.2"),
    "secret.disposed": row("state-refused", "9.2"),
    "suite.unknown": row("unsupported", "17.1"),
    "suite.primitive_missing": row("unsupported", "5.1"),
    "hpke.mode_unsupported": row("unsupported", "5.1.3"),
    "hpke.psk_inconsistent": row("usage", "5.1.3"),
    "hpke.export_only": row("usage", "5.1.3"),
    "hpke.message_limit": row("limit", "5.1.3"),
    "kdf.too_long": row("limit", "8"),
    "aead.too_long": row("limit", "6.3.1"),
    "key.mismatch": row("bad-key", "10"),
    "content.not_a_member": row("state-refused", "6.3.2"),
    "content.application_not_private": row("state-refused", "6"),
    "content.must_be_public": row("state-refused", "12.1.8"),
    "generation.exhausted": row("limit", "9.1"),
    "state.spent": row("state-refused", "6.3.1"),
    "state.not_pending": row("state-refused", "14"),
    "state.removed": row("state-refused", "12.4.2"),
    "state.reinitialized": row("state-refused", "12.4.2"),
    "state.not_reinitialized": row("state-refused", "11.2"),
    "state.proposals_pending": row("state-refused", "12.4"),
    "epoch.exhausted": row("limit", "8.1"),
    "grease.misplaced": row("usage", "13.5"),
    "leaf.lifetime_inverted": row("lifetime", "7.2"),
    "psk.too_many": row("limit", "8.4"),
    "capabilities.unsupported": row("capability", "13.4"),
    "registration.invalid": row("usage", "13"),
    "registration.missing": row("unsupported", "13"),
    "snapshot.signer_missing": row("usage", "-"),
    "snapshot.wrong_base": row("usage", "-"),
    "option.invalid": row("usage", "-"),
  },
  internal: {
    "internal.not_a_leaf": row("internal", "-"),
    "internal.leaf_has_no_child": row("internal", "-"),
    "internal.tree_shape": row("internal", "-"),
    "internal.invariant": row("internal", "-"),
    "internal.backend": row("internal", "-"),
  },
} as const;
