/**
 * Focus never falls to the page. What has it can go away under it: a button with the state that it was for, a dialog
 * with the button that opened it, a row with its conversation. Then the keys go on where that was: in the same part of
 * the page (`data-pane`), at its `data-home`.
 */

/** How long something that is disabled may come back, as a button does once its work is done. */
const PATIENCE = 2_000;

const shown = (element: Element) => element.getClientRects().length > 0 && !element.closest('[inert]');

function homeOf(pane: Element | null, last: HTMLElement): HTMLElement | null {
  // The row of the conversation that is open: the keys are for the conversation.
  const open = last.getAttribute('aria-current') === 'true' ? document.querySelector('[data-pane="thread"]') : null;
  for (const one of [open, pane]) {
    const within = one?.isConnected ? one.querySelector<HTMLElement>('[data-home]') : null;
    if (within && shown(within)) return within;
  }
  const other = [...document.querySelectorAll<HTMLElement>('[data-home]')].find(shown);
  return other ?? document.querySelector<HTMLElement>('main');
}

/** Watches until the returned function is called. */
export function keepFocus(): () => void {
  let last: HTMLElement | null = null;
  let pane: Element | null = null;
  let since = 0;
  let frame = 0;

  const remember = (event: FocusEvent) => {
    last = event.target as HTMLElement;
    since = 0;
    if (!last.closest('dialog')) pane = last.closest('[data-pane]');
  };
  /** Who presses on the page itself wants the focus off what has it. */
  const release = (event: PointerEvent) => {
    if (!(event.target as Element).closest?.('a, button, input, select, textarea, label, [tabindex], dialog')) last = null;
  };

  const check = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!last || (document.activeElement && document.activeElement !== document.body)) return;
    const usable = last.isConnected && shown(last);
    since ||= Date.now();
    if (usable && last.matches(':disabled') && Date.now() - since < PATIENCE) return look();
    const target = usable && !last.matches(':disabled') ? last : inDialog() ?? homeOf(pane, last);
    if (!target) return;
    if (target.tabIndex < 0 && !target.hasAttribute('tabindex')) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };
  /** The browser takes focus away from what is disabled or hidden with its next drawing. */
  const look = () => (frame ||= requestAnimationFrame(() => (frame = requestAnimationFrame(check))));

  const watch = new MutationObserver(() => {
    // What is gone does not come back; what is only disabled may.
    if (last && !last.isConnected) check();
    else look();
  });
  watch.observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['disabled', 'inert', 'hidden', 'class'],
  });
  document.addEventListener('focusin', remember);
  document.addEventListener('pointerdown', release, true);
  return () => {
    watch.disconnect();
    cancelAnimationFrame(frame);
    document.removeEventListener('focusin', remember);
    document.removeEventListener('pointerdown', release, true);
  };
}

/** A dialog keeps the keys while it is open. */
function inDialog(): HTMLElement | null {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  return dialog?.querySelector<HTMLElement>('input:enabled, textarea:enabled, select:enabled, button:enabled') ?? null;
}

/** Takes the focus as it comes to the screen: what somebody goes on with. */
export const focusFirst = (element: HTMLElement): void => element.focus();
