/** The vectors in test-vectors/own: made again, run, and looked at for what they are there for. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { fromHex, toHex } from "../../src/bytes.ts";
import { decode } from "../../src/codec/codec.ts";
import type { Backend } from "../../src/crypto/cipher-suite.ts";
import {
  type Environment,
  epochOf,
  type GroupState,
  importKeyPackage,
  joinGroup,
  processMessage,
  type ReceivedCommit,
  type ReceivedProposal,
} from "../../src/group/index.ts";
import { dangerouslyAcceptEveryCredential } from "../../src/testing/authentication.ts";
import { joinVectors, makeVectors, OWN_SEED, vectorFileText } from "../../src/vectors/make.ts";
import { makePassiveClientRandom } from "../../src/vectors/make-random-story.ts";
import { runVectors, vectorEnvironment } from "../../src/vectors/run.ts";
import { MLSMessage, RatchetTreeNodes, UpdatePath } from "../../src/wire/index.ts";
import { seededRandom, suitesOf } from "../support/vector-run.ts";

const folder = fileURLToPath(new URL("../../test-vectors/own/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const textOf = (file: string) => readFileSync(folder + file, "utf8");

const suiteOn = (backend: Backend, id: number) => {
  const suite = suitesOf(backend)(id);
  if (suite === undefined) throw new Error(`${backend.name} lacks suite ${id}`);
  return suite;
};

describe("our own vectors", () => {
  it("are made again from their seed, octet for octet", async () => {
    const made = await makeVectors(suiteOn(noble, 1), OWN_SEED, { small: true });
    expect(Object.keys(made).sort()).toEqual(files);
    for (const [file, cases] of Object.entries(made)) {
      const part = vectorFileText(cases).slice(0, -"\n]\n".length);
      expect(textOf(file).slice(0, part.length) === part, file).toBe(true);
      expect(textOf(file).slice(part.length), file).toMatch(/^(,\n\{|\n\]\n$)/);
    }
  });

  it("are the same on every backend whose signatures are deterministic", async () => {
    const made = [];
    for (const backend of [noble, node])
      made.push(await makeVectors(suiteOn(backend, 3), "elsewhere", { small: true }));
    expect(made[1]).toEqual(made[0]);
    expect(joinVectors(made)).toEqual(made[0]);
  });

  it("another seed gives others, wherever something is chosen", async () => {
    const suite = suiteOn(node, 3);
    const [one, two] = [await makeVectors(suite, 1, { small: true }), await makeVectors(suite, 2, { small: true })];
    const same = Object.keys(one).filter((file) => JSON.stringify(one[file]) === JSON.stringify(two[file]));
    expect(same).toEqual(["deserialization.json", "tree-math.json"]);
  });

  it.each(files.flatMap((file) => [noble, node].map((backend) => [file, backend.name, backend] as const)))(
    "%s passes on %s",
    async (file, _, backend) => {
      const report = await runVectors(JSON.parse(textOf(file)), vectorEnvironment(backend, seededRandom(1)));
      expect([report.status, report.failures, report.notApplicable]).toEqual(["run", [], 0]);
      expect(report.passed).toBeGreaterThan(0);
      const withoutSuite = ["deserialization.json", "messages.json", "tree-math.json"].includes(file);
      expect(report.suites.map(({ suite }) => suite)).toEqual(withoutSuite ? [undefined] : [1, 2, 3, 4, 5, 6, 7]);
    },
  );

  it("are small enough to be kept here", () => {
    expect(files).toHaveLength(16);
    expect(files.reduce((sum, file) => sum + textOf(file).length, 0)).toBeLessThan(1_050_000);
  });
});

interface PassiveClientVector {
  readonly cipher_suite: number;
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[];
  readonly key_package: string;
  readonly signature_priv: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly epochs: readonly { readonly proposals: readonly string[]; readonly commit: string }[];
}

interface Step {
  readonly before: GroupState;
  readonly after: GroupState;
  readonly proposals: readonly ReceivedProposal[];
  readonly commit: ReceivedCommit;
  readonly isPrivate: boolean;
  /** Of a public commit with a path: how many ciphertexts each node has. */
  readonly ciphertexts: readonly number[] | undefined;
}

