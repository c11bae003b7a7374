/**
 * Message framing (§6) by itself: `copath/framing`. Content is signed or verified (`signContent`, `verifyContent`) and
 * protected or unprotected as a public or private message; keys are arguments.
 */

export {
  checkSender,
  framedContentTBS,
  ratchetKind,
  signContent,
  type VerificationKeys,
  verifyContent,
} from "./content.ts";
export { noPadding, type PaddingPolicy, padme, padToMultipleOf, padToSizes, padWithin } from "./padding.ts";
export { type MessageHead, peek } from "./peek.ts";
export {
  deriveSenderDataKey,
  openSenderData,
  protectPrivate,
  type ReceivingKeys,
  type SendingKeys,
  type SendingOptions,
  unprotectPrivate,
} from "./private-message.ts";
export { type MembershipKeys, protectPublic, readPublic, unprotectPublic } from "./public-message.ts";
