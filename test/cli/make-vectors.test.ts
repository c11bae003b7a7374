import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { makeVectors } from "../../src/vectors/make.ts";
import { suitesOf } from "../support/vector-run.ts";
import { folderWith, run } from "./support.ts";

describe("copath vectors --make", () => {
  it("writes a file for each format, which then pass", async () => {
    const out = join(folderWith({}), "deep", "er");
    const made = await run(["vectors", "--make", "--seed", "5", "--suite", "3", "--small", "--out", out]);
    expect([made.code, made.err]).toEqual([0, ""]);
    expect(made.out.trimEnd().split("\n")).toHaveLength(16);
    expect(made.out).toMatch(/treekem\.json +2 cases +\d+ octets\n/);
    expect(readdirSync(out)).toHaveLength(16);

    const suite = suitesOf(noble)(3);
    if (suite === undefined) throw new Error("noble lacks suite 3");
    const expected = await makeVectors(suite, "5", { small: true });
    for (const [file, cases] of Object.entries(expected)) {
      expect(JSON.parse(readFileSync(join(out, file), "utf8"))).toEqual(cases);
    }
    const { code, out: report } = await run(["vectors", out]);
    expect(code).toBe(0);
    expect(report).toMatch(/^16 files \(16 run\), 0 cases not applicable/m);
  });

  it.each([
    ["--out somewhere", /--out is for --make/],
    ["--seed 1", /--seed is for --make/],
    ["--suite 1", /--suite is for --make/],
    ["--small", /--small is for --make/],
    ["--make --out package.json/there", /cannot write to 'package\.json\/there'/],
    ["--make --out somewhere else", /'else'/],
    ["--make --out somewhere --suite 8", /--suite is 'all' or one of 1 to 7, not '8'/],
    ["--make --out somewhere --suite 1 --suite", /--suite/],
  ])("%s is called wrongly", async (args, complaint) => {
    const { code, err } = await run(["vectors", ...args.split(" ")]);
    expect(code).toBe(2);
    expect(err).toMatch(complaint);
  });
});
