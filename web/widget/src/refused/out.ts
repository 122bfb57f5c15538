import type { Phase } from '../chat/core/controller';
import type { Words } from '../chat/i18n';
import { CLOCK, LOCK, RETRY } from '../chat/ui/icons';
import { h, icon } from '../shared/dom';

/** Draws why a visitor is out: their signature has run out, or was not taken. */
export const drawOut = (t: Words) => (phase: Phase): Element[] => {
  const expired = phase === 'expired';
  return [
    icon(expired ? CLOCK : LOCK, 40),
    h('p', { class: 'empty-title' }, t(expired ? 'hubbub.expired_title' : 'hubbub.refused_title')),
    h('p', {}, t(expired ? 'hubbub.expired_text' : 'hubbub.refused_text')),
    h(
      'button',
      { type: 'button', class: 'primary', onclick: () => location.reload() },
      icon(RETRY, 18),
      t('hubbub.refresh'),
    ),
  ];
};
