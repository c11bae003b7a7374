/** What each committed scenario is there for, as something that its commits show on paper. */
import type { Scenario, Step } from "../../src/runner/scenario.ts";
import type { CommitRecord } from "../histories/naive-group.ts";

export type Reach = (records: readonly CommitRecord[], scenario: Scenario) => boolean;

const some =
  (holds: (record: CommitRecord) => boolean): Reach =>
  (records) =>
    records.some(holds);

const step =
  (holds: (step: Step) => boolean): Reach =>
  (_, { steps }) =>
    steps.some(holds);

const all =
  (...reaches: readonly Reach[]): Reach =>
  (records, scenario) =>
    reaches.every((reach) => reach(records, scenario));

/** A path of this member has to reach these leaves one by one. */
const reachesApart = (committer: string, ...leaves: readonly string[]) =>
  some((each) => each.committer === committer && leaves.every((leaf) => each.path?.unmergedOnCopath.includes(leaf)));

/** The root is left out of the filtered direct path of this member. */
const withoutRoot = (committer: string) =>
  some((each) => each.committer === committer && each.path?.rootFiltered === true);

/** Later than without a root, a path of this member reaches one again. */
const withRootAgain =
  (committer: string): Reach =>
  (records) => {
    const first = records.findIndex(({ path }) => path?.rootFiltered);
    return (
      first >= 0 &&
      records.slice(first).some((each) => each.committer === committer && each.path?.rootFiltered === false)
    );
  };

const toNobody = some(({ path }) => path?.resolutions.includes(0) === true);
const emptyPath = some(({ path, after }) => after.length > 1 && path?.resolutions.length === 0);
const lost = (committer: string) => some((each) => each.committer === committer && !each.accepted);
const external = some((each) => each.external);
const resync = some((each) => each.external && each.removed.length === 1);
const noPath = (kind: string) => some(({ kinds, path }) => path === undefined && kinds.includes(kind));

/** The widths of the tree, one after another. */
const widths =
  (...expected: readonly number[]): Reach =>
  (records) => {
    const seen = records
      .filter(({ accepted }) => accepted)
      .flatMap(({ before, after }) => [before.length, after.length]);
    return JSON.stringify(seen.filter((width, i) => width !== seen[i - 1])) === JSON.stringify(expected);
  };

/** A leaf that has had another occupant before, or one of another stay. */
const reused = some(({ before, after, removed, added }) => {
  const left = new Set(removed.map((name) => before.indexOf(name)));
  return added.some((name) => left.has(after.indexOf(name)));
});

/** A message arrives when its sender has left, or is there anew. */
const lateOfFormer: Reach = (records, { steps }) =>
  records.some(({ step: leaving, removed }) =>
    steps.slice(leaving + 1).some((each) => {
      if (each.action !== "unprotect" || each.ciphertext > leaving) return false;
      const sent = steps[each.ciphertext];
      return sent?.action === "protect" && removed.includes(sent.actor);
    }),
  );

const kinds = (...expected: readonly string[]) => some((each) => expected.every((kind) => each.kinds.includes(kind)));
const size = (least: number) => some(({ after }) => after.filter((name) => name !== undefined).length >= least);

const reinit = (holds: (step: Extract<Step, { readonly action: "reinit" }>) => boolean) =>
  step((each) => each.action === "reinit" && holds(each));
const branch = (holds: (step: Extract<Step, { readonly action: "branch" }>) => boolean) =>
  step((each) => each.action === "branch" && holds(each));

/** Commits that come after a step of this action, in the group that it made. */
const goesOnAfter =
  (action: Step["action"]): Reach =>
  (records, { steps }) => {
    const last = steps.findLastIndex((each) => each.action === action);
    return last >= 0 && records.some((each) => each.step > last);
  };

