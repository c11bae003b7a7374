/**
 * The gate: each duty of RFC 9420 that a library can be tested for has an id (`ids.txt`: section and running number), and
 * each id stands in the name of a test, or has a reason why not (`waivers.json`).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const tests = join(here, "..");
const ids = readFileSync(join(here, "ids.txt"), "utf8").trim().split("\n");
const waivers: Record<string, string> = JSON.parse(readFileSync(join(here, "waivers.json"), "utf8"));

/** The ids in square brackets in texts of a source: names of tests, and rows of tables that become names. */
function idsIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (text) for (const [, id = ""] of node.text.matchAll(/\[(\d+(?:\.\d+)*-\d+)\]/g)) found.push(id);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest));
  return found;
}

const named = new Set(
  readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.endsWith("coverage.test.ts"))
    .flatMap((name) => idsIn(readFileSync(join(tests, name), "utf8"))),
);

describe("every duty", () => {
  it("has a test with its id in the name, or a waiver", () => {
    expect(ids.filter((id) => !named.has(id) && waivers[id] === undefined)).toEqual([]);
  });

  it("has one id, which stands in the list once", () => {
    expect(ids.length).toBeGreaterThan(300);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^\d+(\.\d+)*-\d\d$/.test(id))).toEqual([]);
    expect([...named].filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("is waived for a reason, and only as long as it has no test", () => {
    for (const [id, reason] of Object.entries(waivers)) {
      expect(ids).toContain(id);
      expect(named.has(id), id).toBe(false);
      expect(reason.length, id).toBeGreaterThan(40);
    }
  });
});

describe("the search", () => {
  it("sees names and rows of tables, but no comment", () => {
    const source = `
      // [1-01]
      it("[2.1-02] [3-03] does", () => {});
      it(\`[4-04] \${"[5-05]"} [6-06]\`, () => {});
      const rows = [["[7.8.9-10] row", [8 - 1], list[9 - 2]]];
      /* "[1-02]" */
    `;
    expect(idsIn(source)).toEqual(["2.1-02", "3-03", "4-04", "5-05", "6-06", "7.8.9-10"]);
  });
});
