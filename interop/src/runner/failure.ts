/** How a case fails, in terms of who did what: the runner's job is to say which client to look at. */
import { CallError } from "../interface/client.ts";
import type { Rpc } from "../interface/messages.ts";

export interface Failure {
  /** A call was refused; an answer is not as it must be; the case is beyond what the clients support; or it is our mistake. */
  readonly kind: "refused" | "wrong answer" | "unsupported" | "runner";
  readonly rpc: Rpc | undefined;
  /** The actor whose client refused or answered; before it, where two differ, the one it differs from. */
  readonly actors: readonly string[];
  /** The gRPC status of a refusal. */
  readonly status: string | undefined;
  readonly message: string;
}

export class CaseFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = "CaseFailed";
    this.failure = failure;
  }
}

/** What a call threw. Clients throw `CallError`; from anything else we learn no more than its message. */
export function refused(actor: string, rpc: Rpc, error: unknown): CaseFailed {
  const status = error instanceof CallError ? error.status : "UNKNOWN";
  const message = error instanceof Error ? error.message : String(error);
  const kind = status === "UNIMPLEMENTED" ? "unsupported" : "refused";
  return new CaseFailed({ kind, rpc, actors: [actor], status, message }, { cause: error });
}

export function wrongAnswer(actors: readonly string[], rpc: Rpc, message: string): CaseFailed {
  return new CaseFailed({ kind: "wrong answer", rpc, actors, status: undefined, message });
}

/** A client has answered that it won't: not one that is gone, and not one that broke. */
export function isRefusal(error: unknown): boolean {
  return error instanceof CaseFailed && error.cause instanceof CallError && !isGone(error.failure);
}

/** Nobody answers any more, so that there is no use in asking again. */
export function isGone({ status }: Failure): boolean {
  return status === "UNAVAILABLE" || status === "DEADLINE_EXCEEDED";
}
