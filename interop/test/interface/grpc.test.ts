/** The interface over real connections: everything gets to the other side as it is, and refusals as what they are. */
import { Client, credentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { CallError, complete, type Handlers, inProcess } from "../../src/interface/client.ts";
import { connect, type Served, type ServedCall, serve } from "../../src/interface/grpc.ts";
import { type Message, RPCS, type Rpc } from "../../src/interface/messages.ts";
import { utf8 } from "../copath/support.ts";

const NAMES = Object.keys(RPCS) as Rpc[];
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Handlers that answer nothing, but for those given. */
const handlers = (given: Partial<Handlers>): Handlers =>
  Object.fromEntries(NAMES.map((name) => [name, given[name] ?? (async () => ({}))])) as Handlers;

async function connected(given: Partial<Handlers>, observe?: (call: ServedCall) => void) {
  const served: Served = await serve(handlers(given), { port: 0, ...(observe === undefined ? {} : { observe }) });
  open.push(served);
  const client = await connect(`127.0.0.1:${served.port}`, { timeoutSeconds: 5 });
  open.push(client);
  return client;
}

/** A message with something in each field, the extremes of its type among them. */
function filled(message: Message, depth = 0): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = {
    string: "grüße",
    bytes: Uint8Array.of(0, 255, depth),
    bool: true,
    uint32: 0xffff_ffff,
    uint64: 2n ** 64n - 1n,
  };
  const fields = Object.entries(message.fields).map(([name, { type, repeated }]) => {
    const value = typeof type === "string" ? values[type] : filled(type, depth + 1);
    return [name, repeated ? [value, value] : value];
  });
  return Object.fromEntries(fields);
}

describe("every message", () => {
  it.each(NAMES)("%s: request and answer arrive as they were sent, every field of them", async (name) => {
    const { request, response } = RPCS[name];
    let arrived: unknown;
    const answer = filled(response);
    const client = await connected({
      [name]: async (received: unknown) => {
        arrived = received;
        return answer;
      },
    });
    const call = client[name] as (given: object) => Promise<object>;
    expect(await call(filled(request))).toEqual(answer);
    expect(arrived).toEqual(filled(request));
  });

  it.each(NAMES)("%s: what is left out is the default of its type, over a connection as in process", async (name) => {
    const { request, response } = RPCS[name];
    const arrived: unknown[] = [];
    const given = {
      [name]: async (received: unknown) => {
        arrived.push(received);
        return {};
      },
    };
    const remote = (await connected(given))[name] as (given: object) => Promise<object>;
    const local = inProcess(handlers(given))[name] as (given: object) => Promise<object>;
    expect(await remote({})).toEqual(await local({}));
    expect(await local({})).toEqual(complete(response, {}));
    for (const each of arrived) expect(each).toEqual(complete(request, {}));
  });
});

describe("what goes wrong", () => {
  it("a refusal keeps its status and its words", async () => {
    const client = await connected({
      StateAuth: async () => {
        throw new CallError("FAILED_PRECONDITION", "state.removed: no longer");
      },
      Name: async () => {
        throw new TypeError("a bug");
      },
    });
    await expect(client.StateAuth({})).rejects.toMatchObject({
      name: "CallError",
      status: "FAILED_PRECONDITION",
      message: "state.removed: no longer",
    });
    await expect(client.Name({})).rejects.toMatchObject({ status: "INTERNAL", message: "a bug" });
  });

  it("long words, and such as no terminal should see, are cut and written out", async () => {
    const client = await connected({
      Name: async () => {
        throw new CallError("NOT_FOUND", `${"\uFFFD".repeat(200_000)} is not there`);
      },
      Export: async () => {
        throw new CallError("NOT_FOUND", "\u001b[2J\n1000 passed, 0 failed");
      },
    });
    const words = async (call: Promise<unknown>) => ((await call.catch((error: unknown) => error)) as Error).message;
    expect(await words(client.Name({}))).toBe(`${"?".repeat(1000)}...`);
    expect(await words(client.Export({}))).toBe("\\u001b[2J\\n1000 passed, 0 failed");
  });

  it("an answer that cannot be written is an error of the call, and the server lives on", async () => {
    const client = await connected({
      Name: (async () => undefined) as unknown as Handlers["Name"],
      Export: (async () => ({ exportedSecret: "text" })) as unknown as Handlers["Export"],
    });
    await expect(client.Name({})).rejects.toMatchObject({ status: "INTERNAL" });
    await client.Export({}).catch(() => undefined);
    expect(await client.Free({})).toEqual({});
  });

  it("nobody there, and nobody who answers in time", async () => {
    await expect(connect("127.0.0.1:1", { timeoutSeconds: 0.2 })).rejects.toMatchObject({ status: "UNAVAILABLE" });
    const served = await serve(
      handlers({ Name: () => new Promise((resolve) => setTimeout(() => resolve({}), 1500)) }),
      {
        port: 0,
      },
    );
    open.push(served);
    const client = await connect(`127.0.0.1:${served.port}`, { timeoutSeconds: 0.3 });
    open.push(client);
    await expect(client.Name({})).rejects.toMatchObject({ status: "DEADLINE_EXCEEDED" });
  });

  it("a port that is taken is an error, not a server", async () => {
    const served = await serve(handlers({}), { port: 0 });
    open.push(served);
    await expect(serve(handlers({}), { port: served.port })).rejects.toThrow();
  });
});

