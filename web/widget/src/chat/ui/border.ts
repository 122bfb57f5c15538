import { guard } from '../../shared/guard';

/** The widget listens for these itself. */
const WANTED = 'keydown input paste dragenter dragover dragleave drop'.split(' ');
/** Nobody in the widget does for these. What ends a press is the page's: it may have begun to drag something there. */
const TAKEN = 'keypress keyup beforeinput copy cut contextmenu selectstart focus focusin'.split(' ');
/** Whoever hears these at the window slows all turning down, so they only end at the border. */
const KEPT_IN = ['wheel', 'touchmove'];

/**
 * Keeps from the page what is typed, pasted, dropped and turned in the widget: its handlers would take it for theirs,
 * or look for a value that this element does not have. To those that hear of a key nevertheless the element says that
 * text is written in it, as shortcuts ask.
 */
export function drawBorder(host: Element, signal: AbortSignal): void {
  guard(host, WANTED, TAKEN, signal);
  for (const type of KEPT_IN) host.addEventListener(type, (event) => event.stopPropagation(), { passive: true });
  // Without a prototype: some pages have given theirs a `get`, which a description must not have beside a value.
  Object.defineProperty(host, 'isContentEditable', Object.assign(Object.create(null), { value: true }));
}
