/** The house rules, asked of every file of src; and the asking itself, of small sources that break one rule each. */
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type FileTerms, findings, type HouseRule } from "../support/house-rules.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const strictTerms: FileTerms = { mayAssertNonNull: false, mayReadClock: false };

function compilerOptions(config: string): ts.CompilerOptions {
  const { config: json } = ts.readConfigFile(join(root, config), ts.sys.readFile);
  return { ...ts.parseJsonConfigFileContent(json, ts.sys, root).options, noEmit: true };
}

function filesUnder(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return entries.filter((entry) => entry.endsWith(".ts")).map((entry) => join(root, folder, entry));
}

function brokenUnder(folder: string, options: ts.CompilerOptions): string[] {
  const files = filesUnder(folder);
  expect(files.length).toBeGreaterThan(0);
  const program = ts.createProgram(files, options);
  return files.flatMap((name) => {
    const file = program.getSourceFile(name);
    if (file === undefined) throw new Error(`not in the program: ${name}`);
    const [, room = ""] = relative(root, name).split(sep);
    const found = findings(program, file, { mayAssertNonNull: room === "codec", mayReadClock: room === "cli" });
    return found.map(({ rule, line, text }) => `${rule} ${relative(root, name)}:${line} ${text}`);
  });
}

describe("every file", () => {
  it("of src keeps the rules that need the syntax tree", () => {
    expect(brokenUnder("src", compilerOptions("tsconfig.docs.json"))).toEqual([]);
  });

  it("of interop/src keeps them, too; its programs know the time", () => {
    const broken = brokenUnder("interop/src", compilerOptions("tsconfig.test.json"));
    expect(broken.filter((found) => !found.startsWith("ambient-clock "))).toEqual([]);
  });

  it("of test awaits its promises; the other rules are not for tests", () => {
    const broken = brokenUnder("test", compilerOptions("tsconfig.test.json"));
    expect(broken.filter((found) => found.startsWith("floating-promise "))).toEqual([]);
  });
});

const lines = (count: number, line: string) => Array.from({ length: count }, () => line).join("\n");
const mark = ["TO", "DO"].join("");

const breaks: readonly (readonly [HouseRule, string])[] = [
  ["number-truthiness", "export const f = (n: number) => { if (n) return 1; return 2; };"],
  ["number-truthiness", "export const f = (n: number | undefined) => { while (n) break; };"],
  ["number-truthiness", "export const f = (n: number) => { do { break; } while (n); };"],
  ["number-truthiness", "export const f = (n: number) => { for (; n; ) break; };"],
  ["number-truthiness", "export const f = (n: bigint | null) => (n ? 1 : 2);"],
  ["number-truthiness", "export const f = (n: 0 | 1 | undefined) => n || 7;"],
  ["number-truthiness", "export const f = (n: number, b: boolean) => n && b;"],
  ["number-truthiness", "export const f = (n: number, b: boolean) => { if (b && ((n))) return 1; return 2; };"],
  ["number-truthiness", "export const f = (n: number) => !n;"],
  ["number-truthiness", "export const f = (n?: number) => { n ||= 3; return n; };"],
  ["number-truthiness", "export const f = (n: number) => Boolean(n);"],
  ["number-truthiness", "type Leaf = number & { readonly leaf: true }; export const f = (n?: Leaf) => (n ? 1 : 2);"],
  ["number-truthiness", "export const f = <N extends number>(n: N) => (n ? 1 : 2);"],
  ["number-truthiness", "export const f = (list: string[]) => (list.length ? 1 : 2);"],
  ["floating-promise", "export const f = (g: () => Promise<boolean>) => { g(); };"],
  ["floating-promise", "export const f = async (g?: () => PromiseLike<void>) => { g?.(); };"],
  ["any", "export const f = (value: any): unknown => value;"],
  ["any", "export const f = (value: unknown) => (value as any[]).length;"],
  ["non-null", "export const f = (value: string | undefined) => value!;"],
  ["non-null", "export class A { value!: string; }"],
  ["default-export", "export default function f() {}"],
  ["default-export", "const a = 1; export default a;"],
  ["default-export", "const a = 1; export { a as default };"],
  ["unfinished-mark", `export const a = 1; // ${mark}: later`],
  ["unfinished-mark", `/** ${mark} */ export const a = 1;`],
  ["ambient-randomness", "export const f = () => Math.random();"],
  ["ambient-randomness", "export const f = Math.random;"],
  ["ambient-clock", "export const f = () => Date.now();"],
  ["ambient-clock", "export const f = () => new Date();"],
  ["ambient-clock", "export const f = () => performance.now();"],
  ["long-function", `export function f() {\n${lines(61, "  void 0;")}\n}`],
  ["long-function", `export class A {\n  f() {\n${lines(61, "    void 0;")}\n  }\n}`],
  ["many-parameters", "export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];"],
  ["many-parameters", "export interface A { f(a: 1, b: 1, c: 1, d: 1, e: 1): void; }"],
  ["long-file", lines(301, "void 0;")],
];

