/**
 * What has its comment elsewhere. A struct of the protocol is a type and a codec of one name, commented once, at the type:
 * this hands the comment on to the codec's page. Fields of such structs are the RFC's to explain, and members of a literal
 * the comment's of the type that it stands in. All else that lacks a comment is undocumented, and fails.
 */
import { Converter, ReflectionKind } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const codec of project.getReflectionsByKind(ReflectionKind.Variable)) {
      codec.comment ??= typeOf(codec)?.comment?.clone();
    }
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const properties = project.getReflectionsByKind(ReflectionKind.Property);
    const without = properties.filter((each) => !each.hasComment());
    const elsewhere = without.filter((each) => isField(each) || isInLiteral(each) || isNameOfError(each));
    const asked = elsewhere.filter((each) => each.parent?.parent?.kindOf(ReflectionKind.Parameter) !== true);
    const names = new Set(asked.map((each) => each.getFriendlyFullName()));
    app.options.setValue("intentionallyNotDocumented", [...names]);
  });
}

const typeOf = (codec) =>
  codec.parent?.children?.find((each) => each.name === codec.name && each.kind !== ReflectionKind.Variable);

const fileOf = (each) => each.project.getSymbolIdFromReflection(each)?.packagePath;
const isField = (each) => fileOf(each)?.startsWith("src/wire/") === true;
/** Members of a `Record` stand in no file. */
const isInLiteral = (each) => fileOf(each) === "" || each.parent?.kindOf(ReflectionKind.TypeLiteral) === true;
const isNameOfError = ({ name, overwrites }) => name === "name" && overwrites !== undefined;
