/**
 * Writes the JavaScript of the package into `dist` (or the folder that is given), beside the types that the compiler
 * writes there. Two hundred small modules take ten times as long to load as the cryptography of a key package, so the
 * rooms of the RFC are one file, the engine, which the doors of package.json lead to.
 *
 * Who bundles the package gets the engine in one piece, and leaves out of it what is not used: the makers of constants
 * are marked in the sources as free of side effects, and esbuild marks their calls.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What the engine consists of, besides the files that all rooms stand on. */
const ROOMS = ["codec", "wire", "hpke", "crypto", "tree", "schedule", "framing", "group"];

const root = fileURLToPath(new URL(".", import.meta.url));
const source = join(root, "src");
/** There is no such source: it is made of others. */
const ENGINE = join(source, "engine.js");
/** Before the path of one file of `dist` in another, until it is known where that one is. */
const MARK = "dist:";

const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".ts"));
const doors = files.filter((file) => targets().some((pattern) => pattern.test(builtOf(join(source, file)))));
const options = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  packages: "external",
  external: ["node:*"],
  // The sources are part of the package.
  sourcesContent: false,
  tsconfig: join(root, "tsconfig.base.json"),
  logLevel: "warning",
  write: false,
};

/** What package.json exports of code, and its command. */
function targets() {
  const exported = Object.values(manifest.exports).filter((target) => typeof target !== "string");
  const paths = [...exported.flatMap(({ types, ...code }) => Object.values(code)), ...Object.values(manifest.bin)];
  return paths.map((path) => new RegExp(`^${path.replace(/^(\.\/)?dist\//, "").replace("*", "[^/]+")}$`));
}

/** From `dist`. */
function builtOf(file) {
  return relative(source, file).replaceAll(sep, "/").replace(/\.ts$/, ".js");
}

function isInEngine(file) {
  const [room, ...rest] = relative(source, file).split(sep);
  return rest.length === 0 || ROOMS.includes(room);
}

/** The engine has what doors only name. */
const isDoor = (file) => basename(file) === "index.ts";

/** All that the files of the engine export, to each other and to the rest. */
async function engine() {
  const parts = files.map((file) => join(source, file)).filter((file) => isInEngine(file) && !isDoor(file));
  const contents = parts.map((file) => `export * from ${JSON.stringify(file)};`).join("\n");
  const { outputFiles } = await build({
    ...options,
    stdin: { contents, resolveDir: root },
    outfile: ENGINE,
    sourcemap: "inline",
  });
  return outputFiles[0].text;
}

/** Each file of the package that has a name of its own stays outside of the others. */
function outside(engineCode) {
  let copies = 0;
  const leadTo = (path) => ({ path: MARK + path, external: true, sideEffects: false });
  return {
    name: "outside",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
        const file = join(resolveDir, path);
        if (kind === "entry-point") return undefined;
        if (!isInEngine(file)) return doors.includes(relative(source, file)) ? leadTo(builtOf(file)) : undefined;
        // Nothing but names: whoever imports them gets them without one more file to load.
        return isDoor(file) ? { path: file, suffix: `?${copies++}` } : leadTo("engine.js");
      });
      onResolve({ filter: /engine\.js$/ }, () => ({ path: ENGINE }));
      onLoad({ filter: /engine\.js$/ }, () => ({ contents: engineCode, resolveDir: source }));
    },
  };
}

async function write(outdir) {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [...doors.map((file) => join(source, file)), ENGINE],
    // One below `src`, for the paths of sources, wherever the files go.
    outdir: join(root, "dist"),
    outbase: source,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    sourcemap: true,
    plugins: [outside(await engine())],
  });
  for (const { path, text } of outputFiles) {
    const built = relative(join(root, "dist"), path).replaceAll(sep, "/");
    const file = join(outdir, built);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(
      file,
      text.replaceAll(new RegExp(`"${MARK}([^"]+)"`, "g"), (_, to) => `"${way(built, to)}"`),
    );
  }
}

function way(from, to) {
  return posix.relative(posix.dirname(from), to).replace(/^(?!\.)/, "./");
}

await write(process.argv[2] ?? join(root, "dist"));
