/** Who is mentioned in a comment: by name where it is written and read, and by id where it is kept (`@[id]`). Plain functions. */
import type { Id, Mention } from '../api/types';

/** What is kept of a text in which some were mentioned by name, and who of them still stands in it. */
export function keptOf(text: string, mentions: readonly Mention[]): { body: string; ids: Id[] } {
  const ids: Id[] = [];
  let body = text;
  // A name may be the beginning of a longer one.
  for (const { id, name } of mentions.toSorted((a, b) => b.name.length - a.name.length)) {
    body = body.split(`@${name}`).reduce((done, rest) => {
      if (/^[\p{L}\p{N}_]/u.test(rest)) return `${done}@${name}${rest}`;
      if (!ids.includes(id)) ids.push(id);
      return `${done}@[${id}]${rest}`;
    });
  }
  return { body, ids };
}

/** The parts of what was kept: texts, and names of those who are mentioned; null for somebody who is not known any more. */
export const partsOf = (body: string, mentions: readonly Mention[]): (string | { id: Id; name: string | null })[] =>
  body
    .split(/@\[([0-9a-f]{24})\]/)
    .map((part, at) => (at % 2 ? { id: part, name: mentions.find(({ id }) => id === part)?.name ?? null } : part));

/** What is typed of a name up to the caret, and where its @ stands; null where none is. */
export function typedAt(text: string, caret: number): { from: number; text: string } | null {
  const found = /(?:^|[\s([{,;:"'«“])@([^@\n]{0,40})$/u.exec(text.slice(0, caret));
  return found && { from: caret - found[1]!.length - 1, text: found[1]! };
}
