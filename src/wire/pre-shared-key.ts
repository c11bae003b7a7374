/** §8.4: names of pre-shared keys. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { opaque, uint16, uint64 } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { PSKType, ResumptionPSKUsage } from "./registries.ts";

const preSharedKeyID = variant("PreSharedKeyID", {
  select: "psktype",
  from: PSKType,
  cases: {
    external: { pskId: opaque },
    resumption: { usage: ResumptionPSKUsage, pskGroupId: opaque, pskEpoch: uint64 },
  },
  tail: { pskNonce: opaque },
});
/** §8.4: which pre-shared key is meant, and the nonce of this use of it. */
export type PreSharedKeyID = InferUnion<typeof preSharedKeyID>;
export const PreSharedKeyID: Codec<PreSharedKeyID> = preSharedKeyID;

const pskLabel = struct("PSKLabel", { id: PreSharedKeyID, index: uint16, count: uint16 });
export interface PSKLabel extends Infer<typeof pskLabel> {}
export const PSKLabel: Codec<PSKLabel> = pskLabel;
