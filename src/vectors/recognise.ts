/** Which kind of vector file something is, told by its structure: file names and folders mean nothing here. */

import { cryptoBasics } from "./crypto-basics.ts";
import { deserialization } from "./deserialization.ts";
import { hasFields, isListOf, type VectorFamily } from "./family.ts";
import { hpke } from "./hpke.ts";
import { keySchedule } from "./key-schedule.ts";
import { messageProtection } from "./message-protection.ts";
import { messages } from "./messages.ts";
import { passiveClient } from "./passive-client.ts";
import { pskSecret } from "./psk-secret.ts";
import { secretTree } from "./secret-tree.ts";
import { transcriptHashes } from "./transcript-hashes.ts";
import { treeMath } from "./tree-math.ts";
import { treeOperations } from "./tree-operations.ts";
import { treeValidation } from "./tree-validation.ts";
import { treekem } from "./treekem.ts";
import { welcome } from "./welcome.ts";
import { wycheproof } from "./wycheproof.ts";

/** Every kind of file that can be run. */
export const FAMILIES: readonly VectorFamily[] = [
  cryptoBasics,
  deserialization,
  hpke,
  keySchedule,
  messageProtection,
  messages,
  passiveClient,
  pskSecret,
  secretTree,
  transcriptHashes,
  treeMath,
  treeOperations,
  treeValidation,
  treekem,
  welcome,
  wycheproof,
];

/** `family` is undefined for a kind that is known but cannot be run yet. */
export interface Recognition {
  /** Its name. */
  readonly kind: string;
  /** What runs it, if anything does. */
  readonly family: VectorFamily | undefined;
}

/** The kind of a parsed file; undefined for what is no vector file. */
export function recognise(file: unknown): Recognition | undefined {
  const family = FAMILIES.find((each) => each.recognises(file));
  if (family !== undefined) return { kind: family.name, family };
  const kind = kindWithoutFamily(file);
  return kind === undefined ? undefined : { kind, family: undefined };
}

/** Kinds known by the fields that all their entries have. */
const FIELDS_WITHOUT_FAMILY: readonly (readonly [string, readonly string[]])[] = [
  ["hpke-pq", ["mode", "kem_id", "kdf_id", "aead_id", "suite_id", "encryptions", "exports"]],
  ["mls-partial annotated-commit", ["annotated_commit", "state_before", "state_after"]],
  ["mls-partial annotated-welcome", ["annotated_welcome", "joiner_leaf_index", "epoch_authenticator"]],
  ["mls-partial membership-proofs", ["proofs", "tree_hash"]],
  ["mls-partial message-syntax", ["membership_proof", "sender_authenticated_group_info", "annotated_commit"]],
  ["mls-partial passive-client-scenarios", ["annotated_welcome", "initial_epoch_authenticator", "epochs"]],
  ["mls-partial sender-authenticated-messages", ["message_type", "sender_authenticated_message"]],
  ["mls-partial tree-operations", ["receiver_path_state", "resolution_index", "update_path"]],
];

function kindWithoutFamily(file: unknown): string | undefined {
  if (hasFields(file, "algorithm", "testGroups")) return `wycheproof ${String(file.algorithm)}`;
  return FIELDS_WITHOUT_FAMILY.find(([, fields]) => isListOf(file, ...fields))?.[0];
}
