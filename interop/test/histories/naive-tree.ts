/** A ratchet tree without keys, by the letter of §7: who sits where, which parents are blank, and who is unmerged below them. */

interface Parent {
  blank: boolean;
  readonly unmerged: Set<string>;
}

/** What a path of one member meets. */
export interface PathShape {
  readonly leaf: number;
  readonly width: number;
  /** Whether the root of more than one leaf is left out of the filtered direct path (§4.1.2). */
  readonly rootFiltered: boolean;
  /** How many nodes of the direct path are left out of the filtered one. */
  readonly filtered: number;
  /** Unmerged leaves, by name, that get a path secret of their own because a node on the copath doesn't reach them. */
  readonly unmergedOnCopath: readonly string[];
  /** How many keys a path secret is encrypted to, for each node of the filtered direct path. */
  readonly resolutions: readonly number[];
}

interface Branch {
  readonly parent: Parent;
  readonly left: Subtree;
  readonly right: Subtree;
}

type Subtree = { name: string | undefined } | Branch;

const isBranch = (node: Subtree): node is Branch => "parent" in node;

function blank(levels: number): Subtree {
  if (levels === 0) return { name: undefined };
  return { parent: { blank: true, unmerged: new Set() }, left: blank(levels - 1), right: blank(levels - 1) };
}

const leaves = (node: Subtree): { name: string | undefined }[] =>
  isBranch(node) ? [...leaves(node.left), ...leaves(node.right)] : [node];

/** The keys of a resolution (§4.1.1): a number for a parent, a name for a leaf. */
function resolution(node: Subtree): (Parent | string)[] {
  if (!isBranch(node)) return node.name === undefined ? [] : [node.name];
  if (node.parent.blank) return [...resolution(node.left), ...resolution(node.right)];
  return [node.parent, ...node.parent.unmerged];
}

export class NaiveTree {
  #root: Subtree;
  #levels = 0;

  constructor(creator: string) {
    this.#root = { name: creator };
  }

  copy(): NaiveTree {
    const copy = new NaiveTree("");
    copy.#root = structuredClone(this.#root);
    copy.#levels = this.#levels;
    return copy;
  }

  names(): string[] {
    return leaves(this.#root).flatMap(({ name }) => name ?? []);
  }

  width(): number {
    return 2 ** this.#levels;
  }

  leafOf(name: string): number {
    return leaves(this.#root).findIndex((leaf) => leaf.name === name);
  }

  /** Names from left to right, `undefined` for a blank leaf. */
  row(): (string | undefined)[] {
    return leaves(this.#root).map(({ name }) => name);
  }

  /** As §7.8 lists nodes: the name of a leaf, the unmerged leaves of a parent, `undefined` for a blank one. */
  nodes(): (string | readonly string[] | undefined)[] {
    return inOrder(this.#root);
  }

  add(name: string): void {
    if (this.names().length === this.width()) {
      const right = blank(this.#levels);
      this.#root = { parent: { blank: true, unmerged: new Set() }, left: this.#root, right };
      this.#levels += 1;
    }
    const at = this.row().indexOf(undefined);
    const leaf = leaves(this.#root)[at];
    if (leaf === undefined) throw new Error("no leaf is free");
    leaf.name = name;
    for (const { node } of this.#direct(at)) if (!node.parent.blank) node.parent.unmerged.add(name);
  }

  update(name: string): void {
    for (const { node } of this.#direct(this.leafOf(name))) blankOut(node.parent);
  }

  remove(name: string): void {
    this.update(name);
    const leaf = leaves(this.#root).find((each) => each.name === name);
    if (leaf !== undefined) leaf.name = undefined;
    while (isBranch(this.#root) && leaves(this.#root.right).every((each) => each.name === undefined)) {
      this.#root = this.#root.left;
      this.#levels -= 1;
    }
  }

  /** A new path of this member; who joins with the same commit gets no path secret by it. */
  path(name: string, joining: ReadonlySet<string>): PathShape {
    const leaf = this.leafOf(name);
    const direct = this.#direct(leaf);
    const kept = direct.filter(({ copath }) => resolution(copath).length > 0);
    const secrets = kept.map(({ copath }) =>
      resolution(copath).filter((key) => typeof key !== "string" || !joining.has(key)),
    );
    const unmerged = kept.flatMap(({ copath }) =>
      isBranch(copath) && !copath.parent.blank ? [...copath.parent.unmerged] : [],
    );
    const inner = kept.flatMap(({ copath }) => unmergedBelowBlank(copath));
    const shape = {
      leaf,
      width: this.width(),
      rootFiltered: direct.length > 0 && kept.at(-1)?.node !== direct.at(-1)?.node,
      filtered: direct.length - kept.length,
      unmergedOnCopath: [...unmerged, ...inner].filter((each) => !joining.has(each)),
      resolutions: secrets.map((each) => each.length),
    };
    for (const { node } of direct) blankOut(node.parent);
    for (const { node } of kept) node.parent.blank = false;
    return shape;
  }

  /** The direct path from the leaf's parent to the root, each node with its child on the copath. */
  #direct(leaf: number): { node: Branch; copath: Subtree }[] {
    const path: { node: Branch; copath: Subtree }[] = [];
    let node = this.#root;
    for (let [at, half] = [leaf, this.width() / 2]; isBranch(node); half /= 2) {
      const right = at >= half;
      path.unshift({ node, copath: right ? node.left : node.right });
      node = right ? node.right : node.left;
      if (right) at -= half;
    }
    return path;
  }
}

function unmergedBelowBlank(node: Subtree): string[] {
  if (!isBranch(node) || !node.parent.blank) return [];
  return [node.left, node.right].flatMap((child) =>
    isBranch(child) && !child.parent.blank ? [...child.parent.unmerged] : unmergedBelowBlank(child),
  );
}

function blankOut(parent: Parent): void {
  parent.blank = true;
  parent.unmerged.clear();
}

function inOrder(node: Subtree): (string | readonly string[] | undefined)[] {
  if (!isBranch(node)) return [node.name];
  const { blank, unmerged } = node.parent;
  return [...inOrder(node.left), blank ? undefined : [...unmerged].sort(), ...inOrder(node.right)];
}
