/**
 * What a scenario says: the working group's format of scripts, one action a step. Steps point at earlier steps by their
 * position, for the message that came of them.
 */

export interface ScenarioExtension {
  readonly extensionType: number;
  readonly extensionData: Uint8Array;
}

/** A proposal that is committed by value, or made by an external sender. */
export type Description =
  | { readonly proposalType: "add"; readonly keyPackage: number }
  | { readonly proposalType: "remove"; readonly removed: string }
  | { readonly proposalType: "externalPSK"; readonly pskId: number }
  | { readonly proposalType: "resumptionPSK"; readonly epochId: bigint }
  | { readonly proposalType: "groupContextExtensions"; readonly extensions: readonly ScenarioExtension[] }
  | {
      readonly proposalType: "reinit";
      readonly changeGroupId: boolean;
      readonly changeCipherSuite: boolean;
      readonly extensions: readonly ScenarioExtension[];
    };

export interface CommitStep {
  readonly actor: string;
  readonly byReference: readonly number[];
  readonly byValue: readonly Description[];
  readonly forcePath: boolean;
  readonly externalTree: boolean;
}

/** One step; what the file leaves out stands here as its default. */
export type Step =
  | { readonly action: "createGroup"; readonly actor: string; readonly members: readonly string[] }
  | { readonly action: "createKeyPackage"; readonly actor: string }
  | { readonly action: "joinGroup"; readonly actor: string; readonly welcome: number }
  | {
      readonly action: "externalJoin";
      /** Gives the GroupInfo. */
      readonly actor: string;
      readonly joiner: string;
      readonly members: readonly string[];
      readonly externalTree: boolean;
      readonly removePrior: boolean;
      readonly psks: readonly number[];
    }
  | { readonly action: "installExternalPSK"; readonly clients: readonly string[] }
  | { readonly action: "groupInfo"; readonly actor: string; readonly externalTree: boolean }
  | { readonly action: "addProposal"; readonly actor: string; readonly keyPackage: number }
  | { readonly action: "updateProposal"; readonly actor: string }
  | { readonly action: "removeProposal"; readonly actor: string; readonly removed: string }
  | { readonly action: "externalPSKProposal"; readonly actor: string; readonly pskId: number }
  | { readonly action: "resumptionPSKProposal"; readonly actor: string; readonly epochId: bigint }
  | {
      readonly action: "groupContextExtensionsProposal";
      readonly actor: string;
      readonly extensions: readonly ScenarioExtension[];
    }
  | ({
      readonly action: "fullCommit";
      readonly members: readonly string[];
      readonly joiners: readonly string[];
    } & CommitStep)
  | ({ readonly action: "commit" } & CommitStep)
  | {
      readonly action: "handleCommit";
      readonly actor: string;
      readonly commit: number;
      readonly byReference: readonly number[];
    }
  | { readonly action: "handlePendingCommit"; readonly actor: string }
  | {
      readonly action: "protect";
      readonly actor: string;
      readonly authenticatedData: string;
      readonly plaintext: string;
    }
  | { readonly action: "unprotect"; readonly actor: string; readonly ciphertext: number }
  | {
      readonly action: "reinit";
      /** Who proposes; without one, `externalReinitProposal` is the step of an external sender's proposal. */
      readonly proposer: string | undefined;
      readonly externalReinitProposal: number | undefined;
      readonly committer: string;
      readonly welcomer: string;
      readonly members: readonly string[];
      readonly changeCipherSuite: boolean;
      readonly changeGroupId: boolean;
      readonly extensions: readonly ScenarioExtension[];
      readonly forcePath: boolean;
      readonly externalTree: boolean;
    }
  | {
      readonly action: "branch";
      readonly actor: string;
      readonly members: readonly string[];
      readonly extensions: readonly ScenarioExtension[];
      readonly forcePath: boolean;
      readonly externalTree: boolean;
    }
  | { readonly action: "newMemberAddProposal"; readonly actor: string; readonly joiner: string }
  | { readonly action: "addExternalSigner"; readonly actor: string; readonly signer: string }
  | {
      readonly action: "externalSignerProposal";
      /** The external sender. */
      readonly actor: string;
      /** Gives the GroupInfo and the tree. */
      readonly member: string;
      readonly description: Description;
    };

export type Action = Step["action"];

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}
