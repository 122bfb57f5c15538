/** What a visitor agrees to before they write. Only chats that ask for it fetch this. */
import en from '../../messages/consent.en.json';
import { link, safeHref } from '../chat/core/text';
import { h, stylesOnce } from '../shared/dom';
import type { ConsentHost } from '../shared/types';
import css from './consent.css?inline';

const style = stylesOnce(css);
let made = 0;

window.__hubbubConsent = ({ bridge, t }: ConsentHost, place) => {
  t.learn(en);
  style(bridge.root);
  const id = `consent-${++made}`;
  const wrong = h('p', { id: `${id}-wrong`, class: 'wrong', role: 'alert', 'data-testid': 'consent-wrong' });
  const box = h('input', {
    type: 'checkbox',
    id,
    'aria-describedby': wrong.id,
    'data-testid': 'consent-box',
    onchange: () => complain(false),
  });
  const complain = (on: boolean) => {
    wrong.textContent = on ? t('hubbub.consent_needed') : '';
    box.setAttribute('aria-invalid', `${on}`);
  };
  const words = h('label', { for: id, dir: 'auto' });
  const more = h('span');
  place.append(h('div', { class: 'consent', 'data-testid': 'consent' }, box, h('div', {}, words, ' ', more), wrong));
  const speak = () => {
    const href = safeHref(bridge.config.source.consent?.link ?? null);
    words.textContent = t('hubbub.consent_text');
    more.replaceChildren(...(href ? [link(href, t('hubbub.consent_link'))] : []));
    if (wrong.textContent) complain(true);
  };
  speak();
  return {
    speak,
    given() {
      if (!box.checked) {
        complain(true);
        box.focus();
      }
      return box.checked;
    },
    anew() {
      box.checked = false;
      speak();
    },
  };
};
