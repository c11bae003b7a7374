/** §5.3: credentials. A type that the RFC does not define is `codec.unsupported` unless the decode call has its body. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import { openVariant, struct } from "../codec/struct.ts";
import { CredentialType } from "./registries.ts";

const certificate = struct("Certificate", { certData: opaque });
/** §5.3: one DER-encoded X.509 certificate. */
export interface Certificate extends Infer<typeof certificate> {}
export const Certificate: Codec<Certificate> = certificate;

const credential = openVariant("Credential", {
  select: "credentialType",
  from: CredentialType,
  cases: {
    basic: { identity: opaque },
    x509: { certificates: vector(Certificate) },
  },
});
/**
 * §5.3: what ties a signature key to an identity. Whether it does is the Authentication Service's to say. One of a type
 * that the RFC does not define (§13.3) has its type's number, and its body in octets.
 */
export type Credential = InferUnion<typeof credential>;
export const Credential: Codec<Credential> = credential;

/** §13.3: a credential of a type that the RFC does not define. */
export type OpaqueCredential = Extract<Credential, { readonly body: Uint8Array }>;
