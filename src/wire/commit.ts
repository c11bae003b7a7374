/** §12.4: commits. */

import type { Codec, Infer, InferUnion } from "../codec/codec.ts";
import { optional, vector } from "../codec/presentation.ts";
import { struct, variant } from "../codec/struct.ts";
import { HashReference } from "./keys.ts";
import { Proposal } from "./proposal.ts";
import { ProposalOrRefType } from "./registries.ts";
import { UpdatePath } from "./update-path.ts";

const proposalOrRef = variant("ProposalOrRef", {
  select: "type",
  from: ProposalOrRefType,
  cases: { proposal: { proposal: Proposal }, reference: { reference: HashReference } },
});
/** §12.4: a proposal, or the reference of one that was sent before. */
export type ProposalOrRef = InferUnion<typeof proposalOrRef>;
export const ProposalOrRef: Codec<ProposalOrRef> = proposalOrRef;

const commit = struct("Commit", { proposals: vector(ProposalOrRef), path: optional(UpdatePath) });
/** §12.4: the proposals that a commit puts into force, and new keys for its sender. */
export interface Commit extends Infer<typeof commit> {}
export const Commit: Codec<Commit> = commit;
