/** A client of the interface as its two sides see it: who implements it, and who calls it, wherever the other one is. */
import { type Given, type Message, type RequestOf, type ResponseOf, RPCS, type Rpc } from "./messages.ts";

/** One implementation: a function for each call. What it leaves out of an answer is the default of its type. */
export type Handlers = {
  readonly [R in Rpc]: (request: RequestOf<R>) => Promise<Given<(typeof RPCS)[R]["response"]>>;
};

/** What a runner holds: calls with what matters, answers that are whole. A call that fails throws a `CallError`. */
export type MLSClient = {
  readonly [R in Rpc]: (request: Given<(typeof RPCS)[R]["request"]>) => Promise<ResponseOf<R>>;
};

export type Status =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "FAILED_PRECONDITION"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "UNKNOWN";

/** A call that was refused, as the caller sees it. */
export class CallError extends Error {
  readonly status: string;

  constructor(status: Status | (string & {}), message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CallError";
    this.status = status;
  }
}

const DEFAULTS = { string: "", bytes: new Uint8Array(), bool: false, uint32: 0, uint64: 0n } as const;

/** Completes a message with the defaults of its types. */
export function complete(message: Message, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  for (const [name, { type, repeated }] of Object.entries(message.fields)) {
    const value = given[name] ?? undefined;
    if (typeof type === "string") whole[name] = value ?? (repeated ? [] : DEFAULTS[type]);
    else if (repeated) whole[name] = ((value ?? []) as Record<string, unknown>[]).map((each) => complete(type, each));
    else whole[name] = value === undefined ? undefined : complete(type, value as Record<string, unknown>);
  }
  return whole;
}

/** Calls an implementation in this process. */
export function inProcess(handlers: Handlers): MLSClient {
  const call = async (name: Rpc, given: Readonly<Record<string, unknown>>) => {
    const { request, response } = RPCS[name];
    const handler = handlers[name] as (request: unknown) => Promise<Readonly<Record<string, unknown>>>;
    return complete(response, await handler(complete(request, given)));
  };
  const names = Object.keys(RPCS) as Rpc[];
  return Object.fromEntries(names.map((name) => [name, (given: object) => call(name, { ...given })])) as MLSClient;
}
