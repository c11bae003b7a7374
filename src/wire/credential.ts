/** §5.3: credentials. A type without a case is `codec.unsupported`. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { opaque, vector } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { CredentialType } from "./registries.ts";

const certificate = struct("Certificate", { certData: opaque });
/** §5.3: one DER-encoded X.509 certificate. */
export interface Certificate extends Infer<typeof certificate> {}
export const Certificate: Codec<Certificate> = certificate;

const credential = variant("Credential", {
  select: "credentialType",
  from: CredentialType,
  cases: {
    basic: { identity: opaque },
    x509: { certificates: vector(Certificate) },
  },
});
/** §5.3: what ties a signature key to an identity. Whether it does is the Authentication Service's to say. */
export type Credential = InferUnion<typeof credential>;
export const Credential: Codec<Credential> = credential;
