import { calm, later } from '../shared/calm';
import { paint } from '../shared/color';
import { addStyles } from '../shared/dom';
import { guard } from '../shared/guard';
import css from './loader.css?inline';

/** The widget's place on the page. */
export interface Spot {
  root: ShadowRoot;
  /** Puts the element where it belongs, and keeps it there. */
  settle(): void;
  remove(): void;
}

export interface SpotHooks {
  /** The element has come to its place, for the first time or again. */
  placed(): void;
  /** The element is of no use any more. */
  broken(): void;
}

/** A page that takes the element out as often as it comes is not held up by that. */
const PAUSE = 50;

/**
 * Makes the widget's element. It stands in the page's element with this id, or else beside the body, which sites
 * replace (Turbo and its like) and whose filters, transforms and zoom would move it, and in the top layer, above any
 * z-index. A modal dialog makes all inert that is not in it, so while there is one it stands in that.
 */
export function makeSpot(id: string | undefined, color: string | null, hooks: SpotHooks): Spot {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let alive = false;

  const home = (): Element | null => {
    if (id !== undefined) return document.getElementById(id);
    // In brackets that forgive a browser that does not know the word.
    return [...document.querySelectorAll(':is(dialog:modal)')].pop() ?? document.documentElement;
  };

  const settle = calm((): void => {
    timer = undefined;
    const parent = home();
    if (parent && host.parentNode !== parent) {
      // Whoever writes the document anew (`document.write`) takes the listeners of all that was in it.
      alive = false;
      host.dispatchEvent(new Event('alive'));
      if (!alive) return hooks.broken();
      parent.appendChild(host);
      // An older browser has the z-index.
      if (id === undefined) host.showPopover?.();
      hooks.placed();
    }
    watch(parent);
  });

  const look = () => {
    timer ??= later(settle, PAUSE);
  };
  const nodes = new MutationObserver(look);
  const dialogs = new MutationObserver(look);

  /** Whatever takes the element away is a change to the children of one of these. */
  function watch(parent: Node | null): void {
    nodes.disconnect();
    if (!parent) nodes.observe(document, { childList: true, subtree: true });
    for (let node = parent; node; node = node.parentNode) nodes.observe(node, { childList: true });
  }

  host.addEventListener('alive', () => (alive = true));
  host.setAttribute(id === undefined ? 'popover' : 'data-embedded', 'manual');
  paint(host, color);
  addStyles(root, css);
  guard(host, ['click'], ['mousedown', 'pointerdown', 'touchstart'], abort.signal);
  dialogs.observe(document, { attributes: true, attributeFilter: ['open'], subtree: true });
  return {
    root,
    settle,
    remove() {
      clearTimeout(timer);
      nodes.disconnect();
      dialogs.disconnect();
      abort.abort();
      host.remove();
    },
  };
}
