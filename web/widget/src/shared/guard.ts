import { calm } from './calm';
import { HANDED } from './dom';

/**
 * Keeps events in the widget from the page, until the signal. Its dialogs would swallow a press here, its shortcuts
 * fire from what is typed. The window hears an event first, and of its listeners those that came first: the page's
 * own, if they stand there from before this, still see it. What is wanted is handed to the widget's own listeners; the
 * browser does what an event stands for all the same.
 */
export function guard(host: Element, wanted: string[], taken: string[], signal: AbortSignal): void {
  const take = calm((event: Event) => {
    const path = event.composedPath();
    if (!path.includes(host)) return;
    event.stopImmediatePropagation();
    if (wanted.includes(event.type)) {
      path[0]?.dispatchEvent(new CustomEvent(HANDED + event.type, { detail: event, bubbles: true }));
    }
  });
  for (const type of [...wanted, ...taken]) addEventListener(type, take, { capture: true, signal });
}