/** What a passive client of suite 1 sees. */
async function follow(vector: PassiveClientVector): Promise<{ joined: GroupState; steps: readonly Step[] }> {
  const psks = new Map(vector.external_psks.map(({ psk_id, psk }) => [psk_id, fromHex(psk)]));
  const environment: Environment = {
    suite: suiteOn(node, 1),
    random: seededRandom(1),
    clock: () => 0n,
    authentication: dangerouslyAcceptEveryCredential,
    psks: { external: (id) => psks.get(toHex(id)) },
    policy: { judgeReceivedLifetimes: false, newMemberProposals: true },
  };
  const message = decode(MLSMessage, fromHex(vector.key_package));
  if (message.wireFormat !== "mls_key_package") throw new Error(message.wireFormat as string);
  const keyPackage = await importKeyPackage(environment, message.keyPackage, {
    initPrivateKey: fromHex(vector.init_priv),
    encryptionPrivateKey: fromHex(vector.encryption_priv),
    signaturePrivateKey: fromHex(vector.signature_priv),
  });
  const tree =
    vector.ratchet_tree === null ? {} : { ratchetTree: decode(RatchetTreeNodes, fromHex(vector.ratchet_tree)) };
  const { state: joined } = await joinGroup(environment, {
    welcome: fromHex(vector.welcome),
    keyPackages: [keyPackage],
    ...tree,
  });
  const steps: Step[] = [];
  let state = joined;
  for (const { proposals, commit } of vector.epochs) {
    const before = state;
    const received: ReceivedProposal[] = [];
    for (const each of proposals) {
      const step = await processMessage(environment, state, fromHex(each));
      if (step.output.contentType === "proposal") received.push(step.output);
      state = step.state;
    }
    const step = await processMessage(environment, state, fromHex(commit));
    if (step.output.contentType !== "commit") throw new Error(step.output.contentType);
    state = step.state;
    const isPrivate = decode(MLSMessage, fromHex(commit)).wireFormat === "mls_private_message";
    steps.push({
      before,
      after: state,
      proposals: received,
      commit: step.output,
      isPrivate,
      ciphertexts: ciphertextsOf(commit),
    });
  }
  return { joined, steps };
}

function ciphertextsOf(commit: string): number[] | undefined {
  const message = decode(MLSMessage, fromHex(commit));
  if (message.wireFormat !== "mls_public_message") return undefined;
  const { content } = message.publicMessage;
  const path = content.contentType === "commit" ? content.commit.path : undefined;
  return path?.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length);
}

const lives = (file: string) =>
  (JSON.parse(textOf(file)) as PassiveClientVector[]).filter(({ cipher_suite }) => cipher_suite === 1).map(follow);

/** Parents above a leaf, from below. */
const known = ({ self, tree }: GroupState) => {
  const nodes = [];
  for (let span = 2; span <= tree.leafCount; span *= 2) {
    const node = Math.floor(self.leafIndex / span) * 2 * span + span - 1;
    nodes.push([...self.privateKeys.keys()].some((each) => each === node));
  }
  return nodes;
};

