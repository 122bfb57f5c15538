import * as english from '../../messages/en.json';
import * as french from '../../messages/fr.json';
import { addStyles, h, icon } from '../shared/dom';
import type { Locale } from '../shared/types';
import css from './launcher.css?inline';

const CHAT =
  'M4 7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v6.5a3 3 0 0 1-3 3h-5.6l-4.3 3.7V16.5A3 3 0 0 1 4 13.5zM8.3 8.8h7.4M8.3 12h4.6';
const DOWN = 'M6 9.5l6 6 6-6';

export interface Launcher {
  focus(): void;
  busy(on: boolean): void;
  setUnread(count: number): void;
  setExpanded(open: boolean): void;
}

export function drawLauncher(root: ShadowRoot, locale: Locale, onclick: () => void): Launcher {
  // Each line is named on its own, so that the bundler leaves the panel's many lines out of the loader.
  const words =
    locale === 'fr' ? [french.region_label, french.launcher_unread] : [english.region_label, english.launcher_unread];
  const [name = '', unread = ''] = words;
  const badge = h('span', { class: 'badge', 'data-testid': 'unread-badge', 'aria-hidden': 'true', hidden: true });
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
    icon(DOWN, 28),
    badge,
  );
  addStyles(root, css);
  root.append(h('div', { role: 'region', 'aria-label': name }, button));
  return {
    focus: () => button.focus(),
    busy: (on) => button.setAttribute('aria-busy', `${on}`),
    setExpanded: (open) => button.setAttribute('aria-expanded', `${open}`),
    setUnread(count) {
      badge.hidden = !count;
      badge.textContent = count > 99 ? '99+' : `${count}`;
      button.setAttribute('aria-label', count ? unread.replace('{n}', `${count}`) : name);
    },
  };
}
