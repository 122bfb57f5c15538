import { calm } from './calm';

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, unknown>;

export function fill<T extends Element>(node: T, attributes: Attributes, children: Child[] = []): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') listen(node, name.slice(2), value as EventListener);
    else if (value || value === 0) node.setAttribute(name, value === true ? '' : (value as string));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** Events that a guard hands over in person, under this mark, before the page can take them (`guard.ts`). */
export const HANDED = '~';

/** Listens for an event, however it comes. What the listener throws stays here. */
export function listen(node: EventTarget, type: string, act: (event: Event) => unknown): void {
  const listener = calm(act);
  node.addEventListener(type, listener);
  node.addEventListener(HANDED + type, (event) => listener((event as CustomEvent<Event>).detail));
}

/** Builds an element. There is no innerHTML anywhere in the widget, so text can only ever be text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** A 24-unit line icon, decorative: its button carries the name. */
export function icon(path: string, size = 22): SVGElement {
  const make = (tag: string) => document.createElementNS('http://www.w3.org/2000/svg', tag);
  const attributes = { class: 'icon', viewBox: '0 0 24 24', width: size, height: size, 'aria-hidden': 'true' };
  return fill(make('svg') as SVGElement, attributes, [fill(make('path'), { d: path })]);
}

/** A constructed sheet, unlike a style element, is not subject to the host page's `style-src`. */
export function addStyles(root: ShadowRoot, css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/** Gives what adds some style to a place, once to each. */
export function stylesOnce(css: string): (root: ShadowRoot) => void {
  const styled = new WeakSet<ShadowRoot>();
  return (root) => {
    if (!styled.has(root)) addStyles(root, css);
    styled.add(root);
  };
}
