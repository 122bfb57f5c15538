import { calm } from '../../shared/calm';
import { h, icon } from '../../shared/dom';
import type { Bridge } from '../../shared/types';
import type { Phase } from '../core/controller';
import type { Words } from '../i18n';
import { ALERT, RETRY } from './icons';

/** What the panel shows while, or because, there are no conversations to show. */
export function drawNotice(phase: Phase, bridge: Bridge, t: Words, retry: () => void): HTMLElement {
  if (phase === 'starting') {
    const bars = [1, 2, 3, 4].map(() => h('span', { class: 'skeleton' }));
    return h(
      'div',
      { class: 'notice starting', role: 'status', 'data-testid': 'notice' },
      h('span', { class: 'sr' }, t('hubbub.loading')),
      ...bars,
    );
  }
  const view = h('div', { class: 'notice', role: 'status', 'data-testid': 'notice', 'data-phase': phase });
  // There is no server to ask for more than this.
  if (phase === 'retry') {
    view.append(
      icon(ALERT, 40),
      h('p', { class: 'empty-title' }, t('hubbub.retry_title')),
      h('p', {}, t('hubbub.retry_text')),
      h('button', { type: 'button', class: 'primary', onclick: retry }, icon(RETRY, 18), t('hubbub.retry_now')),
    );
  } else {
    const draw = calm(async () => {
      const make = await bridge.script('refused', () => window.__hubbubRefused);
      view.append(...make(bridge.root, t).out(phase));
    });
    draw();
  }
  return view;
}
