/**
 * The documentation holds: every `ts` block of README.md and docs/ and every example compiles under `strict` and runs,
 * and prints what the comment behind each `console.log` says. The blocks of one page are one program.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, sourceOf, subpaths } from "./subpaths.ts";

interface Page {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
  /** What of it is TypeScript, on the lines where it stands. */
  readonly program: string;
}

const pages: readonly Page[] = ["README.md", ...filesOf("docs", ".md"), ...filesOf("examples", ".ts")].map((file) => {
  const text = readFileSync(join(root, file), "utf8");
  return { file, text, program: file.endsWith(".md") ? blocksOf(text) : text };
});
const markdown = pages.filter(({ file }) => file.endsWith(".md"));
const programs = pages.filter(({ file, program }) => program.trim() !== "" && file !== "examples/setup.ts");

function filesOf(folder: string, suffix: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(suffix) && !file.startsWith("api")).map((file) => `${folder}/${file}`);
}

function blocksOf(text: string): string {
  let fence = "";
  // A program out of examples/ runs by itself; whether the page has it as it is, docs-generated.test.ts asks.
  const own = text.replaceAll(/<!-- (examples\/\S+) -->.*?<!-- \/\1 -->/gs, (part) => part.replaceAll(/[^\n]/g, ""));
  const lines = own.split("\n").map((line) => {
    if (line.startsWith("```")) {
      fence = fence === "" ? line : "";
      return "";
    }
    return fence === "```ts" ? line : "";
  });
  return lines.join("\n");
}

/** What the comments behind `console.log(…)` promise, in their order. */
function promisedOutput({ file, program }: Page): string[] {
  const calls = program.split("\n").filter((line) => line.includes("console.log("));
  return calls.map((line) => {
    const [, promised] = /console\.log\(.*\); \/\/ (.*)$/.exec(line) ?? [];
    if (promised === undefined) throw new Error(`${file}: what does this print? ${line.trim()}`);
    return promised;
  });
}

/** The name under which a page is compiled, beside the page itself. */
const moduleName = (file: string) => join(root, file.endsWith(".md") ? `${file}.ts` : file);

describe("every block and example compiles", () => {
  let program: ts.Program;
  beforeAll(() => {
    const texts = new Map(programs.map(({ file, program: text }) => [moduleName(file), text]));
    const { config } = ts.readConfigFile(join(root, "tsconfig.test.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    // Every option of ours that a reader's compiler may have, too: what is shown on a page need not be used there.
    Object.assign(options, { noUnusedLocals: false });
    const host = ts.createCompilerHost(options);
    const fromDisk = host.getSourceFile.bind(host);
    host.fileExists = (name) => texts.has(name) || ts.sys.fileExists(name);
    host.getSourceFile = (name, version) => {
      const text = texts.get(name);
      return text === undefined ? fromDisk(name, version) : ts.createSourceFile(name, text, version, true);
    };
    program = ts.createProgram([...texts.keys()], options, host);
  });

  it.each(programs.map(({ file }) => file))("%s", (file) => {
    const source = program.getSourceFile(moduleName(file));
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    const found = diagnostics.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${file}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(found).toEqual([]);
  });
});

describe("every block and example runs", () => {
  const folder = mkdtempSync(join(tmpdir(), "copath-docs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const asPackage: Plugin = {
    name: "the package by its own name",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^copath(\/|$)/ }, ({ path }) => ({ path: sourceOf(path) }));
      onResolve({ filter: /^page:/ }, ({ path }) => ({ path, namespace: "page" }));
      onLoad({ filter: /./, namespace: "page" }, ({ path }) => {
        const page = programs[Number(path.slice("page:".length))];
        return { contents: page?.program ?? "", loader: "ts", resolveDir: dirname(join(root, page?.file ?? "")) };
      });
    },
  };

  beforeAll(async () => {
    await build({
      entryPoints: programs.map((_, index) => ({ in: `page:${index}`, out: `${index}` })),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      plugins: [asPackage],
      logLevel: "silent",
    });
  });

  it.each(programs.map((page, index) => ({ page, index, file: page.file })))("$file", async ({ page, index }) => {
    const run = await promisify(execFile)(process.execPath, [
      "--disable-warning=ExperimentalWarning",
      join(folder, `${index}.mjs`),
    ]);
    expect(run.stderr).toBe("");
    expect(run.stdout.split("\n").slice(0, -1)).toEqual(promisedOutput(page));
  });
});

describe("every subpath has a page, with an example that imports it", () => {
  const readme = pages.find(({ file }) => file === "README.md")?.text ?? "";
  const rows = readme.split("\n").filter((line) => line.startsWith("| `copath"));
  const named = (row: string) => [...row.matchAll(/`(copath[^`]*)`/g)].map(([, name = ""]) => name);
  const covers = (each: string, name: string) =>
    each === name || (each.endsWith("…") && name.startsWith(each.slice(0, -1)));
  const importsOnPageOf = (name: string) => {
    const row = rows.find((line) => named(line).some((each) => covers(each, name)));
    const [, file] = /\]\((docs[^)]*)\)/.exec(row ?? "") ?? [];
    const program = pages.find((page) => page.file === file)?.program ?? "";
    return [...program.matchAll(/ from "(copath[^"]*)"/g)].map(([, imported]) => imported);
  };

  it.each(subpaths.filter(({ name }) => !name.startsWith("copath/suites/mls-")))("$name", ({ name }) => {
    expect(importsOnPageOf(name)).toContain(name);
  });

  it("and so has a cipher suite by itself", () => {
    expect(importsOnPageOf("copath/suites/…").join(" ")).toContain("copath/suites/mls-");
  });
});

describe("every link leads somewhere", () => {
  it.each(markdown.map(({ file, text }) => ({ file, text })))("$file", ({ file, text }) => {
    const targets = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].map(([, target = ""]) => target);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(root, dirname(file), target)))).toEqual([]);
  });
});
