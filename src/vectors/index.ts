/** Recognising and running published vector files, and making our own: `copath/vectors`. */

export {
  type CaseOutcome,
  expectBytes,
  expectSame,
  hasFields,
  isListOf,
  type VectorCase,
  type VectorEnvironment,
  type VectorFamily,
} from "./family.ts";
export { joinVectors, type MadeVectors, type MakeOptions, makeVectors, vectorFileText } from "./make.ts";
export { FAMILIES, type Recognition, recognise } from "./recognise.ts";
export {
  type CaseFailure,
  type Counts,
  type RunOptions,
  runFamily,
  runVectors,
  type SuiteCounts,
  total,
  type VectorReport,
  vectorEnvironment,
} from "./run.ts";
