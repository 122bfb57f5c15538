/** How a chat asks for an e-mail address. Only conversations in which it does fetch this. */

import en from '../../messages/email.en.json';
import type { ApiError } from '../chat/core/api';
import { h, stylesOnce } from '../shared/dom';
import type { EmailHost } from '../shared/types';
import css from './email.css?inline';

const style = stylesOnce(css);

window.__hubbubEmail = (host, place, given) => {
  const { bridge, t } = host;
  t.learn(en);
  style(bridge.root);
  place.replaceChildren(given ? thanks(host) : form(host, place));
};

/** What is written in it, by conversation, which is one person's: it may be drawn anew. */
const written = new Map<string, string>();

/** Of a live chat nobody is told by mail what they have missed: whom nobody has answered is written to. */
const isLive = ({ bridge }: EmailHost): boolean => bridge.config.source.mode === 'live_chat';

const thanks = (host: EmailHost) =>
  h(
    'p',
    { class: 'asked', role: 'status', 'data-testid': 'email-given' },
    host.t(isLive(host) ? 'hubbub.leave_email_thanks' : 'request_email.submitted_title'),
  );

/** Whether the focus is still where the address was written, or was left without a place as that went. */
function isHere({ bridge: { root } }: EmailHost, place: HTMLElement): boolean {
  const { activeElement: here } = root;
  if (here) return place.contains(here) || here.matches('.log,.title');
  return [null, document.body, root.host].includes(document.activeElement);
}

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
    oninput: () => written.set(host.thread(), input.value),
  });
  input.value = written.get(host.thread()) ?? '';
  const button = h('button', { type: 'submit', class: 'primary', 'data-testid': 'email-send' }, t('control_send_title'));
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
      const moves = isHere(host, place);
      // The other tabs hear of it by their sockets, as this one does; where there is none, it has been said already.
      place.replaceChildren(thanks(host));
      if (moves) host.focus();
      written.delete(host.thread());
      bridge.emit('email_given', { ...bridge.by, thread_id: host.thread() });
    } catch (error) {
      complain((error as ApiError).status === 422 ? 'incorrect_email' : 'send_error');
    }
    button.disabled = false;
  };
  return h(
    'form',
    { class: 'asked', novalidate: true, 'data-testid': 'email-form', onsubmit: send },
    h('p', {}, t(isLive(host) ? 'hubbub.leave_email' : 'request_email.title')),
    h('label', { for: 'ask-email' }, t('hubbub.email_label')),
    h('div', { class: 'ask-line' }, input, button),
    wrong,
  );
}