describe("octets on the wire are the interface's", () => {
  /** A call as any other client writes it: protobuf by hand, which the tables here have no part in. */
  async function raw(path: string, request: readonly number[], given: Partial<Handlers>): Promise<number[]> {
    const served = await serve(handlers(given), { port: 0 });
    open.push(served);
    const client = new Client(`127.0.0.1:${served.port}`, credentials.createInsecure());
    open.push(client);
    const same = (octets: Buffer) => octets;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, Buffer.from(request), (error, value) =>
        error ? reject(error) : resolve([...(value ?? [])]),
      );
    });
  }

  it("Commit, with a proposal by value, and its answer", async () => {
    let arrived: unknown;
    // state_id 7; by_reference "ab"; by_value { proposal_type "x"; epoch_id 300; extensions { 3, "z" } }; force_path; external_tree
    const request = [8, 7, 18, 2, 97, 98, 26, 13, 10, 1, 120, 40, 172, 2, 50, 5, 8, 3, 18, 1, 122, 32, 1, 40, 1];
    const answer = await raw("/mls_client.MLSClient/Commit", request, {
      Commit: async (given) => {
        arrived = given;
        return { commit: utf8("c"), welcome: utf8("w"), ratchetTree: utf8("t") };
      },
    });
    expect(arrived).toMatchObject({
      stateId: 7,
      byReference: [utf8("ab")],
      byValue: [
        { proposalType: utf8("x"), epochId: 300n, extensions: [{ extensionType: 3, extensionData: utf8("z") }] },
      ],
      forcePath: true,
      externalTree: true,
    });
    expect(answer).toEqual([10, 1, 99, 18, 1, 119, 26, 1, 116]);
  });

  it("an unknown field is passed over", async () => {
    const answer = await raw("/mls_client.MLSClient/Name", [0xf8, 0x07, 1], { Name: async () => ({ name: "n" }) });
    expect(answer).toEqual([10, 1, 110]);
  });
});

it("messages of many megabytes pass", async () => {
  const big = new Uint8Array(20_000_000).fill(7);
  const client = await connected({ Protect: async ({ plaintext }) => ({ ciphertext: plaintext }) });
  expect((await client.Protect({ plaintext: big })).ciphertext.length).toBe(big.length);
});

it("whoever watches is told of each call", async () => {
  const calls: ServedCall[] = [];
  const client = await connected(
    {
      Free: async () => {
        throw new CallError("NOT_FOUND", "nothing there");
      },
    },
    (call) => calls.push(call),
  );
  await client.Name({});
  await client.Free({ stateId: 7 }).catch(() => undefined);
  expect(calls.map(({ rpc, request, error }) => [rpc, request, error?.message])).toEqual([
    ["Name", {}, undefined],
    ["Free", { stateId: 7 }, "nothing there"],
  ]);
});
