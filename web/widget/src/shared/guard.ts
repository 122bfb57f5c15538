import { calm } from './calm';
import { HANDED } from './dom';

/** The widget listens for these itself: they are taken from the page first, and handed over. */
const WANTED = ['click', 'keydown'];

/**
 * Keeps events in the widget from the page, until the signal. Its dialogs would swallow a press here, its shortcuts
 * fire from what is typed. The window hears an event first, and of its listeners those that came first: the page's
 * own, if they stand there from before this, still see it. The browser does what an event stands for all the same.
 */
export function guard(host: Element, types: string[], signal: AbortSignal): void {
  const take = calm((event: Event) => {
    const path = event.composedPath();
    if (!path.includes(host)) return;
    event.stopImmediatePropagation();
    if (WANTED.includes(event.type)) {
      path[0]?.dispatchEvent(new CustomEvent(HANDED + event.type, { detail: event, bubbles: true }));
    }
  });
  for (const type of types) addEventListener(type, take, { capture: true, signal });
}
