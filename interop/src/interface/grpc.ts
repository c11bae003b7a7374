/** The interface over gRPC: an implementation is served, and a peer is called. */
import {
  type ChannelOptions,
  Client,
  credentials,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { CallError, complete, type Handlers, type MLSClient } from "./client.ts";
import { type Field, type Message, RPCS, type Rpc } from "./messages.ts";

const PACKAGE = "mls_client";
const SERVICE = "MLSClient";
const CLOSING_MILLISECONDS = 3_000;
const NAMES = Object.keys(RPCS) as Rpc[];
/** Welcomes of large groups are longer than gRPC allows by itself. */
const CHANNEL: ChannelOptions = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

const service = serviceDefinition();

function serviceDefinition(): ServiceDefinition {
  const messages = new Map<string, Message>();
  const collect = (message: Message): void => {
    messages.set(message.name, message);
    for (const { type } of Object.values(message.fields)) if (typeof type !== "string") collect(type);
  };
  const methods: Record<string, { requestType: string; responseType: string }> = {};
  for (const name of NAMES) {
    const { request, response } = RPCS[name];
    collect(request);
    collect(response);
    methods[name] = { requestType: request.name, responseType: response.name };
  }
  const types = [...messages].map(([name, { fields }]) => [name, { fields: protobufFields(fields) }]);
  const nested = { ...Object.fromEntries(types), [SERVICE]: { methods } };
  const root = { nested: { [PACKAGE]: { nested } } };
  // `longs: String`: a JavaScript number would round an epoch of 64 bits.
  return fromJSON(root, { longs: String, defaults: true, arrays: true })[`${PACKAGE}.${SERVICE}`] as ServiceDefinition;
}

function protobufFields(fields: Readonly<Record<string, Field>>) {
  const written = Object.entries(fields).map(([name, { type, id, repeated }]) => [
    name,
    { type: typeof type === "string" ? type : type.name, id, ...(repeated ? { rule: "repeated" } : {}) },
  ]);
  return Object.fromEntries(written);
}

export interface ServeOptions {
  /** Default: loopback. */
  readonly host?: string;
  /** 0 for one that is free. */
  readonly port: number;
  /** Is told of each call when it has been answered. Throws nothing. */
  readonly observe?: (call: ServedCall) => void;
}

export interface ServedCall {
  readonly rpc: Rpc;
  readonly request: object;
  /** One of the two. */
  readonly response?: object;
  readonly error?: Error;
  readonly milliseconds: number;
}

export interface Served {
  readonly port: number;
  /** Lets calls that are under way finish, for a few seconds. */
  close(): Promise<void>;
}

/** Serves an implementation, until it is closed. What a handler throws is the call's status: of a `CallError` its own. */
export async function serve(handlers: Handlers, { host = "127.0.0.1", port, observe }: ServeOptions): Promise<Served> {
  const server = new Server(CHANNEL);
  const implementation = NAMES.map((rpc) => [rpc, answering(handlers, rpc, observe)]);
  server.addService(service, Object.fromEntries(implementation));
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, to) => (error ? reject(error) : resolve(to)));
  });
  return {
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        // Whoever holds a connection open without a call does not hold up the end.
        const forced = setTimeout(() => server.forceShutdown(), CLOSING_MILLISECONDS);
        server.tryShutdown((error) => {
          clearTimeout(forced);
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  };
}

type Plain = Readonly<Record<string, unknown>>;

function answering(handlers: Handlers, rpc: Rpc, observe: ServeOptions["observe"]): handleUnaryCall<Plain, Plain> {
  const { request: asked, response: answered } = RPCS[rpc];
  const handler = handlers[rpc] as (request: unknown) => Promise<Plain>;
  // What cannot be written is as much the handler's fault as what it throws.
  const attempt = async (request: Plain) => {
    try {
      const response = await handler(request);
      return { outcome: { response }, wire: toWire(answered, response) };
    } catch (thrown) {
      return { outcome: { error: thrown instanceof Error ? thrown : new Error(String(thrown)) } };
    }
  };
  const serveOne: handleUnaryCall<Plain, Plain> = async ({ request: received }, answer) => {
    const start = performance.now();
    const request = fromWire(asked, received);
    const { outcome, wire } = await attempt(request);
    if (outcome.error === undefined) answer(null, wire);
    else answer(statusOf(outcome.error));
    observe?.({ rpc, request, ...outcome, milliseconds: performance.now() - start });
  };
  return serveOne;
}

function statusOf(error: Error) {
  const name = error instanceof CallError ? error.status : "INTERNAL";
  const code = (status as unknown as Readonly<Record<string, number>>)[name] ?? status.UNKNOWN;
  return { code, details: readable(error.message) };
}

/** Words travel in a header, which has little room, and end on somebody's terminal. */
function readable(words: string): string {
  const plain = words.replaceAll(/[^\x20-\x7e]/g, (character) => JSON.stringify(character).slice(1, -1));
  const visible = plain.replaceAll(/[^\x20-\x7e]/g, "?");
  return visible.length > MOST_WORDS ? `${visible.slice(0, MOST_WORDS)}...` : visible;
}

const MOST_WORDS = 1_000;

export interface ConnectOptions {
  /** For each call. Default: 120. */
  readonly timeoutSeconds?: number;
}

/** A client of the interface at `host:port`, which has to answer before the time for one call is over. */
export async function connect(
  address: string,
  { timeoutSeconds = 120 }: ConnectOptions = {},
): Promise<MLSClient & { close(): void }> {
  const client = new Client(address, credentials.createInsecure(), CHANNEL);
  const deadline = () => Date.now() + timeoutSeconds * 1000;
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(deadline(), (error) =>
      error ? reject(new CallError("UNAVAILABLE", `nobody answers at ${address}`, { cause: error })) : resolve(),
    );
  }).catch((error: unknown) => {
    client.close();
    throw error;
  });
  const call = (rpc: Rpc, request: Plain) =>
    new Promise<Plain>((resolve, reject) => {
      const method = service[rpc];
      if (method === undefined) throw new TypeError(rpc);
      const { path, requestSerialize, responseDeserialize } = method;
      const whole = toWire(RPCS[rpc].request, request);
      client.makeUnaryRequest<Plain, Plain>(
        path,
        requestSerialize,
        responseDeserialize,
        whole,
        new Metadata(),
        { deadline: deadline() },
        (error, value) => (error ? reject(callErrorOf(error)) : resolve(fromWire(RPCS[rpc].response, value ?? {}))),
      );
    });
  const calls = NAMES.map((rpc) => [rpc, (request: Plain) => call(rpc, request)]);
  return { ...(Object.fromEntries(calls) as MLSClient), close: () => client.close() };
}

