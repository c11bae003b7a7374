import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "../../src/crypto/labels.ts";
import {
  createSecretTree,
  DEFAULT_RATCHET_LIMITS,
  type KeyPosition,
  type KeyStep,
  nextSendingKey,
  type RatchetKind,
  type RatchetLimits,
  receivingKey,
  type SecretTree,
  type SecretTreeNode,
  secretsOf,
  sendingGeneration,
} from "../../src/schedule/secret-tree.ts";
import { dispose, Secret } from "../../src/secret.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { failure } from "../support/failure.ts";
import { arraysOf, nobleSuite, spyOn } from "../support/spying-suite.ts";

const suite = nobleSuite();
const { Nh } = suite.kdf;
const LIMITS: RatchetLimits = { maxSkipped: 3, maxForward: 6 };
const KINDS: readonly RatchetKind[] = ["handshake", "application"];

const treeOf = (leaves: number) => createSecretTree(suite, new Secret(new Uint8Array(Nh).fill(9)), leaves);
const at = (leaf: number, generation: number, kind: RatchetKind = "application"): KeyPosition => ({
  leaf: leafIndex(leaf),
  kind,
  generation,
});
const receive = (tree: SecretTree, position: KeyPosition, limits = LIMITS) =>
  receivingKey(suite, tree, position, limits);
const keyOf = ({ messageKey: { key, nonce } }: KeyStep) => `${toHex(key.bytes)} ${toHex(nonce.bytes)}`;
const takenSecrets = (step: KeyStep) => [step.messageKey.key, step.messageKey.nonce];

/** Everything that §9 derives on the way to one key, by the book and without any sharing. */
function byTheBook(leaves: number, { leaf, kind, generation }: KeyPosition) {
  let node = new Secret(new Uint8Array(Nh).fill(9));
  const consumed = [node];
  for (let low = 0, high = leaves; high - low > 1; ) {
    const middle = (low + high) / 2;
    const context = utf8(leaf < middle ? "left" : "right");
    node = expandWithLabel(suite, node, { label: "tree", context, length: Nh });
    consumed.push(node);
    if (leaf < middle) high = middle;
    else low = middle;
  }
  let secret = deriveSecret(suite, node, kind);
  consumed.push(secret);
  for (let each = 0; each < generation; each++) {
    secret = deriveTreeSecret(suite, secret, { label: "secret", generation: each, length: Nh });
    consumed.push(secret);
  }
  const key = deriveTreeSecret(suite, secret, { label: "key", generation, length: suite.aead.Nk });
  const nonce = deriveTreeSecret(suite, secret, { label: "nonce", generation, length: suite.aead.Nn });
  return {
    key: `${toHex(key.bytes)} ${toHex(nonce.bytes)}`,
    /** Whoever has one of these can derive the key, or has it. */
    consumed: [...consumed, key, nonce].map(({ bytes }) => toHex(bytes)),
  };
}

/** The books of a step: nothing forgotten, nothing twice, nothing that does not belong. */
function expectExactBooks(before: SecretTree, step: KeyStep): void {
  const old = new Set(secretsOf(before));
  const kept = new Set(secretsOf(step.tree));
  const used = new Set([...kept, ...takenSecrets(step)]);
  expect(new Set(step.spent)).toEqual(new Set([...old].filter((secret) => !kept.has(secret))));
  expect(step.spent.length).toBe(new Set(step.spent).size);
  expect(new Set(step.fresh)).toEqual(new Set([...used].filter((secret) => !old.has(secret))));
  expect(step.fresh.length).toBe(new Set(step.fresh).size);
  expect([...old, ...used].filter((secret) => secret.disposed)).toEqual([]);
}

