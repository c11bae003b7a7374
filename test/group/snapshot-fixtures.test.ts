/**
 * Snapshots of every version that was ever released stay loadable, and what is loaded can be used. A version's file is
 * written once; before its release `COPATH_MAKE_SNAPSHOTS=1` writes that of the current version anew.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import { epochAuthenticator } from "../../src/group/members.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { observeMessage } from "../../src/group/public-group.ts";
import { applyChange, applyPublicChange, decodePublicState, decodeState } from "../../src/group/snapshot.ts";
import type { GroupState } from "../../src/group/state.ts";
import {
  fixtureEnvironment as environment,
  makeSnapshotFixture,
  type SnapshotFixture,
  TEXTS,
} from "../support/snapshot-fixture.ts";

const CURRENT = 1;
const folder = fileURLToPath(new URL("./fixtures/", import.meta.url));
const fileOf = (version: number) => join(folder, `snapshot-${version}.json`);

if (process.env.COPATH_MAKE_SNAPSHOTS === "1") {
  const { writeFileSync } = await import("node:fs");
  writeFileSync(fileOf(CURRENT), `${JSON.stringify(await makeSnapshotFixture(CURRENT), null, 2)}\n`);
}

const versions = readdirSync(folder).flatMap((file) => {
  const [, version] = /^snapshot-(\d+)\.json$/.exec(file) ?? [];
  return version === undefined ? [] : [Number(version)];
});

it("there are snapshots of the current version", () => {
  expect(versions).toContain(CURRENT);
});

describe.each(versions)("a snapshot of version %i", (version) => {
  let fixture: SnapshotFixture;
  const restored = () => decodeState(environment, fromHex(fixture.state));
  const open = async (state: GroupState, which: keyof typeof TEXTS): Promise<GroupState> => {
    const received = await processMessage(environment, state, fromHex(fixture.messages[which]));
    expect(received.output).toMatchObject({ contentType: "application", applicationData: utf8(TEXTS[which]) });
    return received.state;
  };

  beforeAll(() => {
    fixture = JSON.parse(readFileSync(fileOf(version), "utf8"));
    expect(fixture.version).toBe(version);
  });

  it("opens messages of past epochs and skipped ones, and follows a commit that takes its own Update", async () => {
    let state = await open(await open(await restored(), "past"), "skipped");
    state = (await processMessage(environment, state, fromHex(fixture.messages.commit))).state;
    expect(toHex(epochAuthenticator(state))).toBe(fixture.epochAuthenticator);
    state = await open(state, "next");
    const sent = await protect(environment, state, utf8("still here"));
    const { output } = await createCommit(environment, sent.state);
    expect(output.message.length).toBeGreaterThan(0);
  });

  it("remembers who is who", async () => {
    const { clients, proposals } = await restored();
    expect(proposals.size).toBe(2);
    for (const name of ["alice", "bob", "carol", "erin"]) expect(clients.index.count(utf8(name))).toBe(1);
    expect(clients.index.count(utf8("dave"))).toBe(0);
  });

  it("takes its change", async () => {
    const { state } = await applyChange(environment, await restored(), fromHex(fixture.change));
    expect(toHex(epochAuthenticator(state))).toBe(fixture.epochAuthenticator);
    const later = await open(await open(await open(state, "past"), "skipped"), "next");
    await createCommit(environment, later);
  });

  it("of an observer follows the commit, and takes its change", async () => {
    const observer = decodePublicState(environment, fromHex(fixture.publicState));
    const { state } = await observeMessage(environment, observer, fromHex(fixture.messages.commit));
    const changed = applyPublicChange(environment, observer, fromHex(fixture.publicChange));
    for (const { epoch, tree } of [state, changed]) {
      expect(toHex(epoch.groupContext.treeHash)).toBe(fixture.treeHash);
      expect(toHex(tree.hash)).toBe(fixture.treeHash);
    }
  });
});
