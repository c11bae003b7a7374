/**
 * Ratchet trees (§4, §7) by themselves: `copath/tree`.
 *
 * A `RatchetTree` is the public state, a value that never changes; private keys are a map from node index to `Secret`
 * beside it. Every operation returns another tree and leaves the old one as it was.
 *
 * A commit's path, for its sender: `generatePath` on the tree after the proposals, then `encryptPath`. For the others:
 * `blankPathKeys`, `checkPathKeys`, `mergePath`, `decryptPath`. For a client that joins: `treeOfNodes`,
 * `checkJoinedTree`, `checkMembers`, `verifyLeafSignatures`, `checkSupport`, `joinPath`.
 */

export {
  ancestor,
  commonAncestorLevel,
  copath,
  covers,
  depthFor,
  directPath,
  isLeaf,
  type LeafIndex,
  leafIndex,
  left,
  level,
  MAX_LEAVES,
  type NodeIndex,
  nodeIndex,
  nodeWidth,
  parent,
  right,
  root,
  sibling,
  toLeafIndex,
  toNodeIndex,
} from "../tree-math.ts";
export {
  DEFAULT_EXTENSIONS,
  DEFAULT_PROPOSALS,
  demandsOf,
  firstLack,
  type GroupDemands,
  type Lack,
  supportsExtension,
  supportsProposal,
} from "./capabilities.ts";
export {
  type AddedLeaves,
  addLeaves,
  type ExternalPlace,
  leafForExternal,
  removeLeaves,
  updateLeaves,
} from "./evolution.ts";
export { checkJoinedTree, checkKeysUnique, checkUnmergedLeaves } from "./join-checks.ts";
export {
  checkLeafNode,
  checkMembers,
  checkSupport,
  type LeafNodeContent,
  type LeafNodeRules,
  type LeafPosition,
  type PlacedLeaf,
  signLeafNode,
  verifyLeafSignatures,
} from "./leaf-node.ts";
export { parentHash, verifyParentHashes } from "./parent-hash.ts";
export type { FilteredNode } from "./path-nodes.ts";
export type { KeyedNode } from "./path-secrets.ts";
export {
  forecastPath,
  type PathForecast,
  type PlannedUpdate,
  type PlanOptions,
  planUpdates,
  type UpdatePlan,
} from "./plan.ts";
export { blankPathKeys, type JoinedPath, joinPath, type SurvivingKeys } from "./private-keys.ts";
export {
  createTree,
  DEFAULT_MAX_LEAVES,
  encryptionKeyCount,
  members,
  type RatchetTree,
  resolution,
  signatureKeyCount,
  type TreeLimits,
} from "./ratchet-tree.ts";
export { decodeTree, encodeTree, nodesOf, treeOfNodes } from "./ratchet-tree-extension.ts";
export {
  checkPathKeys,
  type DecryptedPath,
  decryptPath,
  mergePath,
  type PathDecryption,
  type ReceivedPath,
} from "./received-path.ts";
export {
  encryptPath,
  filteredDirectPath,
  type GeneratedPath,
  generatePath,
  type PathEncryption,
  type PathRequest,
  pathSecretFor,
} from "./update-path.ts";
