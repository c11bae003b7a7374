/** Refusals of this client itself, where the library is not asked: with a code in front, as the library's have one. */
import { CallError, type Status } from "../interface/client.ts";

export type RefusalCode =
  | "suite.unknown"
  | "handle.unknown"
  | "member.unknown"
  | "commit.none_pending"
  | "commit.no_reinit"
  | "message.wrong_content"
  | "proposal.unknown_type"
  | "proposal.not_described"
  | "extension.type_too_large";

export const refusal = (status: Status, code: RefusalCode, words: string): CallError =>
  new CallError(status, `${code}: ${words}`);
