/**
 * The pages that are made of the sources: docs/errors.md, docs/tour.md, docs/cli.md, the programs in docs/guides, and the
 * policy in docs/layers/group.md. Where they differ from what the sources say,
 * `npx vitest run test/package/docs-generated -u` writes them anew.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copath } from "../../src/cli/copath.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { CODES, type ErrorRow, partsOf } from "../../src/error-codes.ts";
import type { Row } from "../../src/explain/row.ts";
import { SENTENCES } from "../../src/explain/table.ts";
import { DEFAULT_POLICY } from "../../src/group/environment.ts";
import { run } from "../cli/support.ts";
import { SECTIONS } from "./rfc9420-sections.ts";
import { root, subpaths } from "./subpaths.ts";

interface File {
  /** From the root of the repository. */
  readonly name: string;
  readonly text: string;
}

function filesOf(folder: string, suffix: string): File[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  const wanted = names.filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`);
  return wanted.sort().map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
}

const sources = filesOf("src", ".ts");
const sourceText = (name: string) => sources.find((each) => each.name === name)?.text ?? "";
const tests = filesOf("test", ".test.ts");

/** The page with what stands between `<!-- name -->` and `<!-- /name -->` replaced. */
function withPart(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before === -1 || after === -1) throw new Error(`the page has no part ${name}`);
  return `${page.slice(0, before + begin.length)}\n\n${content}\n\n${page.slice(after)}`;
}

const rfc9420 = (section: string) => {
  const [name, anchor] = section === "C" ? ["App. C", "appendix-C"] : [`§${section}`, `section-${section}`];
  return `[${name}](https://www.rfc-editor.org/rfc/rfc9420.html#${anchor})`;
};
const fileLink = ({ name }: File) => `[${name.replace(/^(?:src|test)\//, "")}](../${name})`;
const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const table = (heads: readonly string[], rows: readonly string[]) =>
  [row(...heads), row(...heads.map(() => "---")), ...rows].join("\n");

describe("docs/errors.md", () => {
  const tables: readonly (readonly [string, Readonly<Record<string, ErrorRow>>])[] = Object.entries(CODES);
  const codes = tables.flatMap(([, rows]) => Object.keys(rows));

  it("has every code of src/error-codes.ts, and what src/explain says of it", async () => {
    let page = readFileSync(join(root, "docs/errors.md"), "utf8");
    for (const [reaction, rows] of tables) {
      const sentences: Readonly<Record<string, Row>> = SENTENCES[reaction as keyof typeof SENTENCES];
      const lines = Object.entries(rows).map(([code, each]) => {
        const [errorClass, section] = partsOf(each);
        const [rule = "", remedy] = sentences[code] ?? [];
        return row(`\`${code}\``, rule, remedy?.advice ?? "", errorClass, section === "-" ? "" : rfc9420(section));
      });
      page = withPart(page, reaction, table(["code", "the rule", "what to do", "class", "section"], lines));
    }
    await expect(page).toMatchFileSnapshot("../../docs/errors.md");
  });

  it("every code is in use", () => {
    const users = sources.filter(({ name }) => !/^src\/(?:error-codes\.ts|explain\/|cli\/)/.test(name));
    expect(codes.filter((code) => !users.some(({ text }) => text.includes(`"${code}"`)))).toEqual([]);
  });

  it("a section is one of the RFC", () => {
    const numbers = new Set(["-", ...SECTIONS.map(([number]) => number)]);
    const cited = tables.flatMap(([, rows]) => Object.values(rows).map((each) => partsOf(each)[1]));
    expect(cited.filter((section) => !numbers.has(section))).toEqual([]);
  });

  it("no code stands in two rows, and what the comments say is thrown exists", () => {
    expect(codes.length).toBe(new Set(codes).size);
    const families = new Set(codes.map((code) => code.split(".")[0]));
    const promised = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/@throws[^*]*/g)].flatMap(([clause]) =>
        [...clause.matchAll(/`([a-z_]+)\.([a-z_]+|\*)`/g)].map(([, family = "", rest = ""]) => ({
          name,
          family,
          rest,
        })),
      ),
    );
    expect(promised.length).toBeGreaterThan(100);
    const unknown = promised.filter(({ family, rest }) =>
      rest === "*" ? !families.has(family) : !codes.includes(`${family}.${rest}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe("docs/tour.md", () => {
  const order = new Map(SECTIONS.map(([number], index) => [number, index]));
  const depth = (number: string) => number.split(".").length;

  /** The sections of RFC 9420 that a text names, ranges with all that lies between. */
  function citations(text: string): Set<string> {
    const found = new Set<string>();
    const ours = text.replaceAll(/RFC (?!9420)\d+(?:,? (?:and )?§[\d.]+\d)*/g, "");
    for (const [, first = "", last] of ours.matchAll(/§(\d+(?:\.\d+)*)(?:(?:-| to )§(\d+(?:\.\d+)*))?/g)) {
      const [from, to] = [order.get(first), order.get(last ?? first)];
      if (from === undefined || to === undefined) continue;
      const between = SECTIONS.slice(from, to + 1).map(([number]) => number);
      for (const number of between) if (depth(number) === depth(first)) found.add(number);
    }
    if (/appendix C|App\. C/i.test(text)) found.add("C");
    return found;
  }

  const header = ({ text }: File) => /^(?:#![^\n]*\n)?\/\*\*(.*?)\*\//s.exec(text)?.[1] ?? "";
  const comments = ({ text }: File) => text.match(/\/\*\*.*?\*\//gs)?.join("\n") ?? "";
  /** What a test file says it asks about: sections in the titles of its groups, and the rules in those of its tests. */
  const titles = ({ text }: File) => {
    const groups = [...text.matchAll(/describe(?:\.each\([^)]*\))?\(\s*["`](§[^"`]*)/g)].map(([, title]) => title);
    const rules = [...text.matchAll(/\[(\d+(?:\.\d+)*)-\d+\]/g)].map(([, section]) => `§${section}`);
    return [...groups, ...rules].join("\n");
  };

  const isDoor = ({ name }: File) => name.endsWith("/index.ts") || name === "src/index.ts";
  const files = sources.filter((file) => !isDoor(file));
  const mls = files.filter(({ name }) => !/^src\/(?:hpke|vectors|cli|testing|explain)\//.test(name));
  const vectors = files.filter(({ name }) => /^src\/vectors\/(?!make)/.test(name));
  const place = (list: readonly File[], of: (file: File) => string) =>
    new Map(list.map((file) => [file, citations(of(file))] as const));
  const [byHeader, byComment, byTitle] = [place(mls, header), place(mls, comments), place(tests, titles)];
  const vectorTests = new Map(
    vectors.flatMap((file) => {
      const test = tests.find(({ name }) => name === file.name.replace("src/", "test/").replace(".ts", ".test.ts"));
      return test === undefined ? [] : [[test, citations(header(file))] as const];
    }),
  );
  const naming = (index: ReadonlyMap<File, ReadonlySet<string>>, number: string) =>
    [...index].filter(([, numbers]) => numbers.has(number)).map(([file]) => file);

  function sectionRow([number, title]: readonly [string, string]): string[] {
    const owners = naming(byHeader, number);
    const found = owners.length > 0 ? owners : naming(byComment, number);
    if (found.length === 0) return [];
    const links = found.map(fileLink).join(", ");
    const proofs = [...naming(byTitle, number), ...naming(vectorTests, number)];
    const text = owners.length > 0 ? links : `*in* ${links}`;
    return [row(`${rfc9420(number)} ${title}`, text, [...new Set(proofs)].map(fileLink).join(", "))];
  }

  function otherRow(file: File): string {
    const [sentence = ""] = header(file)
      .replaceAll(/\n \* ?/g, " ")
      .trim()
      .split(/\.(?:\s|$)/);
    return row(fileLink(file), sentence.replaceAll("|", "\\|"));
  }

  const rowsOf = (page: string) =>
    page.split("\n").flatMap((line) => (line.startsWith("| ") ? [line.split(" | ")] : []));
  const linksIn = (cell: string | undefined) => cell?.match(/\([^)]*\)/g) ?? [];

  /** Which file is which section, and which is none: what a page must not get wrong. */
  function claimsOf(page: string): string {
    const claims = rowsOf(page).flatMap(([head = "", source = "", proofs]) => {
      if (proofs === undefined) return linksIn(head);
      return source.startsWith("*in*") ? [] : linksIn(source).map((link) => `${head} ${link}`);
    });
    return claims.sort().join("\n");
  }

  /** A page without the newest test or the newest words still holds: who adds those need not write it anew. */
  function holds(before: string, now: string): boolean {
    const proofs = new Map<string | undefined, readonly string[]>(
      rowsOf(now).map(([section, , tests]) => [section, linksIn(tests)]),
    );
    const outdated = rowsOf(before).some(([section, , tests]) =>
      linksIn(tests).some((link) => proofs.get(section)?.includes(link) !== true),
    );
    return !outdated && claimsOf(before) === claimsOf(now);
  }

  const rest = files.filter((file) => (byHeader.get(file)?.size ?? 0) === 0);

  it("names every file of src, by the sections in its header", async () => {
    const before = readFileSync(join(root, "docs/tour.md"), "utf8");
    let page = withPart(before, "sections", table(["section", "source", "tests"], SECTIONS.flatMap(sectionRow)));
    page = withPart(page, "others", table(["source", "what it is"], rest.map(otherRow)));
    for (const file of files) expect(page).toContain(`](../${file.name})`);
    await expect(holds(before, page) ? before : page).toMatchFileSnapshot("../../docs/tour.md");
  });

  it("every file of the protocol's rooms says which section it is", () => {
    const rooms = /^src\/(?:codec|wire|hpke|crypto|suites|schedule|tree|framing|group)\//;
    const without = files.filter((file) => rooms.test(file.name) && !/§|RFC \d+/.test(header(file)));
    // How a state is stored, how others than members follow a group, and how a computation ends are nobody's standard.
    const beside = ({ name }: File) => /^src\/(?:group\/(?:snapshot|public-)|hpke\/outcome)/.test(name);
    expect(without.filter((file) => !beside(file)).map(({ name }) => name)).toEqual([]);
  });

  it("every chapter from the second on has a source and a test", () => {
    const chapters = ["2", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "17", "C"];
    const inChapter = (numbers: ReadonlySet<string>, chapter: string) =>
      [...numbers].some((number) => number.split(".")[0] === chapter);
    const lacking = chapters.filter(
      (chapter) =>
        ![...byHeader.values()].some((numbers) => inChapter(numbers, chapter)) ||
        ![...byTitle.values(), ...vectorTests.values()].some((numbers) => inChapter(numbers, chapter)),
    );
    expect(lacking).toEqual([]);
  });
});

describe("docs/layers/group.md", () => {
  it("has every option of the policy, with its default", async () => {
    const [, body = ""] = /export interface Policy \{\n(.*?)\n\}/s.exec(sourceText("src/group/environment.ts")) ?? [];
    const lines = [...body.matchAll(/\/\*\*(.*?)\*\/\s+readonly (\w+):/gs)].map(([, comment = "", option = ""]) => {
      const sentence = comment.replace(/\s*\n\s*\*/g, "").trim();
      const [, what = "", value = ""] = /^(.*) Default: (.*)\.$/.exec(sentence) ?? [];
      expect(value, `${option} says no default`).not.toBe("");
      return row(`\`${option}\``, what, value);
    });
    expect(lines).toHaveLength(Object.keys(DEFAULT_POLICY).length);
    const page = readFileSync(join(root, "docs/layers/group.md"), "utf8");
    const made = withPart(page, "policy", table(["option", "what", "default"], lines));
    await expect(made).toMatchFileSnapshot("../../docs/layers/group.md");
  });
});

describe("docs/cli.md", () => {
  async function helpOf(...args: string[]): Promise<string> {
    const written: string[] = [];
    const output = { isTTY: false, columns: 120, write: (text: string) => written.push(text) };
    const code = await copath([...args, "--help"], new Terminal({ stdout: output, stderr: output, env: {} }));
    expect(code).toBe(0);
    return `\`\`\`text\n$ copath ${[...args, "--help"].join(" ")}\n${written.join("").trimEnd()}\n\`\`\``;
  }

  it("has the help of every command", async () => {
    const general = await helpOf();
    const commands = [...general.matchAll(/^ {2}copath ([a-z]+) /gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(0);
    const parts = [general];
    for (const command of commands) parts.push(`## copath ${command}`, await helpOf(command));
    const page = withPart(readFileSync(join(root, "docs/cli.md"), "utf8"), "help", parts.join("\n\n"));
    await expect(page).toMatchFileSnapshot("../../docs/cli.md");
  });
});

describe("docs/guides", () => {
  const guides = filesOf("docs/guides", ".md");
  const programsOf = ({ text }: File) => [...text.matchAll(/<!-- (examples\/\S+) -->/g)].map(([, name = ""]) => name);

  /** Two objects, the second cut off. */
  async function inspected(): Promise<string> {
    const objects = [
      ["Proposal", "000300000003"],
      ["GroupContext", "0001000105686f6d657300000000000000070000"],
    ] as const;
    const shown = objects.map(async ([type, hex]) => {
      const { out, err } = await run(["inspect", "-", "--as", type], { input: [hex] });
      return `$ echo ${hex} | copath inspect - --as ${type}\n${out.trimEnd()}\n${err === "" ? "" : `\n${err}`}`;
    });
    return `\`\`\`text\n${(await Promise.all(shown)).join("\n").trimEnd()}\n\`\`\``;
  }

  it.each(guides)("$name shows programs and output as they are", async (guide) => {
    let page = guide.text;
    for (const program of programsOf(guide)) {
      page = withPart(page, program, `\`\`\`ts\n${readFileSync(join(root, program), "utf8")}\`\`\``);
    }
    if (page.includes("<!-- inspect -->")) page = withPart(page, "inspect", await inspected());
    await expect(page).toMatchFileSnapshot(join(root, guide.name));
  });

  it("every example is in one of them, and the README links to all", () => {
    const examples = filesOf("examples", ".ts").map(({ name }) => name);
    expect(guides.flatMap(programsOf).sort()).toEqual(examples);
    const readme = readFileSync(join(root, "README.md"), "utf8");
    expect(guides.filter(({ name }) => !readme.includes(`(${name})`))).toEqual([]);
  });
});

it("the API reference is made of every subpath", () => {
  const { entryPoints } = JSON.parse(readFileSync(join(root, "typedoc.json"), "utf8"));
  const sources = subpaths.map(({ source }) => source.replace(/^src\/suites\/.*/, "src/suites/*.ts"));
  expect(entryPoints.sort()).toEqual([...new Set(sources)].sort());
});

it("docs/architecture.md names every room", () => {
  const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const rooms = new Set(sources.map(({ name }) => name.split("/")[1] ?? "").filter((room) => !room.endsWith(".ts")));
  expect(rooms.size).toBeGreaterThan(10);
  expect([...rooms].filter((room) => !page.includes(`\`${room}`))).toEqual([]);
});
