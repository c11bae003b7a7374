import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { run } from "./support.ts";

describe("copath", () => {
  it.each(["--help", "-h"])("%s lists the commands", async (flag) => {
    const { code, out, err } = await run([flag]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^ {2}copath vectors {2,}\w/m);
  });

  it.each(["--version", "-v"])("%s is the version of the package", async (flag) => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run([flag])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it.each([
    [[], "which command"],
    [["nonsense"], "no command 'nonsense'"],
    [["toString"], "no command 'toString'"],
    [["__proto__"], "no command '__proto__'"],
    [["--nonsense"], "'--nonsense'"],
    [["--help=yes"], "--help"],
    [["vectors", "--nonsense"], "'--nonsense'"],
    [["vectors", "-x"], "'-x'"],
    [["vectors", "--backend"], "--backend"],
    [["vectors", "--backend", "abacus"], "not 'abacus'"],
    [["vectors", "--json=1"], "--json"],
    [["vectors", "/does/not/exist"], "'/does/not/exist'"],
  ])("%j is called wrongly: a clear line, and exit code 2", async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).toMatch(/^copath( vectors)?: .*\nSee copath( vectors)? --help\.\n$/);
  });

  it("COMMAND --help explains the command, whatever else is said", async () => {
    for (const args of [
      ["vectors", "--help"],
      ["vectors", "--nonsense", "-h"],
    ]) {
      const { code, out } = await run(args);
      expect(code).toBe(0);
      expect(out).toMatch(/^copath vectors \[--backend noble\|node\] \[--json\] \[PATH\.\.\.\]/);
    }
  });

  it("what stands behind -- is no option", async () => {
    expect((await run(["vectors", "--", "--help"])).err).toContain("'--help'");
  });
});
