/** What each subpath exports is in surface.txt: a change of it is a decision, made by `npx vitest run test/package/surface -u`. */
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root, subpaths } from "./subpaths.ts";

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, "tsconfig.docs.json"), ts.sys.readFile);
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, noEmit: true };
}

function kindOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const kinds: readonly (readonly [string, ts.SymbolFlags])[] = [
    ["class", ts.SymbolFlags.Class],
    ["function", ts.SymbolFlags.Function],
    ["const", ts.SymbolFlags.Variable],
    ["type", ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias],
  ];
  const names = kinds.filter(([, flag]) => (flags & flag) !== 0).map(([name]) => name);
  return names[0] === "class" ? "class" : names.join("+");
}

it("every subpath exports what surface.txt says, and nothing else", async () => {
  const program = ts.createProgram(
    subpaths.map(({ source }) => join(root, source)),
    compilerOptions(),
  );
  const checker = program.getTypeChecker();
  const sections = subpaths.map(({ name, source }) => {
    const file = program.getSourceFile(join(root, source));
    const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    if (symbol === undefined) throw new Error(`${source} is no module`);
    const exported = checker.getExportsOfModule(symbol);
    expect(exported.length, name).toBeGreaterThan(0);
    const lines = exported.map((each) => `  ${each.name}: ${kindOf(each, checker)}`);
    return [name, ...lines.sort()].join("\n");
  });
  await expect(`${sections.join("\n\n")}\n`).toMatchFileSnapshot("surface.txt");
});
