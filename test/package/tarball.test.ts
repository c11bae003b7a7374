/**
 * The package as a stranger gets it: built, packed, and installed into an empty project, with an empty cache and no
 * network; there every subpath is imported, the README's example compiled, type-checked and run, and the command called.
 * `publint` and `attw` say how every kind of resolution sees it.
 */
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { publint } from "publint";
import { afterAll, beforeAll, expect, it } from "vitest";
import { browserSubpaths, manifest, root, subpaths } from "./subpaths.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "copath-tarball-"));
const [source, tarballs, app] = ["source", "tarballs", "app"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const tarball = `${manifest.name}-${manifest.version}.tgz`;

/** What `npm pack` is given besides the sources; a build in the repository itself would get in the way of other tests. */
const FILES = ["src", "build.mjs", "package.json", "tsconfig.base.json", "tsconfig.core.json", "tsconfig.node.json"];
const DEPENDENCIES = ["@noble/curves", "@noble/hashes", "@noble/ciphers", "@hpke/core", "@hpke/common"];

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("npm", [...args, "--silent", "--no-update-notifier"], { cwd });
  return stdout;
}

async function packed(): Promise<void> {
  mkdirSync(source);
  for (const file of [...FILES, "README.md", "CHANGELOG.md", "LICENSE"]) {
    cpSync(join(root, file), join(source, file), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(source, "node_modules"));
  // As `npm run build` does, but without checking types again, which the scripts before the tests have done.
  for (const project of ["tsconfig.node.json", "tsconfig.core.json"]) {
    await run(process.execPath, [tsc, "-p", project, "--noCheck"], { cwd: source });
  }
  await run(process.execPath, ["build.mjs"], { cwd: source });
  await npm(source, "pack", "--pack-destination", tarballs);
}

/** The dependencies as the lockfile has them, so that nothing needs the registry. */
async function packedDependencies(): Promise<Record<string, string>> {
  const folders = DEPENDENCIES.map((name) => join(root, "node_modules", name));
  const files = await npm(tarballs, "pack", "--ignore-scripts", ...folders);
  const names = files.trim().split("\n");
  return Object.fromEntries(DEPENDENCIES.map((name, index) => [name, `file:../tarballs/${names[index]}`]));
}

const tsconfig = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2022", "dom"],
    module: "nodenext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    rootDir: ".",
    outDir: "out",
  },
  include: ["*.ts"],
};

function readmeExample(): string {
  const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  return example ?? expect.fail("the README has no example");
}