const keeps: readonly string[] = [
  "export const f = (n: number) => { if (n === 0) return 1; return n > 1 ? 2 : 3; };",
  "export const f = (n: number | undefined) => n ?? 7;",
  "export const f = (b: boolean, n: number) => b && n;",
  "export const f = (b: boolean | undefined, s?: string) => { if (b || !s) return 1; return 2; };",
  "export const f = (key: number) => { switch (key) { default: return 1; } };",
  "export const f = (n: number) => n !== 0;",
  "export const f = (ms: number) => new Date(ms).toISOString();",
  "export const f = async (g: () => Promise<void>, h: () => void) => { await g(); void g(); h(); };",
  "export const f = async (g: () => Promise<void>) => { let p = g(); p = g(); await p; };",
  `export function f() {\n${lines(60, "  void 0;")}\n}`,
  "export function f(this: unknown, a: 1, b: 1, c: 1, d: 1) { return [a, b, c, d]; }",
  lines(300, "void 0;"),
];

/** One program for all small sources, so that the standard library is read once. */
function smallProgram(sources: ReadonlyMap<string, string>): ts.Program {
  const options = compilerOptions("tsconfig.core.json");
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile.bind(host);
  host.fileExists = (name) => sources.has(name) || ts.sys.fileExists(name);
  host.getSourceFile = (name, version) => {
    const text = sources.get(name);
    return text === undefined ? fromDisk(name, version) : ts.createSourceFile(name, text, version, true);
  };
  return ts.createProgram([...sources.keys()], options, host);
}

describe("the check itself", () => {
  const allowed = "export const f = (value?: string) => [value!, Date.now()];";
  const texts = [...breaks.map(([, text]) => text), ...keeps, allowed];
  const names = new Map(texts.map((text, index) => [text, join(root, `small-${index}.ts`)]));
  const program = smallProgram(new Map([...names].map(([text, name]) => [name, text])));
  const rulesBroken = (text: string, terms: FileTerms) => {
    const file = program.getSourceFile(names.get(text) ?? "");
    if (file === undefined) throw new Error("not in the program");
    return findings(program, file, terms).map(({ rule }) => rule);
  };

  const title = (text: string) => text.split("\n", 1).join("");

  it.each(breaks.map(([rule, text]) => ({ rule, text, title: title(text) })))(
    "finds $rule in $title",
    ({ rule, text }) => {
      expect(rulesBroken(text, strictTerms)).toEqual([rule]);
    },
  );

  it.each(keeps.map((text) => ({ text, title: title(text) })))("finds nothing in $title", ({ text }) => {
    expect(rulesBroken(text, strictTerms)).toEqual([]);
  });

  it("asks of a room only what its terms forbid", () => {
    expect(rulesBroken(allowed, strictTerms)).toEqual(["non-null", "ambient-clock"]);
    expect(rulesBroken(allowed, { mayAssertNonNull: true, mayReadClock: true })).toEqual([]);
  });
});
