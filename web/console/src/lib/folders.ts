/** The folders that every desk has; all others are searches that the desk has kept. */
import type { FolderName, FolderRef, OwnFolder } from './api/types';
import { letters } from './text';

export const folderNames: readonly FolderName[] = ['mine', 'unassigned', 'open', 'deferred', 'done', 'to_approve'];

/** What folders were called in addresses before: whoever kept one comes to what it is now. */
export const formerNames: Record<string, FolderName> = { new: 'unassigned', everyone: 'open', closed: 'done' };

export const isOwnFolder = (folder: FolderRef): boolean => !folderNames.some((name) => name === folder);

const DEEPEST = 8;

/** Folders of the desk's own, each below the one that it stands under. */
export function nested(folders: OwnFolder[]): { folder: OwnFolder; depth: number }[] {
  const known = new Set(folders.map((folder) => folder.id));
  const under = (parent: string | null, depth: number): { folder: OwnFolder; depth: number }[] =>
    folders
      .filter((folder) => (folder.parent_id && known.has(folder.parent_id) ? folder.parent_id : null) === parent)
      .flatMap((folder) => [{ folder, depth }, ...(depth < DEEPEST ? under(folder.id, depth + 1) : [])]);
  return under(null, 0);
}

/** What a reader takes for one letter, be it an accented one or a picture. */

/** Two letters for a name, the likeliest first: its initials, then its first letter with another one of it. */
function marksFor(label: string): string[] {
  const words = (label.match(/[^\s\p{P}]+/gu) ?? [label.trim()]).map(letters).filter((word) => word.length > 0);
  const [first, ...rest] = words.flat();
  if (!first) return ['–'];
  const seconds = [...words.slice(1).map((word) => word[0]!), ...rest, ...'23456789'];
  return seconds.map((second) => first.toLocaleUpperCase() + second.toLocaleUpperCase());
}

/** Marks that stand for names where there is no room for them, each another one as far as two letters can do that. */
export function marks(labels: string[]): string[] {
  const taken = new Set<string>();
  return labels.map((label) => {
    const wanted = marksFor(label);
    const mark = wanted.find((one) => !taken.has(one)) ?? wanted[0]!;
    taken.add(mark);
    return mark;
  });
}
