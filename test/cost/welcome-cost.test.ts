/** Judged by counting octets: the Welcome of a commit costs as much as its tree and its joiners, not as their product. */
import { expect, it } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { createCommit, createKeyPackage, type Environment } from "../../src/group/index.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import {
  countingSuite,
  dangerouslyAcceptEveryCredential,
  seededRandom,
  syntheticGroup,
} from "../../src/testing/index.ts";
import { leafIndex } from "../../src/tree-math.ts";

const counting = countingSuite(cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, node));
const environment: Environment = {
  suite: counting.suite,
  random: seededRandom("welcome"),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
};

async function addition(name: string) {
  const signer = await generateSigner(environment.suite, environment.random);
  const credential = { credentialType: "basic", identity: utf8(name) } as const;
  const { keyPackage } = await createKeyPackage(environment, { signer, credential });
  return { proposalType: "add", keyPackage } as const;
}

async function octetsFor(size: number, joiners: number): Promise<{ octets: number; welcome: number }> {
  const group = await syntheticGroup(environment, { size, seed: size });
  const committer = await group.member(leafIndex(0));
  const proposals = await Promise.all(Array.from({ length: joiners }, (_, i) => addition(`new ${i}`)));
  counting.reset();
  const { output } = await createCommit(environment, committer, { proposals });
  const [welcome] = output.welcomes;
  return { octets: counting.octets.kdfExtracts, welcome: welcome?.length ?? expect.unreachable() };
}

it("§12.4.3.1 the HPKE context of a Welcome, which holds the tree, is hashed once for all joiners", async () => {
  const [one, nine] = [await octetsFor(256, 1), await octetsFor(256, 9)];
  expect(one.welcome).toBeGreaterThan(30_000);
  expect(one.octets).toBeGreaterThan(one.welcome * 0.9);
  expect(nine.octets - one.octets).toBeLessThan(8 * 1500);
  const larger = await octetsFor(512, 9);
  expect(larger.octets - nine.octets).toBeLessThan(1.1 * (larger.welcome - nine.welcome));
}, 60_000);
