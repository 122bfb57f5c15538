/** The category tree and the rules of choosing from it. */
import type { Category, Id } from './api/types';

export interface Branch {
  category: Category;
  depth: number;
  /** The outermost ancestor, which carries the rules for everything under it. */
  root: Category;
  hasChildren: boolean;
}

/** Whether the same ones are chosen, in whichever order. */
export const isSame = (ids: readonly Id[], others: readonly Id[]): boolean =>
  ids.length === others.length && ids.every((id) => others.includes(id));

/** The tree as lines, children right under their parent. A parent that is missing counts as none. */
export function flatten(categories: readonly Category[]): Branch[] {
  const known = new Set(categories.map((category) => category.id));
  const children = new Map<Id | null, Category[]>();
  for (const category of categories) {
    const parent = category.parent_id && known.has(category.parent_id) ? category.parent_id : null;
    children.set(parent, [...(children.get(parent) ?? []), category]);
  }
  const lines: Branch[] = [];
  const visit = (parent: Id | null, depth: number, root: Category | null) => {
    const siblings = (children.get(parent) ?? []).toSorted((a, b) => a.name.localeCompare(b.name));
    for (const category of siblings) {
      const top = root ?? category;
      lines.push({ category, depth, root: top, hasChildren: children.has(category.id) });
      visit(category.id, depth + 1, top);
    }
  };
  visit(null, 0, null);
  return lines;
}

/** Categories that name no source fit everywhere. */
export function forSource(categories: readonly Category[], source: Id): Category[] {
  return categories.filter((category) => category.source_ids.length === 0 || category.source_ids.includes(source));
}

/** Chooses or drops one; under a root that allows a single choice, the new one takes the place of the old. */
export function toggle(chosen: readonly Id[], id: Id, branches: readonly Branch[]): Id[] {
  if (chosen.includes(id)) return chosen.filter((other) => other !== id);
  const picked = branches.find((branch) => branch.category.id === id);
  if (!picked || picked.root.multiple) return [...chosen, id];
  const rivals = new Set(
    branches.filter((branch) => branch.root.id === picked.root.id).map((branch) => branch.category.id),
  );
  return [...chosen.filter((other) => !rivals.has(other)), id];
}

/** The roots that demand a choice and have none. */
export function missing(chosen: readonly Id[], branches: readonly Branch[]): Category[] {
  const satisfied = new Set(
    branches.filter((branch) => chosen.includes(branch.category.id)).map((branch) => branch.root.id),
  );
  return branches
    .filter((branch) => branch.depth === 0 && branch.category.mandatory && !satisfied.has(branch.category.id))
    .map((branch) => branch.category);
}
