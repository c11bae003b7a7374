/** Proposals as the interface describes them. */
import { CallError } from "../../interface/client.ts";
import type { ProposalDescription } from "../../interface/messages.ts";
import type { Wanted } from "./engine.ts";

export interface Place {
  readonly groupId: Uint8Array;
  readonly leafOf: (identity: Uint8Array) => number;
}

export function wantedOf(description: ProposalDescription, { groupId, leafOf }: Place): Wanted {
  const type = Buffer.from(description.proposalType).toString();
  const { keyPackage, removedId, pskId, epochId, extensions, cipherSuite } = description;
  switch (type) {
    case "add":
      return { type, keyPackage };
    case "remove":
      return { type, removed: leafOf(removedId) };
    case "externalPSK":
      return { type, pskId };
    case "resumptionPSK":
      return { type, groupId, epoch: epochId };
    case "groupContextExtensions":
      return { type, extensions };
    case "reinit":
      return { type, groupId: description.groupId, cipherSuite, extensions };
    default:
      throw new CallError("INVALID_ARGUMENT", `no proposal type is called "${type}"`);
  }
}
