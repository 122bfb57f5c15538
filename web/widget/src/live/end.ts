import type { Words } from '../chat/i18n';
import { CHECK, QUIT } from '../chat/ui/icons';
import { calm, complain, later } from '../shared/calm';
import { h, icon } from '../shared/dom';

const PRINT = 'M7.5 9V4.5h9V9M7.5 16.5H5V10a1 1 0 0 1 1-1h12a1 1 0 0 1 1 1v6.5h-2.5M7.5 14h9v5.5h-9z';
const EYE =
  'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z';

export interface EndHooks {
  leave(): void;
  print(): void;
  again(): void;
}

/**
 * What is offered when a live chat has ended. `why` stands in the place of thanks where there is nothing to thank for, and
 * `more` under it.
 */
export function drawEnd(t: Words, why: string, more: HTMLElement | undefined, hooks: EndHooks): HTMLElement {
  const option = (id: string, path: string, label: string, act: () => void, kind = 'option') =>
    h('button', { type: 'button', class: kind, 'data-testid': id, onclick: act }, icon(path, 18), label);
  return h(
    'section',
    { class: 'notice end-frame', role: 'status', 'data-testid': 'end-frame' },
    !why && icon(CHECK, 40),
    h('p', { class: 'empty-title' }, why || t('end_frame.message_1')),
    more,
    h('p', {}, t('end_frame.message_2')),
    option('leave', QUIT, t('end_frame.option_leave_label'), hooks.leave, 'primary'),
    option('print', PRINT, t('end_frame.option_print_label'), hooks.print),
    option('see-again', EYE, t('end_frame.option_see_again_label'), hooks.again),
  );
}

/** Asks whether a live chat is to end. Escape is no. Where it cannot be ended, it says so, and can be asked again. */
export function drawQuestion(t: Words, yes: () => Promise<unknown>, no: () => void): HTMLElement {
  const wrong = h('p', { class: 'end-wrong', role: 'alert', 'data-testid': 'end-wrong' });
  let asked = false;
  const end = calm(async () => {
    if (asked) return;
    asked = true;
    wrong.textContent = '';
    try {
      await yes();
    } catch (error) {
      complain(error);
      wrong.textContent = t('prompt_error.send_error');
    }
    asked = false;
  });
  const button = (id: string, kind: string, label: string, act: () => void) =>
    h('button', { type: 'button', class: kind, 'data-testid': id, onclick: act }, label);
  return h(
    'div',
    {
      class: 'question',
      role: 'alertdialog',
      'aria-modal': 'true',
      'aria-labelledby': 'question',
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        // Whoever else hears this key sees the question still.
        later(no, 0);
      },
    },
    h('p', { id: 'question' }, t('end_frame.confirm')),
    wrong,
    button('end-yes', 'primary', t('hubbub.end_yes'), end),
    button('end-no', 'option', t('hubbub.end_no'), no),
  );
}
