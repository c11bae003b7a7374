/** §12.4.3.1: Welcome messages. */

import type { Codec, Infer } from "../codec/codec.ts";
import { opaque, optional, vector } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import { HashReference, HPKECiphertext } from "./keys.ts";
import { PreSharedKeyID } from "./pre-shared-key.ts";
import { CipherSuiteValue } from "./registries.ts";

const pathSecret = struct("PathSecret", { pathSecret: opaque });
/** §12.4.3.1: the path secret of the lowest node above joiner and committer. */
export interface PathSecret extends Infer<typeof pathSecret> {}
export const PathSecret: Codec<PathSecret> = pathSecret;

const groupSecrets = struct("GroupSecrets", {
  joinerSecret: opaque,
  pathSecret: optional(PathSecret),
  psks: vector(PreSharedKeyID),
});
/** §12.4.3.1: what a new member enters the key schedule with. */
export interface GroupSecrets extends Infer<typeof groupSecrets> {}
export const GroupSecrets: Codec<GroupSecrets> = groupSecrets;

const encryptedGroupSecrets = struct("EncryptedGroupSecrets", {
  newMember: HashReference,
  encryptedGroupSecrets: HPKECiphertext,
});
/** §12.4.3.1: the secrets for the client with this KeyPackageRef. */
export interface EncryptedGroupSecrets extends Infer<typeof encryptedGroupSecrets> {}
export const EncryptedGroupSecrets: Codec<EncryptedGroupSecrets> = encryptedGroupSecrets;

const welcome = struct("Welcome", {
  cipherSuite: CipherSuiteValue,
  secrets: vector(EncryptedGroupSecrets),
  encryptedGroupInfo: opaque,
});
/** §12.4.3.1: what lets new members into a group. */
export interface Welcome extends Infer<typeof welcome> {}
export const Welcome: Codec<Welcome> = welcome;
