import { describe, expect, it } from "vitest";
import { CLOCK, DeliveryService, Directory, octets } from "../../src/cli/demo-services.ts";
import { createCommit, createGroup, type Environment, protect } from "../../src/index.ts";
import { environmentOf, person } from "../support/group.ts";

const environment: Environment = environmentOf({ clock: CLOCK });
const aGroup = async (name: string) => createGroup(environment, await person(environment, name));

describe("the delivery service of the demo", () => {
  it("§14: lets one commit end an epoch", async () => {
    const delivery = new DeliveryService();
    const first = await createCommit(environment, await aGroup("one"));
    const second = await createCommit(environment, first.state);
    expect(delivery.offer(first.output.message)).toBe(true);
    expect(delivery.offer(second.output.message)).toBe(false);
    expect(delivery.offer(first.output.message)).toBe(false);
    expect(delivery.messages).toBe(3);
  });

  it("takes nothing but a commit for one", async () => {
    const { output } = await protect(environment, await aGroup("one"), octets("hello"));
    expect(() => new DeliveryService().offer(output)).toThrow("no commit");
  });

  it("its transcript knows where a message ends, and in which order they came", () => {
    const transcriptOf = (...messages: string[]) => {
      const delivery = new DeliveryService();
      for (const message of messages) delivery.post(octets(message));
      return delivery.transcript;
    };
    const all = [
      transcriptOf(),
      transcriptOf("ab"),
      transcriptOf("a", "b"),
      transcriptOf("b", "a"),
      transcriptOf("ab", ""),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(transcriptOf("a", "b")).toBe(transcriptOf("a", "b"));
  });

  it("hands out what it keeps once", () => {
    const delivery = new DeliveryService();
    delivery.keep("late", octets("x"));
    expect(delivery.collect("late")).toEqual(octets("x"));
    expect(() => delivery.collect("late")).toThrow("nothing is kept as late");
  });
});

describe("§5.3.1: the directory of the demo", () => {
  const request = (name: string, signatureKey: Uint8Array) => ({
    reason: "add" as const,
    credential: { credentialType: "basic", identity: octets(name) } as const,
    signatureKey,
    leafNode: undefined,
    groupId: undefined,
    leafIndex: undefined,
    predecessor: undefined,
  });

  it("accepts enrolled keys, old and new ones, under the name that they were enrolled with", async () => {
    const directory = new Directory();
    directory.enrol("alice", octets("key 1"));
    directory.enrol("alice", octets("key 2"));
    directory.enrol("bob", octets("key 3"));
    const verdicts = await directory.authenticate([
      request("alice", octets("key 1")),
      request("alice", octets("key 2")),
      request("alice", octets("key 3")),
      request("carol", octets("key 1")),
    ]);
    expect(verdicts.map(({ accepted }) => accepted)).toEqual([true, true, false, false]);
  });

  it("knows names only", async () => {
    const directory = new Directory();
    directory.enrol("", octets("key"));
    const x509 = { credentialType: "x509", certificates: [] } as const;
    const [verdict] = await directory.authenticate([{ ...request("", octets("key")), credential: x509 }]);
    expect(verdict?.accepted).toBe(false);
  });
});
