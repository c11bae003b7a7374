/** §7.2 Extension, and the bodies of the extensions of §17.3 (§5.3.3, §11.1, §12.1.8.1). Unknown extensions keep their octets. */

import { type Codec, decode, encode, type Infer } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import type { DecodeOptions } from "../codec/reader.ts";
import { struct } from "../codec/struct.ts";
import { Credential } from "./credential.ts";
import { HPKEPublicKey, SignaturePublicKey } from "./keys.ts";
import { CredentialType, ExtensionType, ProposalType } from "./registries.ts";

const extension = struct("Extension", { extensionType: ExtensionType, extensionData: opaque });
/** §7.2: a type and a body that only those look into who know the type. */
export interface Extension extends Infer<typeof extension> {}
export const Extension: Codec<Extension> = extension;

/** §5.3.3: the application's own identifier of a client, in its leaf. Nobody vouches for it, and it need not be unique. */
export const ApplicationId: Codec<Uint8Array> = opaque;

/** §11.1 */
const requiredCapabilities = struct("RequiredCapabilities", {
  extensionTypes: vector(ExtensionType),
  proposalTypes: vector(ProposalType),
  credentialTypes: vector(CredentialType),
});
/** §11.1: what every member must support. */
export interface RequiredCapabilities extends Infer<typeof requiredCapabilities> {}
export const RequiredCapabilities: Codec<RequiredCapabilities> = requiredCapabilities;

/** §12.4.3.2 */
const externalPub = struct("ExternalPub", { externalPub: HPKEPublicKey });
/** §12.4.3.2: the public key that external commits are made to. */
export interface ExternalPub extends Infer<typeof externalPub> {}
export const ExternalPub: Codec<ExternalPub> = externalPub;

/** §12.1.8.1 */
const externalSender = struct("ExternalSender", { signatureKey: SignaturePublicKey, credential: Credential });
/** §12.1.8.1: one who may send proposals without being a member. */
export interface ExternalSender extends Infer<typeof externalSender> {}
export const ExternalSender: Codec<ExternalSender> = externalSender;

/** §12.1.8.1: who may propose from outside of the group; the sender index of a proposal counts in it. */
export const ExternalSenders: Codec<readonly ExternalSender[]> = vector(externalSender);

/** The octets of an extension's body, if the list has it. */
export function extensionData(extensions: readonly Extension[], type: ExtensionType): Uint8Array | undefined {
  return extensions.find((each) => each.extensionType === type)?.extensionData;
}

/** §5.3.3: the decoded `application_id`, if the list, a leaf's, has it. @throws MalformedError `codec.*` */
export function applicationIdOf(extensions: readonly Extension[]): Uint8Array | undefined {
  const data = extensionData(extensions, "application_id");
  return data === undefined ? undefined : decode(ApplicationId, data);
}

/** §5.3.3: what a leaf says of a client to the application (`leafExtensions`). Nobody vouches for it, and any client may say the same. */
export function applicationIdExtension(applicationId: Uint8Array): Extension {
  return { extensionType: "application_id", extensionData: encode(ApplicationId, applicationId) };
}

/** The decoded `required_capabilities`, if the list has it. @throws MalformedError `codec.*` */
export function requiredCapabilitiesOf(extensions: readonly Extension[]): RequiredCapabilities | undefined {
  const data = extensionData(extensions, "required_capabilities");
  return data === undefined ? undefined : decode(RequiredCapabilities, data);
}

/** The decoded `external_senders`; empty without the extension. @throws MalformedError `codec.*` */
export function externalSendersOf(
  extensions: readonly Extension[],
  options: DecodeOptions = {},
): readonly ExternalSender[] {
  const data = extensionData(extensions, "external_senders");
  return data === undefined ? [] : decode(ExternalSenders, data, options);
}
