/** The committed scenarios are legal, and each reaches what it is there for. */
import { describe, expect, it } from "vitest";
import { check } from "../histories/naive-check.ts";
import { committed, files, readme } from "./committed.ts";
import { REACHED } from "./reached.ts";

describe("the committed scenarios", () => {
  it("are all of those that something is said about", () => {
    expect(committed.map(({ name }) => name).sort()).toEqual(Object.keys(REACHED).sort());
  });

  it("are all listed in the README of their folder", () => {
    for (const file of files) expect(readme).toContain(`## ${file}`);
    for (const { name } of committed) expect(readme).toContain(`- \`${name.replace(/^.*\//, "")}\``);
  });

  it.each(committed)("are legal and reach what they are there for: $name", (scenario) => {
    const records = check(scenario);
    expect(REACHED[scenario.name]?.(records, scenario)).toBe(true);
  });
});
