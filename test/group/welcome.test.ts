import { describe, expect, it } from "vitest";
import { EMPTY, toHex } from "../../src/bytes.ts";
import { decode } from "../../src/codec/codec.ts";
import { decryptWithLabel } from "../../src/crypto/labels.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { KeyPackageBundle } from "../../src/group/key-package.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { GroupSecrets, type Welcome } from "../../src/wire/welcome.ts";
import { Chat, copiesOf, environmentOf, keyPackageFor } from "../support/group.ts";
import { watchSuite } from "../support/group-secrets.ts";

const environment = environmentOf();
const { suite } = environment;
const group = copiesOf(async () => {
  const chat = await Chat.of(["alice", "bob", "carol"], environment);
  await chat.fill();
  return chat;
});

function welcomeIn(octets: Uint8Array): Welcome {
  const message = decode(MLSMessage, octets);
  if (message.wireFormat !== "mls_welcome") throw new Error("not a Welcome");
  return message.welcome;
}

async function secretsFor(welcome: Welcome, { reference, initPrivateKey }: KeyPackageBundle): Promise<GroupSecrets> {
  const entry = welcome.secrets.find(({ newMember }) => toHex(newMember) === toHex(reference));
  if (entry === undefined) throw new Error("not for this key package");
  const input = { label: "Welcome", context: welcome.encryptedGroupInfo, ciphertext: entry.encryptedGroupSecrets };
  return decode(GroupSecrets, (await decryptWithLabel(suite, initPrivateKey, input)).bytes);
}

async function invite(count: number, options: object = {}) {
  const chat = await group();
  const bundles: KeyPackageBundle[] = [];
  for (let i = 0; i < count; i++) bundles.push(await keyPackageFor(environment, `new ${i}`));
  const proposals = bundles.map(({ keyPackage }) => ({ proposalType: "add", keyPackage }) as const);
  const { output } = await createCommit(environment, chat.one, { proposals, ...options });
  return { bundles, welcomes: output.welcomes.map(welcomeIn) };
}

describe("§12.4.3.1 Welcomes as they are sent", () => {
  it("[12.4.1-03] hold an entry for each joiner, in the order of the Adds; or are one for each", async () => {
    const one = await invite(4);
    expect(one.welcomes.map(({ secrets }) => secrets.map(({ newMember }) => toHex(newMember)))).toEqual([
      one.bundles.map(({ reference }) => toHex(reference)),
    ]);
    const each = await invite(4, { welcomes: "each" });
    expect(each.welcomes.map(({ secrets }) => secrets.map(({ newMember }) => toHex(newMember)))).toEqual(
      each.bundles.map(({ reference }) => [toHex(reference)]),
    );
    expect(new Set(each.welcomes.map(({ encryptedGroupInfo }) => toHex(encryptedGroupInfo))).size).toBe(1);
  });

  it("[12.4.1-09] tell all the same joiner secret, and a path secret only if the commit has a path", async () => {
    for (const forcePath of [false, true]) {
      const { bundles, welcomes } = await invite(5, { forcePath });
      const [welcome] = welcomes;
      if (welcome === undefined) throw new Error("no Welcome");
      const told = await Promise.all(bundles.map((bundle) => secretsFor(welcome, bundle)));
      expect(new Set(told.map(({ joinerSecret }) => toHex(joinerSecret))).size).toBe(1);
      expect(told.every(({ pathSecret }) => (pathSecret !== undefined) === forcePath)).toBe(true);
      const paths = new Set(told.map(({ pathSecret }) => toHex(pathSecret?.pathSecret ?? EMPTY)));
      expect(paths.size).toBe(forcePath ? 2 : 1);
    }
  });

  it("[9.2-04] leave no secret behind", async () => {
    const chat = await group();
    const bundle = await keyPackageFor(environment, "eve");
    const { suite: watched, alive } = watchSuite(suite);
    const proposals = [{ proposalType: "add", keyPackage: bundle.keyPackage } as const];
    const options = { proposals, forcePath: true, wireFormat: "mls_public_message" } as const;
    const { output } = await createCommit({ ...environment, suite: watched }, chat.one, options);
    const kept = new Set<Uint8Array>(output.pending.created.map(({ bytes }) => bytes));
    expect(alive().filter((octets) => !kept.has(octets))).toEqual([]);
  });
});
