/** `copath demo`: the life of a group through the public API, what it costs, and what the vectors say. */

import process from "node:process";
import { type Backend, type CipherSuite, cipherSuite, supports } from "../crypto/index.ts";
import { REGISTERED_SUITES } from "../suites/registry.ts";
import { seededRandom } from "../testing/index.ts";
import { vectorEnvironment } from "../vectors/index.ts";
import { type Command, choice, EXIT, type ExitCode, parse, WrongUsage } from "./command.ts";
import { measureCosts } from "./demo-costs.ts";
import { gatherCrowd } from "./demo-crowd.ts";
import { inStep, StepFailed } from "./demo-failure.ts";
import {
  type DemoReport,
  printCosts,
  printCrowd,
  printEnd,
  printFailure,
  printHead,
  printStep,
  printTranscript,
  printVectors,
} from "./demo-report.ts";
import { Stage } from "./demo-stage.ts";
import { playStory } from "./demo-story.ts";
import { type Sample, sampleVectors } from "./demo-vectors.ts";
import type { Terminal } from "./terminal.ts";
import type { VectorFile } from "./vector-files.ts";
import { BACKENDS, filesIn, ownFolders } from "./vectors.ts";

const HELP = `copath demo [--size N] [--suite 1..7] [--seed S] [--backend noble|node] [--json]

Plays the life of a group and checks every step: key packages, creating, adding, Welcomes, messages out of order,
updates, rotation, a race of two commits, removing, joining from outside, and pre-shared keys. Then it measures what a
commit costs by the number of members, adds many members for real, and runs a sample of the test vectors at hand.

  --size N               members to be added for real, 2 to 100000 (default: 1000; 250 on the noble backend, and less
                         with suites 5 and 7, so that the demo takes seconds)
  --suite 1..7           the cipher suite (default: 1)
  --seed S               any word: where all randomness comes from (default: 1)
  --backend noble|node   who computes: JavaScript, or node:crypto (the default). On noble the same seed gives the same
                         bytes, which the transcript hash shows; timings differ
  --json                 one JSON value with every step, size and timing, instead of lines

The exit code is 0 if everything agrees, 1 if a step failed, which is named, and 2 for a wrong call.`;

/** How much is done. */
interface Extent {
  /** Members that are added for real, the creator included. */
  readonly size: number;
  /** Numbers of members for the table: even ones, from 4. */
  readonly sizes: readonly number[];
  /** How much of the vectors is run. */
  readonly sample: Sample;
  readonly reduced: boolean;
}

const FULL: Extent = {
  size: 1000,
  sizes: [10, 100, 1000],
  sample: { ofSuite: 3, withoutSuite: 60, caseSize: 2 ** 22 },
  reduced: false,
};
const SMALL: Extent = {
  size: 250,
  sizes: FULL.sizes,
  sample: { ofSuite: 1, withoutSuite: 12, caseSize: 2 ** 19 },
  reduced: true,
};

/** So much that the whole takes seconds: P-384 and P-521 are slow everywhere, JavaScript is slower. */
function extentOf(backend: "node" | "noble", { id }: CipherSuite): Extent {
  const isSlow = id === 5 || id === 7;
  if (backend === "node") return isSlow ? { ...SMALL, sample: FULL.sample } : FULL;
  return isSlow ? { ...SMALL, size: 50, sizes: [10, 100] } : SMALL;
}

export const demo: Command = {
  help: HELP,
  async run(args, terminal): Promise<ExitCode> {
    const { values, positionals } = parse(args, {
      size: { type: "string" },
      suite: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      backend: { type: "string", default: "node" },
      json: { type: "boolean", default: false },
    });
    if (positionals[0] !== undefined) throw new WrongUsage(`there is nothing to do with '${positionals[0]}'`);
    const name = choice("backend", values.backend, ["noble", "node"]);
    const backend = await BACKENDS[name]();
    const suite = suiteOf(backend, values.suite);
    const extent = extentOf(name, suite);
    const size = values.size === undefined ? extent.size : sizeOf(values.size);
    const files = vectorFiles(terminal.env);
    return runDemo({ ...extent, size, suite, backend, seed: values.seed, files }, terminal, values.json);
  },
};

