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

const pressed = (node: HTMLElement) => [...node.querySelectorAll<HTMLElement>('a,button,input')];
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
    let held = -1;
    if (!keep && old) {
      held = pressed(old.node).findIndex((one) => one.matches(':focus'));
      if (cursor === old.node) cursor = old.node.nextSibling;
      old.node.remove();
      // What has changed is no news.
      node.ariaLive = 'off';
    }
    if (node === cursor) cursor = cursor.nextSibling;
    else container.insertBefore(node, cursor);
    // The keyboard goes on where it was, if that is there still.
    if (held >= 0) pressed(node)[held]?.focus({ preventScroll: true });
    after.set(item.key, { signature: item.signature, node });
    before.delete(item.key);
  }
  for (const { node } of before.values()) node.remove();
  drawn.set(container, after);
}
