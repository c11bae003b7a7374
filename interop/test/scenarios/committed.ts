/** The scenarios of our own, as they are committed. */
import { readdirSync, readFileSync } from "node:fs";
import { parseScenarios } from "../../src/runner/parse-scenarios.ts";

const folder = new URL("../../scenarios/", import.meta.url);

export const files = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .sort();

export const readme = readFileSync(new URL("README.md", folder), "utf8");

export const committed = files.flatMap((file) => parseScenarios(readFileSync(new URL(file, folder), "utf8"), file));