export interface DemoTerms extends Extent {
  readonly suite: CipherSuite;
  readonly backend: Backend;
  readonly seed: string;
  /** Vectors at hand. */
  readonly files: readonly VectorFile[];
}

/** Does something with the terminal, unless the output is JSON. */
type Show = (print: (terminal: Terminal) => void) => void;

/** The whole demo. A failed step ends it: the exit code tells, and the output names it. */
export async function runDemo(terms: DemoTerms, terminal: Terminal, asJson: boolean): Promise<ExitCode> {
  const report = opening(terms);
  const show: Show = asJson ? () => undefined : (print) => print(terminal);
  const start = performance.now();
  show((to) => printHead(to, report));
  try {
    await play(terms, report, show);
    report.ms = performance.now() - start;
    show((to) => printEnd(to, report));
  } catch (failure) {
    if (!(failure instanceof StepFailed)) throw failure;
    report.failure = { step: failure.step, reason: failure.message };
    show((to) => printFailure(to, failure));
  }
  if (asJson) terminal.print(JSON.stringify({ ...report, passed: report.failure === undefined }, undefined, 2));
  return report.failure === undefined ? EXIT.done : EXIT.failed;
}

function opening({ suite, backend, seed, reduced }: DemoTerms): DemoReport {
  const { id, name } = suite;
  return { suite: { id, name }, backend: backend.name, seed, node: process.versions.node, reduced, steps: [] };
}

/** @throws StepFailed */
async function play(terms: DemoTerms, report: DemoReport, show: Show): Promise<void> {
  await story(terms, report, show);

  const { sizes, size, files } = terms;
  const building = (done: number) => show((to) => to.progress(done, sizes.length, `a full tree of ${sizes[done]}`));
  const costs = await inStep("table", () => measureCosts(terms, building));
  report.costs = costs;
  show((to) => printCosts(to, costs));

  const adding = (done: number) => show((to) => to.progress(done, size, `${done} of ${size} members`));
  const crowd = await inStep("for real", () => gatherCrowd(terms, adding));
  report.crowd = crowd;
  show((to) => printCrowd(to, crowd));

  const running = (done: number) => show((to) => to.progress(done, files.length, `vectors: ${files[done]?.label}`));
  const vectors = await inStep("vectors", () => {
    const environment = vectorEnvironment(terms.backend, seededRandom(`${terms.seed} vectors`));
    return sampleVectors(files, environment, terms.sample, running);
  });
  report.vectors = vectors;
  show((to) => printVectors(to, vectors));
}

async function story({ suite, seed }: DemoTerms, report: DemoReport, show: Show): Promise<void> {
  const stage = new Stage(suite, seed);
  await playStory(stage, (step) => {
    report.steps.push(step);
    show((to) => printStep(to, step));
  });
  const { messages, bytes, transcript: hash } = stage.delivery;
  const transcript = { messages, bytes, checks: stage.checks, hash };
  report.transcript = transcript;
  show((to) => printTranscript(to, transcript));
}

/** @throws WrongUsage */
function suiteOf(backend: Backend, number: string): CipherSuite {
  const definition = REGISTERED_SUITES.find(({ id }) => String(id) === number);
  if (definition === undefined) throw new WrongUsage(`--suite is a number from 1 to 7, not '${number}'`);
  if (!supports(backend, definition)) throw new WrongUsage(`the ${backend.name} backend has no suite ${number} here`);
  return cipherSuite(definition, backend);
}

/** @throws WrongUsage */
function sizeOf(text: string): number {
  const size = Number(text);
  if (/^\d+$/.test(text) && size >= 2 && size <= 100_000) return size;
  throw new WrongUsage(`--size is a number from 2 to 100000, not '${text}'`);
}

/** None is no mistake: a package may come without. @throws WrongUsage if COPATH_TEST_VECTORS names no folder */
function vectorFiles(env: Terminal["env"]): VectorFile[] {
  const folders = ownFolders(env);
  return folders.length === 0 ? [] : filesIn(folders);
}
