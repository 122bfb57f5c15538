import { h, icon } from '../../shared/dom';
import type { Phase } from '../core/controller';
import type { Words } from '../i18n';
import { ALERT, CLOCK, LOCK, RETRY } from './icons';

/** What the panel shows while, or because, there are no conversations to show. */
export function drawNotice(phase: Phase, t: Words, retry: () => void): HTMLElement {
  if (phase === 'starting') {
    const bars = [1, 2, 3, 4].map(() => h('span', { class: 'skeleton' }));
    return h(
      'div',
      { class: 'notice starting', role: 'status', 'data-testid': 'notice' },
      h('span', { class: 'sr' }, t('loading')),
      ...bars,
    );
  }
  const refresh = h(
    'button',
    { type: 'button', class: 'primary', onclick: () => location.reload() },
    icon(RETRY, 18),
    t('refresh'),
  );
  const again = h('button', { type: 'button', class: 'primary', onclick: retry }, icon(RETRY, 18), t('retry_now'));
  const [title, text, path, button] =
    phase === 'expired'
      ? ([t('expired_title'), t('expired_text'), CLOCK, refresh] as const)
      : phase === 'refused'
        ? ([t('refused_title'), t('refused_text'), LOCK, refresh] as const)
        : ([t('retry_title'), t('retry_text'), ALERT, again] as const);
  return h(
    'div',
    { class: 'notice', role: 'status', 'data-testid': 'notice', 'data-phase': phase },
    icon(path, 40),
    h('p', { class: 'empty-title' }, title),
    h('p', {}, text),
    button,
  );
}
