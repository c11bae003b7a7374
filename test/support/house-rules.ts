/**
 * The house rules that a linter without types cannot see, or should not be the only one to see, as a walk over the
 * syntax tree of a TypeScript program. Knows nothing of which files there are: the caller hands a program in.
 */
import ts from "typescript";

export type HouseRule =
  | "number-truthiness"
  | "floating-promise"
  | "any"
  | "non-null"
  | "default-export"
  | "unfinished-mark"
  | "ambient-randomness"
  | "ambient-clock"
  | "long-function"
  | "many-parameters"
  | "long-file";

export interface Finding {
  readonly rule: HouseRule;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** What depends on the room a file is in. */
export interface FileTerms {
  readonly mayAssertNonNull: boolean;
  readonly mayReadClock: boolean;
}

interface Walk {
  readonly checker: ts.TypeChecker;
  readonly terms: FileTerms;
  readonly report: (rule: HouseRule, node: ts.Node) => void;
}

const maxFileLines = 300;
const maxFunctionLines = 60;
const maxParameters = 4;
const unfinishedMark = /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/g;
const numeric = ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike;

export function findings(program: ts.Program, file: ts.SourceFile, terms: FileTerms): Finding[] {
  const found = new Map<string, Finding>();
  const reportAt = (rule: HouseRule, position: number, text: string) => {
    const line = file.getLineAndCharacterOfPosition(position).line + 1;
    found.set(`${rule} ${position}`, { rule, file: file.fileName, line, text: text.split("\n", 1).join("") });
  };
  const report: Walk["report"] = (rule, node) => reportAt(rule, node.getStart(file), node.getText(file));
  const walk: Walk = { checker: program.getTypeChecker(), terms, report };

  for (const mark of file.text.matchAll(unfinishedMark)) reportAt("unfinished-mark", mark.index, mark[0]);
  const lines = file.text.replace(/\n$/, "").split("\n").length;
  if (lines > maxFileLines) reportAt("long-file", 0, `${lines} lines`);
  const visit = (node: ts.Node): void => {
    truthiness(node, walk);
    floating(node, walk);
    types(node, walk);
    ambient(node, walk);
    ceilings(node, walk, file);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.line - b.line);
}

/** Leaf 0, epoch 0n and generation 0 exist: a number is compared, never asked whether it is truthy. */
function truthiness(node: ts.Node, walk: Walk): void {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) asked(node.expression, walk);
  else if (ts.isForStatement(node) && node.condition !== undefined) asked(node.condition, walk);
  else if (ts.isConditionalExpression(node)) asked(node.condition, walk);
  else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    asked(node.operand, walk);
  else if (ts.isBinaryExpression(node) && shortCircuits(node.operatorToken.kind)) asked(node.left, walk);
  else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "Boolean")
    for (const argument of node.arguments) asked(argument, walk);
}

function asked(expression: ts.Expression, walk: Walk): void {
  const bare = ts.isParenthesizedExpression(expression) ? expression.expression : expression;
  if (ts.isParenthesizedExpression(bare)) asked(bare, walk);
  else if (ts.isBinaryExpression(bare) && isAndOr(bare.operatorToken.kind)) {
    asked(bare.left, walk);
    asked(bare.right, walk);
  } else if (hasNumber(walk.checker.getTypeAtLocation(bare), walk.checker)) walk.report("number-truthiness", bare);
}

function shortCircuits(kind: ts.SyntaxKind): boolean {
  const { AmpersandAmpersandEqualsToken, BarBarEqualsToken } = ts.SyntaxKind;
  return isAndOr(kind) || kind === AmpersandAmpersandEqualsToken || kind === BarBarEqualsToken;
}

function isAndOr(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;
}

function hasNumber(type: ts.Type, checker: ts.TypeChecker): boolean {
  const known = (type.flags & ts.TypeFlags.TypeParameter) === 0 ? type : checker.getBaseConstraintOfType(type);
  if (known === undefined) return false;
  if (known.isUnionOrIntersection()) return known.types.some((part) => hasNumber(part, checker));
  return (known.flags & numeric) !== 0;
}

/** A verification that nobody awaits has verified nothing. An explicit `void` says that this is meant. */
function floating(node: ts.Node, { checker, report }: Walk): void {
  if (!ts.isExpressionStatement(node) || ts.isVoidExpression(node.expression)) return;
  if (ts.isBinaryExpression(node.expression) && assigns(node.expression.operatorToken.kind)) return;
  const type = checker.getTypeAtLocation(node.expression);
  const parts = type.isUnion() ? type.types : [type];
  if (parts.some((part) => checker.getPropertyOfType(part, "then") !== undefined)) report("floating-promise", node);
}

function assigns(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function types(node: ts.Node, { terms, report }: Walk): void {
  if (node.kind === ts.SyntaxKind.AnyKeyword) report("any", node);
  const definite =
    (ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) && node.exclamationToken !== undefined;
  if ((definite || ts.isNonNullExpression(node)) && !terms.mayAssertNonNull) report("non-null", node);
  const named = ts.isExportSpecifier(node) && node.name.text === "default";
  if (named || ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) {
    if (!ts.isDefaultClause(node.parent)) report("default-export", node);
  }
}

/** Clock and randomness come in as arguments, else a seed replays nothing. */
function ambient(node: ts.Node, { terms, report }: Walk): void {
  if (ts.isPropertyAccessExpression(node)) {
    const path = `${node.expression.getText()}.${node.name.text}`;
    if (path === "Math.random") report("ambient-randomness", node);
    if ((path === "Date.now" || path === "performance.now") && !terms.mayReadClock) report("ambient-clock", node);
  }
  const makes = ts.isNewExpression(node) || ts.isCallExpression(node);
  const date = makes && ts.isIdentifier(node.expression) && node.expression.text === "Date";
  const isNow = ts.isCallExpression(node) || (makes && (node.arguments ?? []).length === 0);
  if (date && isNow && !terms.mayReadClock) report("ambient-clock", node);
}

function ceilings(node: ts.Node, { report }: Walk, file: ts.SourceFile): void {
  if (!ts.isFunctionLike(node)) return;
  const parameters = node.parameters.filter((parameter) => parameter.name.getText(file) !== "this");
  if (parameters.length > maxParameters) report("many-parameters", node);
  const body = "body" in node ? node.body : undefined;
  if (body === undefined) return;
  const [first, last] = [body.getStart(file), body.getEnd()].map((at) => file.getLineAndCharacterOfPosition(at).line);
  if (first !== undefined && last !== undefined && last - first - 1 > maxFunctionLines) report("long-function", node);
}
