/**
 * What each subpath exports is in surface.txt: a change of it is a decision, made by `npx vitest run test/package/surface -u`.
 * A public name means one thing, in whatever room it is read.
 */
import { join, relative } from "node:path";
import ts from "typescript";
import { beforeAll, expect, it } from "vitest";
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

let program: ts.Program;
beforeAll(() => {
  program = ts.createProgram(
    subpaths.map(({ source }) => join(root, source)),
    compilerOptions(),
  );
});

function exportsOf(file: ts.SourceFile | undefined): readonly ts.Symbol[] {
  const checker = program.getTypeChecker();
  const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  return symbol === undefined ? [] : checker.getExportsOfModule(symbol);
}

it("every subpath exports what surface.txt says, and nothing else", async () => {
  const sections = subpaths.map(({ name, source }) => {
    const exported = exportsOf(program.getSourceFile(join(root, source)));
    expect(exported.length, name).toBeGreaterThan(0);
    const lines = exported.map((each) => `  ${each.name}: ${kindOf(each, program.getTypeChecker())}`);
    return [name, ...lines.sort()].join("\n");
  });
  await expect(`${sections.join("\n\n")}\n`).toMatchFileSnapshot("surface.txt");
});

it("no public name is given to something else in another file", () => {
  // Backends have the same primitives by the same names, and the formulas are the RFC's a second time, to test the first.
  const apart = /^src\/(?:backends\/|cli\/|vectors\/make-formulas)/;
  const nameOf = (file: ts.SourceFile) => relative(root, file.fileName).replaceAll("\\", "/");
  const files = program.getSourceFiles().filter((file) => nameOf(file).startsWith("src/") && !apart.test(nameOf(file)));
  const homes = new Map<string, Set<string>>();
  for (const { name, declarations = [] } of files.flatMap(exportsOf)) {
    const own = declarations.filter((each) => !ts.isExportSpecifier(each)).map((each) => nameOf(each.getSourceFile()));
    for (const home of own) homes.set(name, (homes.get(name) ?? new Set()).add(home));
  }
  const names = new Set(
    subpaths.flatMap(({ source }) => exportsOf(program.getSourceFile(join(root, source)))).map(({ name }) => name),
  );
  const shared = [...names].filter((name) => (homes.get(name)?.size ?? 0) > 1);
  expect(names.size).toBeGreaterThan(300);
  expect(shared.map((name) => `${name}: ${[...(homes.get(name) ?? [])].join(", ")}`)).toEqual([]);
});
