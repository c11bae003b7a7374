/** The release workflow, which nobody has used yet: it checks first, signs where a version comes from, and pins what it runs. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifest, root } from "./subpaths.ts";

const workflow = (name: string) => readFileSync(join(root, ".github/workflows", name), "utf8");
const release = workflow("release.yml");

describe("the release workflow", () => {
  it("publishes with provenance, after all checks, and with no more rights than that takes", () => {
    const [before = "", publish = ""] = release.split(/^ {2}publish:$/m);
    expect(before).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(before).toContain("uses: ./.github/workflows/checks.yml");
    expect(publish).toMatch(/^ {4}needs: checks$/m);
    expect(publish).toMatch(/^ {4}permissions:\n {6}contents: read\n {6}id-token: write\b/m);
    expect(publish).toMatch(/npm publish --provenance\b/);
    expect(release.match(/(?<=secrets\.)\w+/g)).toEqual(["NPM_TOKEN"]);
  });

  it("runs for a tag that names a version, and the script that runs by hand", () => {
    expect(release).toMatch(/^on:\n {2}push:\n {4}tags: \["v\*"\]$/m);
    expect(workflow("checks.yml")).toMatch(/^ {6}- run: \.ci\/run$/m);
    expect(statSync(join(root, ".ci/run")).mode & 0o111).not.toBe(0);
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each(["release.yml", "checks.yml"])("%s names the exact version of each action", (name) => {
    const used = [...workflow(name).matchAll(/uses: (\S+)/g)].map(([, action = ""]) => action);
    const foreign = used.filter((action) => !action.startsWith("./"));
    expect(foreign.length).toBeGreaterThan(0);
    expect(foreign.filter((action) => !/^actions\/[\w-]+@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });
});

it("there is a policy for reporting what is wrong", () => {
  expect(existsSync(join(root, "SECURITY.md"))).toBe(true);
});