describe("§9 the secret tree", () => {
  it("[9-01] derives children, ratchets and keys with the defined labels, at every leaf", () => {
    for (const leaves of [1, 2, 8]) {
      for (let leaf = 0; leaf < leaves; leaf++) {
        for (const kind of KINDS) {
          const position = at(leaf, 2, kind);
          expect(keyOf(receive(treeOf(leaves), position))).toBe(byTheBook(leaves, position).key);
        }
      }
    }
  });

  it("[9-01] reaches the last leaf of the widest tree", () => {
    const last = 2 ** 32 - 1;
    const step = receive(treeOf(2 ** 32), at(last, 0));
    expect(keyOf(step)).toBe(byTheBook(2 ** 32, at(last, 0)).key);
    expect(sendingGeneration(step.tree, leafIndex(last), "application")).toBe(1);
  });

  it.each([0, -2, 1.5, 3, 6, 2 ** 33, Number.NaN])("refuses %d leaves", (leaves) => {
    expect(failure(() => treeOf(leaves)).code).toBe("input.invalid");
  });

  it("refuses a root that is no secret of the suite", () => {
    const short = new Secret(new Uint8Array(Nh - 1));
    expect(failure(() => createSecretTree(suite, short, 2)).code).toBe("input.invalid");
  });

  it("has no leaf beyond its width", () => {
    const tree = treeOf(4);
    const beyond = leafIndex(4);
    for (const action of [
      () => receive(tree, at(4, 0)),
      () => nextSendingKey(suite, tree, beyond, "handshake"),
      () => sendingGeneration(tree, beyond, "handshake"),
    ]) {
      expect(failure(action).code).toBe("tree.index_out_of_range");
    }
  });

  it("notices nodes in places where they cannot be", () => {
    const leafNode = receive(treeOf(1), at(0, 0)).tree.root;
    const parentNode = receive(treeOf(2), at(0, 0)).tree.root;
    const wrong: readonly (readonly [number, SecretTreeNode])[] = [
      [2, leafNode],
      [1, parentNode],
    ];
    for (const [leaves, root] of wrong) {
      expect(failure(() => receive({ leaves, root }, at(0, 0))).code).toBe("internal.tree_shape");
    }
  });

  it.each([1, 2, 64, 1024])("derives O(log N) secrets at the first use of a leaf of %i, and three later", (leaves) => {
    const first = spyOn(suite);
    const { tree } = nextSendingKey(first.suite, treeOf(leaves), leafIndex(leaves - 1), "application");
    expect(first.calls()).toBe(2 * Math.log2(leaves) + 2 + 3);
    const second = spyOn(suite);
    nextSendingKey(second.suite, tree, leafIndex(leaves - 1), "application");
    expect(second.calls()).toBe(3);
    const other = spyOn(suite);
    nextSendingKey(other.suite, tree, leafIndex(leaves - 1), "handshake");
    expect(other.calls()).toBe(3);
  });

  it("shares with the tree before all that it does not change", () => {
    const before = receive(treeOf(4), at(0, 0)).tree;
    const after = receive(before, at(0, 1)).tree;
    const right = (node: SecretTreeNode) => ("right" in node ? node.right : undefined);
    expect(right(after.root)).toBeInstanceOf(Secret);
    expect(right(after.root)).toBe(right(before.root));
  });
});