export const REACHED: Readonly<Record<string, Reach>> = {
  "unmerged-leaves/met_from_the_other_half": all(reachesApart("alice", "ivan"), reachesApart("diana", "ivan")),
  "unmerged-leaves/the_unmerged_leaf_commits": some(
    ({ committer, path }) =>
      committer === "ivan" && path?.resolutions.length === 3 && path.unmergedOnCopath.length === 0,
  ),
  "unmerged-leaves/unmerged_in_both_halves": all(reachesApart("alice", "judy"), reachesApart("frank", "kim")),
  "unmerged-leaves/many_below_one_parent": all(
    reachesApart("alice", "ivan", "judy"),
    reachesApart("diana", "ivan", "judy"),
  ),
  "unmerged-leaves/a_path_with_new_leaves_below_it": all(
    some(({ added, path }) => added.includes("judy") && path?.unmergedOnCopath.length === 0),
    reachesApart("charlie", "judy"),
  ),
  // Afterwards the other half has no parent with a key any more.
  "unmerged-leaves/removed_while_unmerged": some(
    ({ removed, path }) =>
      removed.includes("ivan") && path?.unmergedOnCopath.length === 0 && path.resolutions.at(-1) === 3,
  ),
  "unmerged-leaves/updated_while_unmerged": some(
    ({ kinds: said, path }) =>
      said.includes("update") && path?.unmergedOnCopath.length === 0 && path.resolutions.at(-1) === 4,
  ),
  "unmerged-leaves/joiners_verify_them": all(noPath("add"), reachesApart("leo", "ivan", "judy"), external),
  "unmerged-leaves/added_one_by_one_without_paths": all(noPath("add"), size(9)),

  "filtered-root/left_half_falls_empty": all(withoutRoot("eliza"), withoutRoot("heidi"), withoutRoot("frank")),
  "filtered-root/left_half_falls_empty_and_fills_again": all(withoutRoot("grace"), withRootAgain("judy")),
  "filtered-root/filled_by_a_commit_with_path": all(withoutRoot("grace"), toNobody, withRootAgain("ivan")),
  "filtered-root/emptied_and_filled_in_one_commit": toNobody,
  "filtered-root/right_half_falls_empty_and_fills_again": widths(8, 4, 8),
  "filtered-root/right_half_replaced_in_one_commit": all(toNobody, widths(8)),
  "filtered-root/halves_in_turn": all(
    withoutRoot("heidi"),
    widths(8, 4, 8),
    withRootAgain("alice"),
    withoutRoot("frank"),
  ),
  "filtered-root/one_by_one": all(withoutRoot("heidi"), emptyPath, withRootAgain("bob")),
  "filtered-root/only_the_last_leaf_is_left": all(emptyPath, external),
  "filtered-root/only_the_last_leaf_is_left_and_adds_with_a_path": all(emptyPath, toNobody),
  "filtered-root/joined_from_outside": all(withoutRoot("grace"), external, resync),
  "filtered-root/both_inner_halves": all(
    some(({ path }) => path?.filtered === 1 && !path.rootFiltered),
    some(({ path }) => path?.filtered === 2 && path.rootFiltered),
  ),
  "filtered-root/updates_of_a_half": all(
    some(
      ({ path, kinds: said }) =>
        path?.rootFiltered === true && said.every((kind) => kind === "update") && said.length === 3,
    ),
    toNobody,
  ),

  "growing-and-shrinking/two_one_two": all(widths(2, 1, 2, 1, 2), withoutRoot("bob"), emptyPath, toNobody, external),
  "growing-and-shrinking/a_lone_member": all(widths(1, 2), noPath("externalPSK")),
  "growing-and-shrinking/the_last_leaves_leave": widths(16, 8, 4, 2),
  "growing-and-shrinking/from_nine_to_four_at_once_and_back": widths(16, 4, 16),
  "growing-and-shrinking/shrinks_and_grows_in_one_commit": all(widths(8), toNobody, reused),
  "growing-and-shrinking/a_last_leaf_between_blanks": widths(8, 4, 8),
  "growing-and-shrinking/updates_of_the_first_and_the_last_leaf": all(
    kinds("update", "remove", "add"),
    kinds("update"),
  ),
  "growing-and-shrinking/one_joins_and_one_leaves_for_a_while": all(widths(4), reused),

  "reused-leaves/a_message_of_the_old_occupant": all(reused, lateOfFormer),
  "reused-leaves/three_epochs_late": lateOfFormer,
  "reused-leaves/the_last_leaf_of_a_tree_that_shrank": all(lateOfFormer, widths(8, 4, 8)),
  "reused-leaves/the_same_client_comes_back": all(reused, lateOfFormer),
  "reused-leaves/after_an_external_join": all(reused, lateOfFormer, resync),
  "reused-leaves/two_occupants_in_a_row": all(reused, lateOfFormer),
  "reused-leaves/a_removed_member_hears_the_rest_of_its_epoch": (records, { steps }) => {
    const left = records.find(({ removed }) => removed.includes("bob"))?.step ?? steps.length;
    return steps.slice(left).some((each) => each.action === "unprotect" && each.actor === "bob");
  },

  "external-commits/proposals_of_the_removed_are_pending": all(
    some(
      ({ committer, accepted, kinds: said }) => committer === "alice" && !accepted && said.join() === "update,remove",
    ),
    some(({ committer, accepted, kinds: said }) => committer === "charlie" && !accepted && said.includes("add")),
    resync,
  ),
  "external-commits/proposals_about_the_removed_are_pending": all(
    some(({ committer, accepted, removed }) => committer === "diana" && !accepted && removed.includes("bob")),
    resync,
  ),
  "external-commits/the_loser_comes_from_outside": all(lost("bob"), lost("charlie"), resync),
  "external-commits/the_last_leaf_leaves_and_is_made_again": all(resync, reused),
  "external-commits/another_leaf_than_before": all(
    resync,
    some((each) => each.external && each.before.indexOf("diana") !== each.after.indexOf("diana")),
  ),
  "external-commits/two_members": all(resync, widths(2)),
  "external-commits/one_after_another": all(external, widths(1, 2, 4, 8)),
  "external-commits/several_keys_and_a_prior_leaf": some(
    (each) =>
      each.external && each.removed.length === 1 && each.kinds.filter((kind) => kind === "externalPSK").length === 3,
  ),
  "external-commits/next_to_unmerged_leaves": some(
    (each) => each.external && each.path?.unmergedOnCopath.includes("ivan") === true,
  ),
  "external-commits/some_handle_it_later": all(
    external,
    step((each) => each.action === "handleCommit"),
  ),

  "lost-races/the_loser_follows": lost("alice"),
  "lost-races/everybody_loses_but_one": all(lost("alice"), lost("charlie"), lost("frank")),
  "lost-races/the_winner_removes_the_loser": all(
    lost("charlie"),
    some(({ removed }) => removed.includes("charlie")),
  ),
  "lost-races/with_the_same_proposals": all(
    lost("alice"),
    lost("charlie"),
    some((each) => each.accepted && each.kinds.join() === "externalPSK,update"),
  ),
  "lost-races/an_update_of_the_loser": all(lost("alice"), kinds("update")),
  "lost-races/both_add_the_same_client": all(
    some(({ accepted, added }) => !accepted && added.includes("diana")),
    some(({ accepted, added }) => accepted && added.includes("diana")),
  ),
  "lost-races/a_joiner_waits_for_the_second_try": all(
    some(({ accepted, added }) => !accepted && added.includes("charlie")),
    step((each) => each.action === "joinGroup"),
  ),
  "lost-races/steps_apart": all(
    lost("diana"),
    step((each) => each.action === "joinGroup"),
  ),
  "lost-races/a_member_is_two_commits_behind": (_, { steps }) =>
    steps.filter((each) => each.action === "handleCommit" && each.actor === "charlie").length === 2,
  "lost-races/a_joiner_is_behind_at_once": (_, { steps }) => {
    const joined = steps.findIndex((each) => each.action === "joinGroup");
    return steps.findIndex((each) => each.action === "handleCommit" && each.actor === "charlie") > joined;
  },

  "pre-shared-keys/all_kinds_in_one_commit": some(
    ({ kinds: said, path }) => path === undefined && said.filter((kind) => kind === "resumptionPSK").length === 3,
  ),
  "pre-shared-keys/keys_alone_need_no_path": all(noPath("externalPSK"), noPath("resumptionPSK")),
  "pre-shared-keys/with_joiners": kinds("externalPSK", "add"),
  "pre-shared-keys/with_joiners_and_a_path": some(
    ({ kinds: said, path }) => path !== undefined && said.includes("add"),
  ),
  "pre-shared-keys/then_joined_from_outside": all(kinds("externalPSK", "add"), kinds("externalInit", "externalPSK")),
  "pre-shared-keys/of_epochs_that_only_those_who_stay_know": kinds("resumptionPSK", "remove"),
  "pre-shared-keys/in_trees_that_shrink": all(
    kinds("resumptionPSK", "externalPSK", "remove"),
    widths(8, 4),
    withoutRoot("diana"),
  ),

  "proposals/of_one_who_is_removed_with_them": some(
    ({ removed, added }) => removed.includes("bob") && added.includes("eliza"),
  ),
  "proposals/of_one_who_wants_to_leave": (records, { steps }) =>
    steps.some((each) => each.action === "removeProposal" && each.actor === each.removed) &&
    records.some(({ removed }) => removed.includes("bob")),
  "proposals/all_of_the_committer": kinds("remove", "externalPSK", "resumptionPSK", "groupContextExtensions"),
  "proposals/one_of_everything": kinds("update", "remove", "add", "groupContextExtensions"),
  "proposals/some_are_left_and_expire": (records, { steps }) => {
    const sent = steps.filter((each) => each.action === "removeProposal" || each.action === "updateProposal").length;
    return sent > records.reduce((count, each) => count + each.kinds.length, 0);
  },
  "proposals/updates_of_all_but_the_committer": some(({ kinds: said, path }) => {
    return said.length === 7 && path?.resolutions.join() === "1,2,4";
  }),

  "outside-proposals/an_external_sender_does_everything": all(
    kinds("add", "remove"),
    kinds("externalPSK", "resumptionPSK"),
    kinds("groupContextExtensions"),
  ),
  "outside-proposals/it_removes_the_first_half": withoutRoot("eliza"),
  "outside-proposals/newcomers_ask_to_be_added": all(
    some(({ added }) => added.length === 2),
    step((each) => each.action === "newMemberAddProposal"),
  ),
  "outside-proposals/together_with_members": kinds("update", "add", "remove"),

  "successors/reinit_by_three_with_an_external_tree": all(
    reinit(
      (each) => each.externalTree && each.forcePath && each.extensions.length > 0 && each.proposer !== each.committer,
    ),
    goesOnAfter("reinit"),
  ),
  "successors/reinit_with_extensions_and_an_external_tree": reinit(
    (each) => each.externalTree && each.extensions.length === 2,
  ),
  "successors/reinit_after_removals": all(
    withoutRoot("heidi"),
    reinit((each) => each.forcePath),
    goesOnAfter("reinit"),
  ),
  "successors/reinit_to_another_suite_and_joins_there": all(
    reinit((each) => each.changeCipherSuite && each.externalTree),
    goesOnAfter("reinit"),
  ),
  "successors/reinit_of_two": all(
    reinit((each) => each.members.length === 1),
    goesOnAfter("reinit"),
  ),
  "successors/reinit_while_the_tree_has_unmerged_leaves": all(
    noPath("add"),
    reinit((each) => each.welcomer === "ivan"),
  ),
  "successors/reinit_by_an_external_sender_after_a_lost_race": all(
    lost("alice"),
    reinit((each) => each.proposer === undefined && each.externalTree),
  ),
  "successors/branch_with_everything": all(
    branch((each) => each.externalTree && each.forcePath && each.extensions.length === 2),
    goesOnAfter("branch"),
  ),
  "successors/branch_of_a_part_and_the_rest_goes_on": all(
    branch((each) => each.members.length === 2),
    some(({ committer, removed }) => committer === "diana" && removed.length === 3),
  ),
  "successors/branch_after_removals": all(
    withoutRoot("grace"),
    branch((each) => each.forcePath),
    goesOnAfter("branch"),
  ),
  "successors/branch_of_a_branch": (_, { steps }) => steps.filter((each) => each.action === "branch").length === 3,
  "successors/branch_then_reinit_then_branch": all(
    reinit((each) => each.externalTree),
    branch((each) => each.externalTree && each.forcePath),
    external,
  ),
  "successors/branch_with_a_joiner_from_outside": all(
    branch((each) => each.actor === "charlie"),
    external,
  ),

  "large-groups/thirty_three": all(widths(64, 32, 64), size(34)),
  "large-groups/forty_without_their_left_half": all(size(40), withoutRoot("member33"), withRootAgain("member31")),
  "large-groups/forty_without_their_right_half": all(size(40), widths(64, 32, 64)),
  "large-groups/forty_with_unmerged_leaves_everywhere": all(
    some(({ path }) => (path?.unmergedOnCopath.length ?? 0) >= 9),
    external,
  ),
  "large-groups/sixty_five_that_fall_to_four": all(size(65), widths(1, 64, 128, 64)),

  "long-history/five_members_two_hundred_epochs": (records) => records.filter(({ accepted }) => accepted).length > 180,
};
