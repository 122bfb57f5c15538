export interface Item {
  key: string;
  /** Two items with the same key and signature look the same, so the element stays. */
  signature: string;
  make(): HTMLElement;
}

interface Drawn {
  signature: string;
  node: HTMLElement;
}

const drawn = new WeakMap<HTMLElement, Map<string, Drawn>>();

/**
 * Brings a container's children in line with `items` and touches nothing that has not changed: focus,
 * selection and loaded images survive, and a screen reader hears only what is new.
 */
export function reconcile(container: HTMLElement, items: Item[]): void {
  const before = drawn.get(container) ?? new Map<string, Drawn>();
  const after = new Map<string, Drawn>();
  let cursor: ChildNode | null = container.firstChild;
  for (const item of items) {
    const old = before.get(item.key);
    const keep = old?.signature === item.signature;
    const node = keep ? old.node : item.make();
    if (!keep && old) {
      if (cursor === old.node) cursor = old.node.nextSibling;
      old.node.remove();
    }
    if (node === cursor) cursor = cursor.nextSibling;
    else container.insertBefore(node, cursor);
    after.set(item.key, { signature: item.signature, node });
    before.delete(item.key);
  }
  for (const { node } of before.values()) node.remove();
  drawn.set(container, after);
}
