/**
 * Damaged inputs: every one is refused with an MlsError, or is another value's only encoding. The sample is seeded;
 * COPATH_HOSTILE_BUDGET is how many inputs it has, COPATH_HOSTILE_SEED where it starts.
 */
import { describe, expect, it } from "vitest";
import { concat, equal, fromHex, toHex } from "../../src/bytes.ts";
import { type Codec, decode, encode } from "../../src/codec/codec.ts";
import { MlsError } from "../../src/errors.ts";
import { Commit } from "../../src/wire/commit.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  ReInit,
  Remove,
  Update,
} from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { GroupSecrets } from "../../src/wire/welcome.ts";
import { drawsOf, generate } from "../support/generate.ts";
import { publishedVectors } from "../support/vector-files.ts";

const budget = Number(process.env.COPATH_HOSTILE_BUDGET ?? 100_000);
const seed = Number(process.env.COPATH_HOSTILE_SEED ?? 9420);

interface Sample {
  readonly from: string;
  readonly codec: Codec<unknown>;
  readonly bytes: Uint8Array;
}

const bareStructs: Readonly<Record<string, Codec<unknown>>> = {
  ratchet_tree: RatchetTreeNodes,
  group_secrets: GroupSecrets,
  add_proposal: Add,
  update_proposal: Update,
  remove_proposal: Remove,
  pre_shared_key_proposal: PreSharedKey,
  re_init_proposal: ReInit,
  external_init_proposal: ExternalInit,
  group_context_extensions_proposal: GroupContextExtensions,
  commit: Commit,
};

function fromMessages(): Sample[] {
  const file = publishedVectors("mls/messages.json") as readonly Record<string, string>[] | undefined;
  return (file ?? []).flatMap((vector, index) =>
    Object.entries(vector).map(([field, hex]) => ({
      from: `messages[${index}].${field}`,
      codec: bareStructs[field] ?? MLSMessage,
      bytes: fromHex(hex),
    })),
  );
}

interface Passive {
  readonly key_package: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly epochs: readonly { readonly proposals: readonly string[]; readonly commit: string }[];
}

function fromPassiveClients(name: string): Sample[] {
  const file = publishedVectors(`mls/${name}.json`) as readonly Passive[] | undefined;
  return (file ?? []).flatMap(({ key_package, welcome, ratchet_tree, epochs }, index) => {
    const messages = [key_package, welcome, ...epochs.flatMap(({ proposals, commit }) => [...proposals, commit])];
    const samples = messages.map((hex, i) => ({
      from: `${name}[${index}] message ${i}`,
      codec: MLSMessage,
      bytes: fromHex(hex),
    }));
    if (ratchet_tree === null) return samples;
    return [...samples, { from: `${name}[${index}] tree`, codec: RatchetTreeNodes, bytes: fromHex(ratchet_tree) }];
  });
}

function generated(): Sample[] {
  return Array.from({ length: 200 }, (_, i) => ({
    from: `generated ${i}`,
    codec: MLSMessage,
    bytes: encode(MLSMessage, generate(MLSMessage, i)),
  }));
}

type Damage = (bytes: Uint8Array, below: (limit: number) => number) => Uint8Array;

const damages: Readonly<Record<string, Damage>> = {
  bitFlip(bytes, below) {
    const damaged = bytes.slice();
    const at = below(bytes.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8));
    return damaged;
  },
  bitFlipInFront(bytes, below) {
    const damaged = bytes.slice();
    const at = below(Math.min(bytes.length, 64));
    damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8));
    return damaged;
  },
  truncation: (bytes, below) => bytes.slice(0, below(bytes.length)),
  extension: (bytes, below) =>
    concat(
      bytes,
      Uint8Array.from({ length: 1 + below(4) }, () => below(256)),
    ),
  deletion(bytes, below) {
    const at = below(bytes.length);
    return concat(bytes.subarray(0, at), bytes.subarray(at + 1 + below(8)));
  },
  insertion(bytes, below) {
    const at = below(bytes.length);
    return concat(bytes.subarray(0, at), Uint8Array.of(below(256)), bytes.subarray(at));
  },
  longLength(bytes, below) {
    const damaged = bytes.slice();
    damaged.set(
      [0x80 | below(64), below(256), below(256), below(256)].slice(0, bytes.length),
      below(Math.max(1, bytes.length - 4)),
    );
    return damaged;
  },
  noise: (bytes, below) => bytes.map((octet) => (below(16) === 0 ? below(256) : octet)),
};

/** Whether it was refused; a value that was accepted must be the only reading of these octets. */
function refused({ codec, bytes }: Sample): boolean {
  let value: unknown;
  try {
    value = decode(codec, bytes);
  } catch (error) {
    if (error instanceof MlsError && error.reaction === "malformed") return true;
    throw error;
  }
  expect(equal(encode(codec, value), bytes)).toBe(true);
  return false;
}

describe("§2.1 damaged messages", () => {
  const samples = [
    ...generated(),
    ...fromMessages(),
    ...fromPassiveClients("passive-client-welcome"),
    ...fromPassiveClients("passive-client-handling-commit"),
    ...fromPassiveClients("passive-client-random"),
  ];

  it("are intact before they are damaged", () => {
    for (const sample of samples) expect(refused(sample), sample.from).toBe(false);
  });

  it.each(Object.entries(damages))(
    "[2.1-03] %s: refused, or read and written alike",
    { timeout: 0 },
    (name, damage) => {
      const draw = drawsOf(seed + name.length * 7919);
      const below = (limit: number) => Math.floor(draw() * limit);
      const runs = Math.ceil(budget / Object.keys(damages).length);
      let refusals = 0;
      for (let run = 0; run < runs; run++) {
        const sample = samples[below(samples.length)];
        if (sample === undefined) throw new Error("there are no samples");
        const bytes = damage(sample.bytes, below);
        try {
          if (refused({ ...sample, bytes })) refusals++;
        } catch (cause) {
          const place = `seed ${seed}, ${name} ${run} of ${sample.from}: ${toHex(bytes.subarray(0, 2000))}`;
          throw new Error(`neither refused nor read and written alike: ${place}`, { cause });
        }
      }
      expect(refusals).toBeGreaterThan(0);
      expect(name === "truncation" || name === "extension" ? runs - refusals : 0).toBe(0);
    },
  );

  it("[2.1.2-06] no octet can make a message cost more than its size allows", () => {
    const greedy = ["000100040001", "00010003", "000100050001"].map((head) =>
      fromHex(`${head}${"bfffffff".repeat(50_000)}`),
    );
    const start = performance.now();
    for (const bytes of greedy) expect(refused({ from: "greedy", codec: MLSMessage, bytes })).toBe(true);
    const extensions = concat(fromHex("80030d40"), new Uint8Array(200_000));
    expect(refused({ from: "extensions", codec: GroupContextExtensions, bytes: extensions })).toBe(true);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
