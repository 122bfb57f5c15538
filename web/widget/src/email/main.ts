/** How a chat asks for an e-mail address. Only conversations in which it does fetch this. */

import en from '../../messages/email.en.json';
import fr from '../../messages/email.fr.json';
import type { ApiError } from '../chat/core/api';
import { h, stylesOnce } from '../shared/dom';
import type { EmailHost } from '../shared/types';
import css from './email.css?inline';

const style = stylesOnce(css);

window.__hubbubEmail = (host, place, given) => {
  const { bridge, t } = host;
  t.learn({ en, fr }[bridge.locale]);
  style(bridge.root);
  place.replaceChildren(given ? thanks(host) : form(host, place));
};

const thanks = ({ t }: EmailHost) => h('p', { class: 'asked', role: 'status', 'data-testid': 'email-given' }, t('request_email.submitted_title'));

function form(host: EmailHost, place: HTMLElement): HTMLElement {
  const { bridge, controller, t } = host;
  const input = h('input', {
    type: 'email',
    id: 'ask-email',
    autocomplete: 'email',
    inputmode: 'email',
    dir: 'ltr',
    maxlength: 254,
    'aria-describedby': 'ask-wrong',
    'data-testid': 'email-input',
  });
  const button = h('button', { type: 'submit', class: 'primary', 'data-testid': 'email-send' }, t('request_email.send'));
  const wrong = h('p', { id: 'ask-wrong', class: 'wrong', role: 'alert', 'data-testid': 'email-wrong' });
  const complain = (key: 'incorrect_email' | 'required' | 'send_error') => {
    wrong.textContent = t(`prompt_error.${key}`);
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  };
  const send = async (event: Event) => {
    event.preventDefault();
    if (button.disabled) return;
    const email = input.value.trim();
    if (!email) return complain('required');
    button.disabled = true;
    try {
      await controller.api.email(host.thread(), email);
      // The other tabs hear of it by their sockets, as this one does; where there is none, it has been said already.
      place.replaceChildren(thanks(host));
      bridge.emit('email_given');
    } catch (error) {
      complain((error as ApiError).status === 422 ? 'incorrect_email' : 'send_error');
    }
    button.disabled = false;
  };
  return h(
    'form',
    { class: 'asked', novalidate: true, 'data-testid': 'email-form', onsubmit: send },
    h('p', {}, t('request_email.title')),
    h('label', { for: 'ask-email' }, t('request_email.label')),
    h('div', { class: 'ask-line' }, input, button),
    wrong,
  );
}