describe("§9.1 encryption keys", () => {
  it("[9.1-01] [6.3.1-03] are taken one by one for sending, as a receiver takes them", () => {
    let [sender, receiver] = [treeOf(2), treeOf(2)];
    for (let generation = 0; generation < 4; generation++) {
      expect(sendingGeneration(sender, leafIndex(0), "application")).toBe(generation);
      const sent = nextSendingKey(suite, sender, leafIndex(0), "application");
      expect(sent.messageKey.generation).toBe(generation);
      expectExactBooks(sender, sent);
      const received = receive(receiver, at(0, generation));
      expect(keyOf(received)).toBe(keyOf(sent));
      [sender, receiver] = [sent.tree, received.tree];
    }
  });

  it("[9.1-02] end before the counter wraps, for senders and receivers", () => {
    const last = 0xffffffff;
    const ratchet = (generation: number) => ({
      generation,
      secret: new Secret(new Uint8Array(Nh).fill(1)),
      skipped: [],
      horizon: 0,
    });
    const tree: SecretTree = {
      leaves: 1,
      root: { handshake: ratchet(0), application: ratchet(last - 1) },
    };
    const sent = nextSendingKey(suite, tree, leafIndex(0), "application");
    expect(sent.messageKey.generation).toBe(last - 1);
    expect(sendingGeneration(sent.tree, leafIndex(0), "application")).toBe(last);
    const spy = spyOn(suite);
    const refused = failure(() => nextSendingKey(spy.suite, sent.tree, leafIndex(0), "application"));
    expect(refused.code).toBe("generation.exhausted");
    expect(refused.class).toBe("limit");
    expect(failure(() => receivingKey(spy.suite, tree, at(0, last), LIMITS)).code).toBe("ratchet.too_far");
    expect(spy.calls()).toBe(0);
    nextSendingKey(suite, sent.tree, leafIndex(0), "handshake");
  });

  it("[9.1-03] are given out once", () => {
    let tree = receive(treeOf(2), at(1, 2)).tree;
    for (const generation of [0, 2, 1]) {
      if (generation !== 2) tree = receive(tree, at(1, generation)).tree;
      const spy = spyOn(suite);
      const error = failure(() => receivingKey(spy.suite, tree, at(1, generation), LIMITS));
      expect(error.code).toBe("ratchet.generation_used");
      expect(error.class).toBe("generation-used");
      expect(spy.calls()).toBe(0);
    }
  });

  it("[9.1-04] come from two ratchets that do not move each other", () => {
    const { tree } = receive(treeOf(2), at(0, 3, "application"));
    expect(sendingGeneration(tree, leafIndex(0), "application")).toBe(4);
    expect(sendingGeneration(tree, leafIndex(0), "handshake")).toBe(0);
    const handshake = receive(tree, at(0, 3, "handshake"));
    const application = receive(treeOf(2), at(0, 3, "application"));
    expect(keyOf(handshake)).not.toBe(keyOf(application));
  });
});

describe("§9.2 the deletion schedule", () => {
  it("[9.2-03] takes the encryption secret and every secret above a used leaf out of the tree", () => {
    const before = treeOf(8);
    const step = receive(before, at(5, 0));
    expect(step.spent).toEqual([before.root]);
    const { consumed } = byTheBook(8, at(5, 0));
    const kept = [...secretsOf(step.tree)].map(({ bytes }) => toHex(bytes));
    expect(kept.filter((secret) => consumed.includes(secret))).toEqual([]);
    // Three siblings on the way, and the next secret of each ratchet.
    expect(kept.length).toBe(3 + 2);
  });

  it("[9.2-02] keeps key and nonce of skipped generations, and no secret that leads to the used one", () => {
    const step = receive(treeOf(2), at(0, 3));
    const kept = [...secretsOf(step.tree)].map(({ bytes }) => toHex(bytes));
    const { consumed } = byTheBook(2, at(0, 3));
    expect(kept.filter((secret) => consumed.includes(secret))).toEqual([]);
    const skipped = [0, 1, 2].flatMap((generation) => byTheBook(2, at(0, generation)).key.split(" "));
    expect(kept).toEqual(expect.arrayContaining(skipped));
    // The other leaf, the next secret of each ratchet, three skipped keys and nonces.
    expect(kept.length).toBe(1 + 2 + 6);
  });

  it("[9.2-01] gives out a skipped key as a copy and lists the kept one as spent", () => {
    const before = receive(treeOf(2), at(0, 1)).tree;
    const step = receive(before, at(0, 0));
    expect(keyOf(step)).toBe(byTheBook(2, at(0, 0)).key);
    expectExactBooks(before, step);
    dispose(step.spent);
    expect(keyOf(step)).toBe(byTheBook(2, at(0, 0)).key);
  });

  it("[9.2-05] [6.3.1-10] loses nothing by steps that are abandoned", () => {
    const before = receive(treeOf(4), at(2, 2)).tree;
    for (const position of [at(2, 0), at(2, 1), at(2, 5), at(0, 0), at(3, 4, "handshake")]) {
      const abandoned = receive(before, position);
      dispose(abandoned.fresh);
      dispose(takenSecrets(abandoned));
      expect([...secretsOf(before)].filter((secret) => secret.disposed)).toEqual([]);
      expect(keyOf(receive(before, position))).toBe(byTheBook(4, position).key);
    }
  });

  it("[9.2-05] loses nothing if a derivation fails", () => {
    const before = receive(treeOf(4), at(2, 2)).tree;
    const octets = arraysOf(secretsOf(before)).map(toHex);
    for (const position of [at(0, 2), at(2, 5)]) {
      const whole = spyOn(suite);
      receivingKey(whole.suite, before, position, LIMITS);
      for (let failAt = 0; failAt < whole.calls(); failAt++) {
        const spy = spyOn(suite, failAt);
        expect(() => receivingKey(spy.suite, before, position, LIMITS)).toThrow("the backend broke");
        expect(spy.alive()).toEqual([]);
      }
    }
    expect(arraysOf(secretsOf(before)).map(toHex)).toEqual(octets);
  });
});

