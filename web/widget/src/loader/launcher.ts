import { h, icon } from '../shared/dom';

const CHAT = 'M4 7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-6l-4 4v-4a3 3 0 0 1-3-3zM8 9h8M8 12h5';

/** Draws the button under its name. What it shows beside its picture is the panel's to draw, once that is there. */
export function drawLauncher(root: ShadowRoot, name: string, onclick: () => void): HTMLButtonElement {
  const button = h(
    'button',
    {
      class: 'launcher',
      'data-testid': 'launcher',
      'aria-expanded': 'false',
      'aria-label': name,
      onclick,
    },
    icon(CHAT, 28),
  );
  root.append(h('div', { role: 'region', 'aria-label': name }, button));
  return button;
}
