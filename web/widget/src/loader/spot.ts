import { calm, later } from '../shared/calm';
import { addStyles } from '../shared/dom';
import { guard } from '../shared/guard';
import { isLeft } from '../shared/place';
import type { Bridge } from '../shared/types';
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

/**
 * Makes the widget's element. It stands in the page's element with this id, or else beside the body, which sites
 * replace (Turbo and its like) and whose filters, transforms and zoom would move it, and in the top layer, above any
 * z-index. A modal dialog makes all inert that is not in it, so while there is one it stands in that.
 */
export function makeSpot(id: string | undefined, bridge: Bridge, hooks: SpotHooks): Spot {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let alive = false;

  const home = (): Element | null => {
    if (id != null) return document.getElementById(id);
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
      // An older browser has the z-index, and so has a site that wants something of its own above the chat.
      if (id == null && bridge.config.source.z_index == null) host.showPopover?.();
      hooks.placed();
    }
    watch(parent);
  });

  const look = () => {
    // A page that takes the element out as often as it comes is not held up by that.
    timer ??= later(settle, 50);
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
  host.setAttribute(id == null ? 'popover' : 'data-embedded', 'manual');
  paint(host, bridge);
  addStyles(root, css);
  guard(host, ['click'], ['mousedown', 'pointerdown', 'touchstart'], abort.signal);
  dialogs.observe(document, { attributeFilter: ['open'], subtree: true });
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

/**
 * Where the chat stands, and its colour: on each that a source can have, white can be read. Written by the CSSOM, so that
 * no policy of the page stands in the way.
 */
function paint(host: HTMLElement, bridge: Bridge): void {
  const { color, offset, z_index } = bridge.config.source;
  const set = (name: string, value: string) => host.style.setProperty(name, value, 'important');
  set('--brand', color);
  const { x, y } = offset!;
  const sides = [`${x}px`, `calc(${y}px + env(safe-area-inset-bottom))`, 'auto'];
  if (isLeft(bridge)) sides.reverse();
  set('--at', `auto ${sides.join(' ')}`);
  set('--z', (z_index ?? 2147483647) as never);
}