beforeAll(async () => {
  for (const each of [tarballs, app]) mkdirSync(each);
  const [overrides] = await Promise.all([packedDependencies(), packed()]);
  const dependencies = { [manifest.name]: `file:../tarballs/${tarball}` };
  const everySubpath = subpaths.map(({ name }, index) => `export * as door${index + 100} from "${name}";\n`);
  const files = {
    "package.json": JSON.stringify({ name: "app", private: true, type: "module", dependencies, overrides }),
    "tsconfig.json": JSON.stringify(tsconfig),
    "readme.ts": readmeExample(),
    "everything.ts": everySubpath.join(""),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(app, name), content);
  await npm(app, "install", "--offline", "--cache", join(folder, "cache"), "--no-audit", "--no-fund");
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("holds what is to be published, and nothing else", () => {
  const installed = join(app, "node_modules", manifest.name);
  expect(readdirSync(installed).sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "dist",
    "package.json",
    "src",
  ]);
  const built = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
  const sources = readdirSync(join(installed, "src"), { recursive: true, encoding: "utf8" });
  const types = built.filter((file) => file.endsWith(".d.ts")).map((file) => file.replace(/\.d\.ts$/, ".ts"));
  expect(types.sort()).toEqual(sources.filter((file) => file.endsWith(".ts")).sort());

  const modules = built.filter((file) => file.endsWith(".js") && !file.startsWith("chunks"));
  const doors = subpaths.map(({ source }) => source.replace(/^src\//, "").replace(/\.ts$/, ".js"));
  // What a condition leads to instead of the default, the command, and what all of them share.
  const others = ["backends/auto/node.js", "cli/main.js", "engine.js"];
  expect(modules.sort()).toEqual([...doors, ...others].sort());
});

it("leads from its JavaScript to the sources that came with it", () => {
  const installed = join(app, "node_modules", manifest.name, "dist");
  const maps = readdirSync(installed, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js.map"));
  const mapped = maps.flatMap((map) => {
    const { sources } = JSON.parse(readFileSync(join(installed, map), "utf8")) as { sources: string[] };
    return sources.map((file) => join(installed, dirname(map), file));
  });
  expect(mapped).toContain(join(installed, "..", "src", "group", "create-commit.ts"));
  expect(mapped.filter((file) => !existsSync(file))).toEqual([]);
});

it("has nothing of Node in what any other engine may load", () => {
  const installed = join(app, "node_modules", manifest.name, "dist");
  const loaded = new Set<string>();
  const foreign = (file: string): string[] => {
    if (loaded.has(file)) return [];
    loaded.add(file);
    const imported = [...readFileSync(file, "utf8").matchAll(/(?:from |import |import\()"([^"]+)"/g)].map(
      ([, to = ""]) => to,
    );
    const own = imported.filter((to) => to.startsWith("."));
    return [
      ...imported.filter((to) => to.startsWith("node:")).map((to) => `${file} imports ${to}`),
      ...own.flatMap((to) => foreign(join(dirname(file), to))),
    ];
  };
  const built = (source: string) => join(installed, source.replace(/^src\//, "").replace(/\.ts$/, ".js"));
  expect(browserSubpaths.flatMap(({ source }) => foreign(built(source)))).toEqual([]);
  expect(loaded).toContain(join(installed, "engine.js"));
  expect(foreign(join(installed, "backends", "node", "index.js")).length).toBeGreaterThan(0);
});

it("has an engine that bundlers leave out by its parts, not only as a whole", async () => {
  // A copy, which no package.json calls free of side effects.
  cpSync(join(app, "node_modules", manifest.name, "dist", "engine.js"), join(app, "engine.js"));
  const { outputFiles } = await build({
    stdin: { contents: `import "./engine.js";`, resolveDir: app },
    bundle: true,
    format: "esm",
    write: false,
  });
  const [{ text = "" } = {}] = outputFiles;
  // The class of secrets stays, and what it throws; a constant that is made by an unmarked call would bring its codec.
  expect(text).toContain("var Secret");
  expect(text).not.toMatch(/LeafNode|\bstruct\(|Writer|MLS 1\.0/);
  expect(text.length).toBeLessThan(16_000);
});

it("loads an application of few files", async () => {
  const program = `
    import "copath"; import "copath/crypto"; import "copath/backends/node"; import "copath/suites/registry";
  `;
  writeFileSync(join(app, "few.js"), program);
  const { outputFiles, metafile } = await build({
    entryPoints: [join(app, "few.js")],
    bundle: true,
    format: "esm",
    platform: "node",
    ignoreAnnotations: true,
    write: false,
    metafile: true,
  });
  expect(outputFiles).toHaveLength(1);
  expect(Object.keys(metafile.inputs).filter((file) => !file.includes("/suites/"))).toHaveLength(5);
});

it("brings its dependencies alone, and runs nothing when it is installed", () => {
  const lock = JSON.parse(readFileSync(join(app, "package-lock.json"), "utf8"));
  const packages = Object.entries<Record<string, unknown>>(lock.packages).filter(([path]) => path !== "");
  expect(packages.map(([path]) => path.replace("node_modules/", "")).sort()).toEqual(
    [manifest.name, ...DEPENDENCIES].sort(),
  );
  expect(packages.filter(([, each]) => each.hasInstallScript === true)).toEqual([]);
});

it("every subpath can be imported, and the README's example compiled and run", async () => {
  const compiled = await run(process.execPath, [tsc, "-p", app]).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe("");

  const list = `import * as all from "./out/everything.js"; console.log(JSON.stringify(Object.values(all).map(Object.keys)))`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", list], { cwd: app });
  // By their names, which are in the order of `subpaths` as long as the numbers have as many digits.
  const doors: string[][] = JSON.parse(stdout);
  expect(doors.filter((names) => names.length === 0)).toEqual([]);
  const sources = await Promise.all(subpaths.map(({ source }) => import(join(root, source))));
  expect(doors).toEqual(sources.map((door) => Object.keys(door).sort()));

  const example = await run(process.execPath, ["out/readme.js"], { cwd: app });
  expect(example.stderr).toBe("");
  expect(example.stdout).not.toBe("");
});

it("every subpath resolves to a module and its types, whoever resolves", async () => {
  const { messages } = await publint({ pkgDir: join(app, "node_modules", manifest.name), pack: false, strict: true });
  expect(messages).toEqual([]);

  // It fails by its exit code.
  const attw = join(root, "node_modules", ".bin", "attw");
  const entrypoints = subpaths.map(({ name }) => name.replace(manifest.name, "."));
  const options = ["--profile", "esm-only", "--format", "json", "--entrypoints", ...entrypoints];
  const checked = await run(attw, [join(tarballs, tarball), ...options]);
  expect(Object.keys(JSON.parse(checked.stdout).analysis.entrypoints).sort()).toEqual(entrypoints.sort());
});

it("has the command", async () => {
  const command = join(app, "node_modules", ".bin", "copath");
  const { stdout } = await run(command, ["--version"], { cwd: app });
  expect(stdout).toBe(`${manifest.version}\n`);
});

it("has the backend of Node for Node, in a worker too, and that of browsers for their conditions", async () => {
  const program = `
    import { isMainThread, parentPort, Worker } from "node:worker_threads";
    import { auto } from "copath/backends/auto";
    if (!isMainThread) parentPort.postMessage(auto.name);
    else new Worker(new URL(import.meta.url)).on("message", (name) => console.log(auto.name, name));
  `;
  writeFileSync(join(app, "auto.js"), program);
  const named = async (...conditions: string[]) =>
    (await run(process.execPath, [...conditions, "auto.js"], { cwd: app })).stdout.trim();
  expect(await named()).toBe("node node");
  expect(await named("--conditions=browser")).toBe("webcrypto webcrypto");
});