function callErrorOf({ code, details, message }: ServiceError): CallError {
  const words = readable(details || message);
  // What gRPC itself makes of an answer that is none: the peer has not said that it lacks the call.
  const broken = code === status.UNIMPLEMENTED && /^(No message received|Received HTTP status)/.test(words);
  return new CallError(broken ? "INTERNAL" : (status[code] ?? `${code}`), words);
}

/** What protobuf writes: integers of 64 bits in decimal. */
function toWire(message: Message, value: Plain): Plain {
  return mapped(message, value, (each) => (typeof each === "bigint" ? `${each}` : each));
}

/** What is handed out: octets that nobody else holds, integers of 64 bits as such. */
function fromWire(message: Message, value: Plain): Plain {
  const whole = mapped(message, value, (each, type) => {
    if (type === "uint64") return BigInt(each as string);
    return type === "bytes" ? new Uint8Array(each as Uint8Array) : each;
  });
  return complete(message, whole);
}

function mapped(message: Message, value: Plain, map: (value: unknown, type: string) => unknown): Plain {
  const fields: Record<string, unknown> = {};
  for (const [name, { type, repeated }] of Object.entries(message.fields)) {
    const given = value[name];
    if (given === undefined || given === null) continue;
    const one = (each: unknown) => (typeof type === "string" ? map(each, type) : mapped(type, each as Plain, map));
    fields[name] = repeated ? (given as readonly unknown[]).map(one) : one(given);
  }
  return fields;
}
