/** A value's type is shown by the name of its struct, not by its expansion: asked of the compiler itself. */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const structs = [
  "AuthenticatedContent",
  "Capabilities",
  "Commit",
  "Credential",
  "FramedContent",
  "GroupInfo",
  "KeyPackage",
  "LeafNode",
  "MLSMessage",
  "Node",
  "PreSharedKeyID",
  "PrivateMessage",
  "Proposal",
  "ProposalOrRef",
  "PublicMessage",
  "RatchetTreeNodes",
  "Sender",
  "UpdatePath",
  "Welcome",
] as const;

const fields = {
  "UpdatePath.leafNode": "LeafNode",
  "Commit.proposals": "readonly ProposalOrRef[]",
  "Commit.path": "UpdatePath | undefined",
  "LeafNode.credential": "Credential",
  "Capabilities.extensions": "readonly ExtensionType[]",
  "FramedContent.sender": "Sender",
  "PublicMessage.auth": "FramedContentAuthData",
  "PublicMessage.membershipTag": "Uint8Array<ArrayBufferLike> | undefined",
} as const;

describe("§2.1 names of types", () => {
  it("structs, unions and registries keep theirs, by themselves and as fields", { timeout: 120_000 }, () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const probe = `${root}src/wire/probe.ts`;
    const lines = [
      `import * as wire from "./index.ts"; import { decode } from "../codec/codec.ts"; declare const b: Uint8Array;`,
      ...structs.map((name) => `export const v${name} = decode(wire.${name}, b);`),
      ...Object.keys(fields).map((path, i) => `export const f${i} = v${path};`),
    ];
    const shown = typesOf(root, probe, lines.join("\n"));
    for (const name of structs) expect(shown.get(`v${name}`)).toBe(name);
    Object.values(fields).forEach((type, i) => {
      expect(shown.get(`f${i}`)).toBe(type);
    });
  });
});

function typesOf(root: string, probe: string, text: string): Map<string, string> {
  const { config } = ts.readConfigFile(`${root}tsconfig.base.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => file === probe || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === probe ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const program = ts.createProgram([probe], { ...options, noEmit: true }, host);
  const checker = program.getTypeChecker();
  const shown = new Map<string, string>();
  for (const statement of program.getSourceFile(probe)?.statements ?? []) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name } of statement.declarationList.declarations) {
      const type = checker.typeToString(checker.getTypeAtLocation(name), undefined, ts.TypeFormatFlags.NoTruncation);
      shown.set(name.getText(program.getSourceFile(probe)), type);
    }
  }
  return shown;
}
