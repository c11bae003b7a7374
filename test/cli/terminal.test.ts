import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { count, oneLine, pad, table } from "../../src/cli/terminal.ts";
import { memoryTerminal, type RunTerms } from "./support.ts";

const colourOf = (terms: RunTerms) => memoryTerminal(terms).terminal.style("red", "x") !== "x";

describe("colour", () => {
  it("is for terminals, unless NO_COLOR says something or the terminal cannot", () => {
    expect(colourOf({ tty: true })).toBe(true);
    expect(colourOf({ tty: true, env: { NO_COLOR: "" } })).toBe(true);
    expect(colourOf({ tty: true, env: { NO_COLOR: "1" } })).toBe(false);
    expect(colourOf({ tty: true, env: { NO_COLOR: "0" } })).toBe(false);
    expect(colourOf({ tty: true, env: { TERM: "dumb" } })).toBe(false);
    expect(colourOf({ tty: false })).toBe(false);
  });
});

describe("the progress bar", () => {
  it("is drawn over itself on standard error, and gone before a line is printed", () => {
    const { terminal, stdout, stderr } = memoryTerminal({ tty: true });
    terminal.progress(0, 4, "begin");
    terminal.progress(1, 4, "file");
    expect(stderr.text).toMatch(/^\r.*░{24} {3}0 % begin\r.*█{6}░{18} {2}25 % file$/);
    terminal.print("line");
    expect(stderr.text.endsWith("\r\u001b[K")).toBe(true);
    expect(stdout.text).toBe("line\n");
    const before = stderr.text;
    terminal.endProgress();
    expect(stderr.text).toBe(before);
  });

  it("does not flicker: the same bar is written once", () => {
    const { terminal, stderr } = memoryTerminal({ tty: true });
    for (let i = 0; i < 10; i++) terminal.progress(1, 4, "file");
    expect(stderr.text.split("\r")).toHaveLength(2);
  });

  it("stays on one line, and is full where there is nothing to do", () => {
    const { terminal, stderr } = memoryTerminal({ tty: true });
    terminal.progress(0, 0, "x".repeat(500));
    expect(stripVTControlCharacters(stderr.text).length).toBeLessThanOrEqual(80);
    expect(stderr.text).toContain("100 %");
  });

  it("does not exist where nobody watches", () => {
    for (const terms of [{ tty: false }, { tty: true, env: { TERM: "dumb" } }]) {
      const { terminal, stderr } = memoryTerminal(terms);
      terminal.progress(1, 2, "file");
      terminal.endProgress();
      terminal.print("line");
      expect(stderr.text).toBe("");
    }
  });
});

describe("lines", () => {
  it("go to standard output, complaints to standard error", () => {
    const { terminal, stdout, stderr } = memoryTerminal();
    terminal.print("one");
    terminal.print();
    terminal.complain("two");
    expect([stdout.text, stderr.text]).toEqual(["one\n\n", "two\n"]);
  });

  it("a table's columns are as wide as they look", () => {
    const { terminal } = memoryTerminal({ tty: true });
    const lines = table([["a", terminal.style("red", "bbb"), "c"], ["aaaa", "b", "c"], ["a"]]);
    expect(lines.map((line) => stripVTControlCharacters(line))).toEqual(["a     bbb  c", "aaaa  b    c", "a"]);
    expect(table([])).toEqual([]);
    expect(pad("abc", 2)).toBe("abc");
  });

  it("counts have a plural", () => {
    expect([count(0, "file"), count(1, "file"), count(2, "file")]).toEqual(["0 files", "1 file", "2 files"]);
  });

  it("text from outside cannot drive the terminal", () => {
    expect(oneLine("a\u001b[31mred\u001b[0m\r\nb\u0007\u009bc")).toMatch(/^ared b ?c?$/);
    expect(oneLine("plain é ✓")).toBe("plain é ✓");
  });
});
