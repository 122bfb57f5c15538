import type { DrawMore } from '../../cards/main';
import type { DrawRefused } from '../../refused/refused';
import { h, icon } from '../../shared/dom';
import type { Choice } from '../../shared/types';
import { renderText } from '../core/text';
import type { Words } from '../i18n';
import { type Bubble, lineOf, timeLabel } from '../rows';
import { avatar } from './avatar';
import { ALERT, CHECK, CHECKS, CLOCK } from './icons';

export interface MessageActions {
  /** Draws structured messages, files and formatted texts, once that has come. */
  cards?: DrawMore;
  /** Draws what belongs to refused ones, once that has come. */
  refused?: DrawRefused;
  retry(clientId: string): unknown;
  discard(clientId: string): void;
  moveToNew(clientId: string): unknown;
  press(messageId: string, choice: Choice): unknown;
}

const STATE_ICONS = {
  sending: CLOCK,
  retrying: CLOCK,
  failed: ALERT,
  sent: CHECK,
  delivered: CHECKS,
  read: CHECKS,
};

export function drawBubble(row: Bubble, t: Words, actions: MessageActions): HTMLElement {
  const mine = row.from === 'visitor';
  const name = mine ? t('you') : row.name || t('hubbub.agent');
  // Until what draws it is there, a line stands for a structured message.
  const body = actions.cards ? row.body : lineOf({ body: row.body, structured_content: row.structured });
  const [pictures, files] = actions.cards?.attached(row.attachments, t) ?? [[], []];
  const kinds = ['row', mine ? 'mine' : 'theirs', row.first && 'first', row.last && 'last', row.state];
  const stack = h(
    'div',
    { class: 'stack' },
    h('span', { class: mine || !row.first ? 'sr' : 'who', dir: 'auto' }, name),
    ...pictures,
    (body || row.html) && h('div', { class: 'bubble', dir: 'auto' }, actions.cards?.html(row.html) ?? renderText(body)),
    ...files,
    actions.cards?.structured(row, (button) => actions.press(row.id ?? '', button)),
    (row.last || row.showState) && drawMeta(row, t),
    ...((row.state === 'failed' && actions.refused?.(row, t, actions)) || []),
  );
  const face = !mine && (row.last ? avatar(name, row.avatar) : h('span', { class: 'avatar small blank' }));
  return h(
    'div',
    {
      class: kinds.filter(Boolean).join(' '),
      'data-testid': 'message',
      'data-from': row.from,
      'data-state': row.state,
    },
    face,
    stack,
  );
}

function drawMeta(row: Bubble, t: Words): HTMLElement {
  const state = row.showState ? row.state : null;
  return h(
    'div',
    { class: 'meta' },
    row.last && h('time', { datetime: row.at }, timeLabel(row.at, new Date(), t)),
    state && h('span', { class: `state ${state}` }, icon(STATE_ICONS[state], 15), t(state === 'failed' ? 'send_message_error' : `hubbub.state_${state}`)),
  );
}
