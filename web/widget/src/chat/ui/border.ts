import { guard } from '../../shared/guard';

/** Nobody in the widget listens for these, and page's dialogs pull the focus back on them. */
const TAKEN = 'keydown keypress keyup mouseup pointerup touchend focus focusin'.split(' ');
/** These are wanted inside, and end at the border. */
const KEPT_IN =
  'input beforeinput paste copy cut dragenter dragover dragleave drop wheel touchmove contextmenu selectstart'.split(' ');

/**
 * Keeps from the page what is typed, pasted, dropped and turned in the widget: its handlers would take it for theirs,
 * or look for a value that this element does not have. To those that hear of a key nevertheless the element says that
 * text is written in it, as shortcuts ask.
 */
export function drawBorder(host: Element, signal: AbortSignal): void {
  guard(host, TAKEN, signal);
  for (const type of KEPT_IN) host.addEventListener(type, (event) => event.stopPropagation(), { passive: true });
  // Without a prototype: some pages have given theirs a `get`, which a description must not have beside a value.
  Object.defineProperty(host, 'isContentEditable', Object.assign(Object.create(null), { value: true }));
}
