import * as english from '../../messages/en.json';
import * as french from '../../messages/fr.json';
import { h, icon } from '../shared/dom';
import type { Locale } from '../shared/types';

const CHAT =
  'M4 7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v6.5a3 3 0 0 1-3 3h-5.6l-4.3 3.7V16.5A3 3 0 0 1 4 13.5zM8.3 8.8h7.4M8.3 12h4.6';

/** Draws the button. What it shows beside its picture is the panel's to draw, once that is there. */
export function drawLauncher(root: ShadowRoot, locale: Locale, onclick: () => void): HTMLButtonElement {
  // Named on its own, so that the bundler leaves the panel's many lines out of the loader.
  const name = locale === 'fr' ? french.region_label : english.region_label;
  const button = h(
    'button',
    {
      class: 'launcher',
      'data-testid': 'launcher',
      'aria-haspopup': 'dialog',
      'aria-expanded': 'false',
      'aria-label': name,
      onclick,
    },
    icon(CHAT, 28),
  );
  root.appendChild(h('div', { role: 'region', 'aria-label': name }, button));
  return button;
}