describe("§15.3 delayed and reordered messages", () => {
  it("[9.2-06] can be opened in any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (order) => {
        let tree = treeOf(2);
        for (const generation of order) {
          const step = receive(tree, at(1, generation), { maxSkipped: 6, maxForward: 6 });
          expect(keyOf(step)).toBe(byTheBook(2, at(1, generation)).key);
          tree = step.tree;
        }
        expect([...secretsOf(tree)].length).toBe(1 + 2);
      }),
    );
  });

  it("[15.3-01] keeps the newest skipped keys of a ratchet, up to its limit", () => {
    const first = receive(treeOf(1), at(0, 5));
    for (const generation of [0, 1]) {
      expect(failure(() => receive(first.tree, at(0, generation))).code).toBe("ratchet.generation_dropped");
    }
    for (const generation of [2, 3, 4]) receive(first.tree, at(0, generation));

    const second = receive(first.tree, at(0, 7));
    expectExactBooks(first.tree, second);
    const dropped = failure(() => receive(second.tree, at(0, 2)));
    expect(dropped.code).toBe("ratchet.generation_dropped");
    expect(dropped.class).toBe("generation-used");
    for (const generation of [5, 7]) {
      expect(failure(() => receive(second.tree, at(0, generation))).code).toBe("ratchet.generation_used");
    }
    for (const generation of [3, 4, 6]) receive(second.tree, at(0, generation));
  });

  it("[15.3-01] derives no key that it would not keep", () => {
    const spy = spyOn(suite);
    const step = receivingKey(spy.suite, treeOf(1), at(0, 6), LIMITS);
    expect(spy.calls()).toBe(2 + 6 + 2 * 3 + 3);
    expect(new Set(spy.alive())).toEqual(new Set(arraysOf([...secretsOf(step.tree), ...takenSecrets(step)])));
  });

  it("[15.3-01] keeps none if told so", () => {
    const none = { maxSkipped: 0, maxForward: 6 };
    const first = receive(treeOf(1), at(0, 2), LIMITS);
    const second = receive(first.tree, at(0, 4), none);
    expectExactBooks(first.tree, second);
    expect([...secretsOf(second.tree)].length).toBe(2);
  });

  it("[15.3-02] refuses to turn a ratchet further than its limit, before anything is derived", () => {
    const used = receive(treeOf(1 << 10), at(0, 3)).tree;
    const spy = spyOn(suite);
    for (const [tree, generation] of [
      [treeOf(1 << 10), 7],
      [treeOf(1 << 10), 0xffffffff],
      [used, 11],
      [used, 0xfffffffe],
    ] as const) {
      const error = failure(() => receivingKey(spy.suite, tree, at(0, generation), LIMITS));
      expect(error.code).toBe("ratchet.too_far");
      expect(error.class).toBe("ratchet-limit");
    }
    expect(spy.calls()).toBe(0);
    receive(treeOf(1 << 10), at(0, 6));
    receive(used, at(0, 10));
  });

  it("[15.3-01] [15.3-02] has limits by default", () => {
    expect(DEFAULT_RATCHET_LIMITS).toEqual({ maxSkipped: 1000, maxForward: 2000 });
    const step = receive(treeOf(1), at(0, 2000), DEFAULT_RATCHET_LIMITS);
    expect([...secretsOf(step.tree)].length).toBe(2 + 2 * 1000);
    expect(failure(() => receive(step.tree, at(0, 999))).code).toBe("ratchet.generation_dropped");
    expect(keyOf(receive(step.tree, at(0, 1000)))).toBe(byTheBook(1, at(0, 1000)).key);
    expect(failure(() => receive(step.tree, at(0, 4002), DEFAULT_RATCHET_LIMITS)).code).toBe("ratchet.too_far");
  });
});

