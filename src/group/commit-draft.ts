/**
 * §12.4.1: the part of making a commit that members and external joiners share: path, signature, next epoch, tag.
 * Who commits, and from what, is an argument.
 */

import { copy } from "../bytes.ts";
import { encode } from "../codec/codec.ts";
import type { Signer } from "../crypto/signer.ts";
import { UsageError } from "../errors.ts";
import { signContent } from "../framing/content.ts";
import { type EpochStep, nextEpoch } from "../schedule/epoch.ts";
import { zeroSecret } from "../schedule/key-schedule.ts";
import { dispose, type Secret } from "../secret.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { encryptPath, type GeneratedPath, generatePath, type PathRequest } from "../tree/update-path.ts";
import type { LeafIndex } from "../tree-math.ts";
import type { ProposalOrRef } from "../wire/commit.ts";
import type { Extension } from "../wire/extension.ts";
import type { AuthenticatedContent, FramedContent, Sender } from "../wire/framed-content.ts";
import { GroupContext } from "../wire/group-context.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { UpdatePath } from "../wire/update-path.ts";
import type { AppliedProposals } from "./apply.ts";
import type { Environment, HandshakeFormat } from "./environment.ts";
import { type PskSources, pskSecretFor } from "./psks.ts";

/** Who commits, and the epoch that the commit ends. */
export interface CommitBase {
  readonly groupContext: GroupContext;
  readonly encodedGroupContext: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
  readonly initSecret: Secret;
  readonly sender: Sender;
  readonly leafIndex: LeafIndex;
  /** Signs the commit. */
  readonly signer: Signer;
}

export interface DraftInput {
  readonly proposals: readonly ProposalOrRef[];
  readonly applied: AppliedProposals;
  readonly psks: readonly PreSharedKeyID[];
  readonly pskSources: PskSources;
  /** The new leaf, with the signer of the next epoch; without it the commit has no path. */
  readonly path: { readonly leaf: PathRequest["leaf"]; readonly signer: Signer } | undefined;
  readonly wireFormat: HandshakeFormat;
  readonly authenticatedData: Uint8Array;
}

export interface CommitDraft {
  readonly authenticated: AuthenticatedContent;
  /** The joiner and welcome secrets in it are the caller's to dispose of. */
  readonly step: EpochStep;
  readonly tree: RatchetTree;
  /** Its path secrets are the caller's to dispose of. */
  readonly path: GeneratedPath | undefined;
}

export async function draftCommit(environment: Environment, base: CommitBase, input: DraftInput): Promise<CommitDraft> {
  const { suite } = environment;
  const { applied } = input;
  const authenticatedData = copy(input.authenticatedData);
  const made: Secret[] = [];
  const onFailure: Secret[] = [];
  try {
    const pskSecret = await pskSecretFor(input.pskSources, input.psks);
    made.push(pskSecret);
    const path = await pathFor(environment, base, input);
    if (path !== undefined) onFailure.push(...path.pathSecrets, ...path.privateKeys.values());
    const tree = path?.tree ?? applied.tree;
    const groupContext = provisionalContext(base.groupContext, tree, applied.extensions);
    const commitSecret = path?.commitSecret ?? zeroSecret(suite);
    made.push(commitSecret);
    const commit = {
      proposals: input.proposals,
      path: await sealPath(path, { groupContext, added: applied.added, environment }),
    };

    const content: FramedContent = {
      groupId: base.groupContext.groupId,
      epoch: base.groupContext.epoch,
      sender: base.sender,
      authenticatedData,
      contentType: "commit",
      commit,
    };
    const { wireFormat } = input;
    const signature = await signContent(base.signer, wireFormat, content, base.encodedGroupContext);
    const step = nextEpoch(suite, base, {
      groupContext,
      commit: { wireFormat, content, signature },
      initSecret: base.initSecret,
      commitSecret,
      pskSecret,
      leaves: tree.leafCount,
    });
    const auth = { signature, confirmationTag: step.epoch.confirmationTag };
    return { authenticated: { wireFormat, content, auth }, step, tree, path };
  } catch (error) {
    dispose(onFailure);
    throw error;
  } finally {
    dispose(made);
  }
}

async function pathFor(
  { suite, random }: Environment,
  base: CommitBase,
  input: DraftInput,
): Promise<GeneratedPath | undefined> {
  if (input.path === undefined) return undefined;
  const { leaf, signer } = input.path;
  const { groupId } = base.groupContext;
  return generatePath(suite, input.applied.tree, { sender: base.leafIndex, leaf, groupId, signer, random });
}

async function sealPath(
  path: GeneratedPath | undefined,
  {
    groupContext,
    added,
    environment,
  }: { groupContext: GroupContext; added: readonly LeafIndex[]; environment: Environment },
): Promise<UpdatePath | undefined> {
  if (path === undefined) return undefined;
  const { suite, random } = environment;
  return encryptPath(suite, path, {
    groupContext: encode(GroupContext, groupContext),
    excluded: new Set(added),
    random,
  });
}

/** §12.4.1: the next epoch's context, but for the confirmed transcript hash. @throws UsageError `epoch.exhausted` */
export function provisionalContext(
  groupContext: GroupContext,
  tree: RatchetTree,
  extensions: readonly Extension[],
): GroupContext {
  if (groupContext.epoch === 0xffff_ffff_ffff_ffffn) throw new UsageError("epoch.exhausted");
  return { ...groupContext, epoch: groupContext.epoch + 1n, treeHash: tree.hash, extensions };
}
