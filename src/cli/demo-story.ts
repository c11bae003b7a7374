/** The story of a group, in order. Every step is checked while it happens, and all members after each epoch. */

import { addSeveral, create, keyPackages, messages, welcome } from "./demo-beginning.ts";
import {
  externalPsk,
  joinFromOutside,
  race,
  remove,
  resumptionPsk,
  rotate,
  updateByReference,
} from "./demo-changes.ts";
import { inStep } from "./demo-failure.ts";
import type { Stage, Told } from "./demo-stage.ts";

export interface StepReport extends Told {
  readonly step: string;
  readonly members: number;
  /** The epoch and its authenticator, the same for all members; none before there is a group. */
  readonly epoch: number | undefined;
  readonly authenticator: string | undefined;
  /** What went over the delivery service. */
  readonly messages: number;
  readonly bytes: number;
  readonly checks: number;
  readonly ms: number;
}

const STORY: readonly (readonly [step: string, play: (stage: Stage) => Promise<Told>])[] = [
  ["key packages", keyPackages],
  ["create", create],
  ["add", addSeveral],
  ["welcome", welcome],
  ["messages", messages],
  ["update", updateByReference],
  ["rotation", rotate],
  ["race", race],
  ["remove", remove],
  ["external join", joinFromOutside],
  ["external PSK", externalPsk],
  ["resumption PSK", resumptionPsk],
];

/** Plays all steps, and reports each when it is over. @throws StepFailed */
export async function playStory(stage: Stage, onStep: (report: StepReport) => void): Promise<void> {
  for (const [step, play] of STORY) {
    const { messages: sent, bytes } = stage.delivery;
    const { checks } = stage;
    const start = performance.now();
    const told = await inStep(step, () => play(stage));
    const ms = performance.now() - start;
    const [member] = stage.members;
    onStep({
      step,
      ...told,
      members: stage.members.size,
      epoch: member === undefined ? undefined : Number(member.epoch),
      authenticator: member?.authenticator,
      messages: stage.delivery.messages - sent,
      bytes: stage.delivery.bytes - bytes,
      checks: stage.checks - checks,
      ms,
    });
    stage.forget();
  }
}
