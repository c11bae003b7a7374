/** For tests and demonstrations, never for users' messages: `copath/testing`. */

export { dangerouslyAcceptEveryCredential } from "./authentication.ts";
export { type CountingSuite, countingSuite, type OperationCounts } from "./counting-suite.ts";
export { seededRandom } from "./random.ts";
export { touchedNodes } from "./shared-nodes.ts";
export {
  type SyntheticGroup,
  type SyntheticGroupOptions,
  type SyntheticWelcome,
  syntheticGroup,
  welcomeInto,
} from "./synthetic-group.ts";
export type { TreeShape } from "./synthetic-tree.ts";
