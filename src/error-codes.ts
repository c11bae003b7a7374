/**
 * The code table: reaction -> code -> class of the conformance list, and section of RFC 9420. One row per distinct
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

/** A row, in one string: its class, and the section or "-". */
export type ErrorRow = `${ErrorClass} ${string}`;

export const CODES = {
  malformed: {
    "input.not_base64url": "malformed -",
    "codec.truncated": "malformed 2.1",
    "codec.trailing_bytes": "malformed 2.1",
    "codec.non_minimal_length": "malformed 2.1.2",
    "codec.invalid_length_prefix": "malformed 2.1.2",
    "codec.partial_element": "malformed 2.1.2",
    "codec.presence_octet": "malformed 2.1.1",
    "codec.undefined_value": "malformed 2.1",
    "codec.too_deep": "limit 2.1.2",
    "codec.limit": "limit 2.1.2",
    "codec.unsupported": "unsupported 13",
    "codec.custom_body": "malformed 13",
    "content.application_in_public": "malformed 6",
    "content.padding_not_zero": "malformed 6.3.1",
    "content.sender_type_forbidden": "malformed 6.1",
    "extensions.duplicate": "duplicate-extension 13.4",
    "extensions.limit": "limit 13.4",
    "credential.certificate_limit": "limit 5.3",
    "message.wrong_wire_format": "malformed 6",
    "snapshot.damaged": "malformed -",
    "snapshot.version": "unsupported -",
    "snapshot.wrong_kind": "malformed -",
  },
  invalid: {
    "aead.open_failed": "decrypt-failed 5.1",
    "hpke.open_failed": "decrypt-failed 5.1.3",
    "key.hpke_public": "bad-key 5.1.1",
    "key.hpke_private": "bad-key 5.1.1",
    "key.signature_public": "bad-key 5.1.1",
    "key.signature_private": "bad-key 5.1.1",
    "signature.invalid": "bad-signature 5.1.2",
    "credential.rejected": "credential-rejected 5.3.1",
    "credential.hook_failed": "credential-rejected 5.3.1",
    "content.membership_tag": "bad-mac 6.2",
    "content.confirmation_tag": "bad-mac 6.1",
    "content.unknown_sender": "unknown-sender 6.1",
    "content.wire_format_refused": "unauthorised 6",
    "content.sender_is_blank": "unknown-sender 6.3.2",
    "tree.index_out_of_range": "invalid-tree 4.1.1",
    "tree.too_large": "limit 7.7",
    "tree.empty": "invalid-tree 12.4.3.3",
    "tree.last_node_blank": "invalid-tree 12.4.3.3",
    "tree.node_in_wrong_place": "invalid-tree 12.4.3.3",
    "tree.hash_mismatch": "invalid-tree 12.4.3.1",
    "tree.parent_hash": "invalid-tree 7.9.2",
    "tree.unmerged_unsorted": "invalid-tree 7.1",
    "tree.unmerged_not_below": "invalid-tree 12.4.3.1",
    "tree.unmerged_blank": "invalid-tree 12.4.3.1",
    "tree.unmerged_missing": "invalid-tree 12.4.3.1",
    "tree.duplicate_encryption_key": "duplicate-key 7.3",
    "tree.duplicate_signature_key": "duplicate-key 7.3",
    "tree.duplicate_client": "invalid-tree 12.2",
    "leaf.blank": "invalid-leaf 12.1.3",
    "leaf.signature": "bad-signature 7.3",
    "leaf.wrong_source": "invalid-leaf 7.3",
    "leaf.same_encryption_key": "invalid-leaf 7.3",
    "leaf.lifetime": "lifetime 7.3",
    "leaf.lifetime_too_long": "lifetime 7.2",
    "leaf.default_type_listed": "invalid-leaf 7.2",
    "leaf.extension_not_listed": "invalid-leaf 7.3",
    "leaf.credential_not_listed": "invalid-leaf 7.2",
    "leaf.version_not_listed": "capability 7.3",
    "leaf.cipher_suite_not_listed": "capability 7.3",
    "leaf.required_capability": "capability 7.3",
    "leaf.credential_unsupported": "capability 7.3",
    "leaf.group_extension_unsupported": "capability 13.4",
    "extension.misplaced": "invalid-extension 17.3",
    "extension.rejected": "invalid-extension 13.4",
    "extension.hook_failed": "invalid-extension 13.4",
    "path.length": "invalid-path 7.6",
    "path.ciphertext_count": "invalid-path 7.6",
    "path.parent_hash": "invalid-path 7.5",
    "path.public_key": "invalid-path 7.5",
    "path.key_in_tree": "duplicate-key 12.4.2",
    "path.no_private_key": "invalid-path 7.5",
    "path.secret_length": "invalid-path 7.4",
    "key_package.version": "invalid-keypackage 10.1",
    "key_package.cipher_suite": "invalid-keypackage 10.1",
    "key_package.signature": "bad-signature 10.1",
    "key_package.same_keys": "invalid-keypackage 10.1",
    "key_package.extension_not_listed": "invalid-keypackage 10",
    "proposal.not_allowed_for_sender": "invalid-proposal 12.1.8",
    "proposal.psk_nonce": "invalid-proposal 12.1.4",
    "proposal.psk_usage": "invalid-proposal 12.1.4",
    "proposal.reinit_version": "invalid-proposal 12.1.5",
    "proposal.reinit_suite": "unsupported 12.1.5",
    "proposal.removed_blank": "invalid-proposal 12.1.3",
    "proposal.required_capabilities": "capability 12.1.7",
    "proposal.extension_unsupported": "capability 12.1.7",
    "proposal.type_unsupported": "capability 12.2",
    "proposal.rejected": "invalid-proposal 12.2",
    "proposal.hook_failed": "invalid-proposal 12.2",
    "proposal.unauthorised": "unauthorised 12.1.8",
    "proposals.update_by_committer": "invalid-proposal-list 12.2",
    "proposals.committer_removed": "invalid-proposal-list 12.2",
    "proposals.leaf_changed_twice": "invalid-proposal-list 12.2",
    "proposals.client_added_twice": "invalid-proposal-list 12.2",
    "proposals.client_already_member": "invalid-proposal-list 12.2",
    "proposals.duplicate_psk": "invalid-proposal-list 12.2",
    "proposals.several_group_context_extensions": "invalid-proposal-list 12.2",
    "proposals.reinit_not_alone": "invalid-proposal-list 12.2",
    "proposals.external_init_in_member_commit": "invalid-proposal 12.1.6",
    "proposals.external_init_count": "invalid-proposal-list 12.2",
    "proposals.external_removes": "invalid-proposal-list 12.2",
    "proposals.external_forbidden": "invalid-proposal-list 12.2",
    "proposals.external_by_reference": "invalid-proposal-list 12.4.3.2",
    "proposals.update_by_value": "invalid-proposal-list 12.2",
    "proposals.referenced_twice": "invalid-proposal-list 12.4",
    "proposals.limit": "limit 12.1",
    "commit.path_required": "path-required 12.4",
    "commit.external_refused": "unauthorised 12.4.3.2",
    "commit.unauthorised": "unauthorised 12.2",
    "commit.wrong_sender_type": "invalid-commit 12.4.3.2",
    "group_info.signature": "bad-signature 12.4.3",
    "group_info.signer_blank": "invalid-welcome 12.4.3",
    "group_info.confirmation_tag": "bad-mac 12.4.3.1",
    "group_info.extension_unsupported": "capability 12.4.3",
    "welcome.no_key_package": "invalid-welcome 12.4.3.1",
    "welcome.cipher_suite": "invalid-welcome 12.4.3.1",
    "welcome.own_leaf_missing": "invalid-welcome 12.4.3.1",
    "welcome.path_secret": "invalid-welcome 12.4.3.1",
    "welcome.several_resumptions": "invalid-welcome 12.4.3.1",
    "welcome.resumption": "invalid-welcome 11.2",
    "successor.epoch": "invalid-welcome 11.2",
    "successor.parameters": "invalid-welcome 11.2",
    "successor.members": "invalid-welcome 11.2",
    "ratchet.too_far": "ratchet-limit 15.3",
    "vectors.mismatch": "invalid-commit -",
  },
  stale: {
    "epoch.past": "wrong-epoch 12.4.2",
    "epoch.future": "wrong-epoch 12.4.2",
    "epoch.expired": "epoch-expired 15.3",
    "content.own_message": "state-refused 6",
    "ratchet.generation_used": "generation-used 9.1",
    "ratchet.generation_dropped": "generation-used 15.3",
    "group.wrong_id": "wrong-group 6",
    "group.already_joined": "duplicate-group 12.4.3",
    "proposals.unknown_reference": "unknown-proposal 12.4",
    "observer.private_message": "state-refused 6.3",
    "psk.missing": "psk-missing 12.4.2",
    "tree.missing": "tree-missing 12.4.3.3",
    "group_info.no_external_pub": "no-external-pub 12.4.3.2",
  },
  usage: {
    "input.not_hex": "usage -",
    "input.invalid": "usage -",
    "codec.value_out_of_range": "usage 2.1",
    "codec.too_long": "limit 2.1.2",
    "secret.disposed": "state-refused 9.2",
    "suite.unknown": "unsupported 17.1",
    "suite.primitive_missing": "unsupported 5.1",
    "hpke.mode_unsupported": "unsupported 5.1.3",
    "hpke.psk_inconsistent": "usage 5.1.3",
    "hpke.export_only": "usage 5.1.3",
    "hpke.message_limit": "limit 5.1.3",
    "kdf.too_long": "limit 8",
    "aead.too_long": "limit 6.3.1",
    "key.mismatch": "bad-key 10",
    "content.not_a_member": "state-refused 6.3.2",
    "content.application_not_private": "state-refused 6",
    "content.must_be_public": "state-refused 12.1.8",
    "generation.exhausted": "limit 9.1",
    "state.spent": "state-refused 6.3.1",
    "state.not_pending": "state-refused 14",
    "state.removed": "state-refused 12.4.2",
    "state.reinitialized": "state-refused 12.4.2",
    "state.not_reinitialized": "state-refused 11.2",
    "state.proposals_pending": "state-refused 12.4",
    "epoch.exhausted": "limit 8.1",
    "grease.misplaced": "usage 13.5",
    "leaf.lifetime_inverted": "lifetime 7.2",
    "psk.too_many": "limit 8.4",
    "capabilities.unsupported": "capability 13.4",
    "registration.invalid": "usage 13",
    "registration.missing": "unsupported 13",
    "snapshot.signer_missing": "usage -",
    "snapshot.wrong_base": "usage -",
    "option.invalid": "usage -",
  },
  internal: {
    "internal.not_a_leaf": "internal -",
    "internal.leaf_has_no_child": "internal -",
    "internal.tree_shape": "internal -",
    "internal.invariant": "internal -",
    "internal.backend": "internal -",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ErrorRow>>>>;

export function partsOf(row: ErrorRow): readonly [ErrorClass, string] {
  const space = row.indexOf(" ");
  return [row.slice(0, space) as ErrorClass, row.slice(space + 1)];
}