describe("our own vectors go where the published ones do not", () => {
  it("[12.4.3.1-15] [12.4.3.3-04] into trees with a blank node above a joiner's common ancestor, and into trees given out of band", async () => {
    const joined = (await Promise.all(lives("passive-client-welcome.json"))).map((life) => life.joined);
    expect(joined.map(known)).toContainEqual([true, true, false, true]);
    const vectors = JSON.parse(textOf("passive-client-welcome.json")) as PassiveClientVector[];
    expect(new Set(vectors.map(({ ratchet_tree }) => typeof ratchet_tree))).toEqual(new Set(["string", "object"]));
  });

  it("[12.4.3.2-06] through commits of every kind", async () => {
    const steps = (await Promise.all(lives("passive-client-handling-commit.json"))).flatMap((life) => life.steps);
    const external = steps.filter(({ commit }) => commit.commit.kind === "external");
    const shapes = external.map(({ commit: { commit } }) => [
      commit.list.removes.length,
      Math.min(commit.list.psks.length, 1),
    ]);
    expect(shapes).toEqual(expect.arrayContaining([[0, 0], [0, 1], [1, 0], [1, 1]])); // biome-ignore format: a table

    const proposals = steps.flatMap((step) => step.proposals);
    expect(new Set(proposals.map(({ sender }) => sender.senderType))).toEqual(
      new Set(["member", "external", "new_member_proposal"]),
    );
    const types = steps.flatMap(({ commit }) => commit.commit.list.all.map(({ proposal }) => proposal.proposalType));
    expect(new Set(types)).toEqual(
      new Set(["add", "update", "remove", "psk", "reinit", "external_init", "group_context_extensions"]),
    );
    expect(proposals.some(({ generation }) => generation !== undefined)).toBe(true);
    expect(steps.some(({ isPrivate }) => isPrivate)).toBe(true);
    expect(steps.at(-1)?.after.closed?.reason).toBe("reinitialized");

    const ages = steps.flatMap(({ before, commit: { commit } }) =>
      commit.list.psks.flatMap((psk) => (psk.psktype === "resumption" ? [epochOf(before) - psk.pskEpoch] : [])),
    );
    expect(new Set(ages)).toEqual(new Set([0n, 1n, 3n]));
  });

  it("[4.1.2-01] [7.5-03] along paths without ciphertexts at a node, and without the root", async () => {
    const steps = (await Promise.all(lives("passive-client-handling-commit.json"))).flatMap((life) => life.steps);
    expect(steps.some(({ ciphertexts }) => ciphertexts?.includes(0))).toBe(true);
    const rootless = steps.filter(
      ({ ciphertexts, after }) => ciphertexts !== undefined && known(after).at(-1) === false,
    );
    expect(rootless.length).toBeGreaterThan(0);
    const widths = steps.map(({ before, after }) => Math.sign(after.tree.leafCount - before.tree.leafCount));
    expect(new Set(widths)).toEqual(new Set([-1, 0, 1]));
  });

  it("along the path of a lone member", () => {
    const vectors = JSON.parse(textOf("treekem.json")) as { update_paths: { update_path: string }[] }[];
    const paths = vectors.flatMap(({ update_paths }) => update_paths.map(({ update_path }) => update_path));
    expect(paths.map((path) => decode(UpdatePath, fromHex(path)).nodes.length)).toContain(0);
  });

  it("through a life of 40 epochs, of many and of few, in which leaves are used again", async () => {
    const [life] = await Promise.all(lives("passive-client-random.json"));
    const steps = life?.steps ?? [];
    expect(steps).toHaveLength(40);
    const sizes = steps.map(({ after }) => after.tree.memberCount);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2, 10]);
    const before = new Set<number>();
    const again = steps.flatMap(({ before: { tree }, commit: { commit } }) => {
      for (let i = 0; i < tree.leafCount; i++) if (tree.leaf(i as never) !== undefined) before.add(i);
      return commit.added.filter((leaf) => before.has(leaf));
    });
    expect(again.length).toBeGreaterThan(0);
    expect(steps.some(({ ciphertexts }) => ciphertexts?.includes(0))).toBe(true);
  });
});

describe("random lives", () => {
  it.each([1, 2, 3, 4, 5])("of seed %i end in agreement", async (seed) => {
    const suite = suiteOn(node, 1);
    const vectors = await makePassiveClientRandom({ suite, random: seededRandom(seed), small: false });
    const report = await runVectors(vectors, vectorEnvironment(node, seededRandom(1)));
    expect([report.passed, report.failures]).toEqual([1, []]);
  });
});
