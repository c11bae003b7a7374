/**
 * A struct of the protocol is a type and a codec of one name, documented once, at the type. This hands the comment on to the
 * codec's page, so that what still lacks one is undocumented.
 */
import { Converter, ReflectionKind } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const codec of project.getReflectionsByKind(ReflectionKind.Variable)) {
      const namesakes = codec.parent?.children?.filter(({ name }) => name === codec.name) ?? [];
      const type = namesakes.find(({ kind }) => kind !== ReflectionKind.Variable);
      codec.comment ??= type?.comment?.clone();
    }
  });
}