/** What a receiver should still be able to open: the model keeps generations, not secrets. */
interface Model {
  next: number;
  skipped: number[];
  dropped: number[];
}

const CODES = {
  used: "ratchet.generation_used",
  dropped: "ratchet.generation_dropped",
  far: "ratchet.too_far",
} as const;

function modelTakes(model: Model, generation: number): keyof typeof CODES | "taken" {
  if (generation < model.next) {
    if (!model.skipped.includes(generation)) {
      return model.dropped.some((dropped) => dropped >= generation) ? "dropped" : "used";
    }
    model.skipped = model.skipped.filter((each) => each !== generation);
    return "taken";
  }
  if (generation - model.next > LIMITS.maxForward) return "far";
  while (model.next < generation) model.skipped.push(model.next++);
  model.next++;
  while (model.skipped.length > LIMITS.maxSkipped) model.dropped.push(model.skipped.shift() ?? -1);
  return "taken";
}

describe("§9.2 any history of a tree", () => {
  const use = fc.record({
    leaf: fc.nat(3),
    kind: fc.constantFrom(...KINDS),
    generation: fc.nat(14),
    abandon: fc.boolean(),
    send: fc.boolean(),
  });

  it("[9.2-01] [9.2-02] [9.2-03] keeps exact books, gives each key once, and cannot derive one back", () => {
    fc.assert(
      fc.property(fc.array(use, { maxLength: 12 }), (uses) => {
        const spy = spyOn(suite);
        const root = new Secret(new Uint8Array(Nh).fill(9));
        let tree = createSecretTree(spy.suite, root, 4);
        const models = new Map<string, Model>();
        const consumed = new Set<string>();

        for (const { leaf, kind, abandon, send, ...wanted } of uses) {
          const model = models.get(`${leaf} ${kind}`) ?? { next: 0, skipped: [], dropped: [] };
          models.set(`${leaf} ${kind}`, model);
          const generation = send ? model.next : wanted.generation;
          const position = at(leaf, generation, kind);
          const verdict = modelTakes(abandon ? structuredClone(model) : model, generation);
          if (verdict !== "taken") {
            expect(failure(() => receivingKey(spy.suite, tree, position, LIMITS)).code).toBe(CODES[verdict]);
            continue;
          }

          const step = send
            ? nextSendingKey(spy.suite, tree, leafIndex(leaf), kind)
            : receivingKey(spy.suite, tree, position, LIMITS);
          expectExactBooks(tree, step);
          const book = byTheBook(4, position);
          expect(keyOf(step)).toBe(book.key);

          dispose(abandon ? step.fresh : step.spent);
          dispose(takenSecrets(step));
          if (!abandon) {
            tree = step.tree;
            for (const secret of book.consumed) consumed.add(secret);
          }
          const kept = [...secretsOf(tree)];
          expect(kept.filter((secret) => secret.disposed)).toEqual([]);
          expect(new Set(spy.alive())).toEqual(new Set(arraysOf(kept.filter((secret) => secret !== root))));
          expect(kept.filter(({ bytes }) => consumed.has(toHex(bytes)))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
