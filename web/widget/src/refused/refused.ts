import en from '../../messages/refused.en.json';
import type { Key, Words } from '../chat/i18n';
import type { Bubble } from '../chat/rows';
import type { MessageActions } from '../chat/ui/message';
import { h } from '../shared/dom';

/** Draws it. */
export type DrawRefused = typeof drawRefused;

/** Why a message was refused: by the server's reason or code, whose own sentence is English and never shown. */
export function why(error: string | null): Key {
  const key = `hubbub.why_${error}`;
  return key in en ? (key as Key) : 'hubbub.why_other';
}

/** What stands below a message that was refused: why, and what can be done with it. */
export function drawRefused(row: Bubble, t: Words, actions: MessageActions): HTMLElement[] {
  const id = row.clientId ?? '';
  const choice = (key: Key, act: (id: string) => unknown) =>
    h('button', { type: 'button', class: 'text-button', onclick: () => act(id) }, t(key));
  const again =
    row.error === 'thread_closed' || row.error === 'text_input_disabled'
      ? choice('hubbub.move_to_new', actions.moveToNew)
      : choice('hubbub.retry', actions.retry);
  return [
    h('div', { class: 'meta', 'data-testid': 'why' }, t(why(row.error))),
    h('div', { class: 'choices' }, again, choice('hubbub.discard', actions.discard)),
  ];
}
