/** §5.1.1, §5.1.3, §5.2, §6.1: the opaque strings that have a name of their own, and HPKE ciphertexts (§7.6). */

import type { Codec, Infer } from "../codec/codec.ts";
import { named, opaque, uint32 } from "../codec/presentation.ts";
import { struct } from "../codec/struct.ts";
import type { LeafIndex } from "../tree-math.ts";

export const HPKEPublicKey: Codec<Uint8Array> = named("HPKEPublicKey", opaque);
export const SignaturePublicKey: Codec<Uint8Array> = named("SignaturePublicKey", opaque);
export const HashReference: Codec<Uint8Array> = named("HashReference", opaque);
export const MAC: Codec<Uint8Array> = named("MAC", opaque);

/** A leaf index as it travels: any uint32. Whether the tree has such a leaf is checked where it is used. */
export const LeafIndexValue: Codec<LeafIndex> = named("uint32", uint32);

const hpkeCiphertext = struct("HPKECiphertext", { kemOutput: opaque, ciphertext: opaque });
/** §5.1.3: an encapsulated key, and what is encrypted with it. */
export interface HPKECiphertext extends Infer<typeof hpkeCiphertext> {}
export const HPKECiphertext: Codec<HPKECiphertext> = hpkeCiphertext;
