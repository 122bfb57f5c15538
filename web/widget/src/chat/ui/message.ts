import type { DrawStructured } from '../../cards/structured';
import { h, icon } from '../../shared/dom';
import type { Attachment, Choice } from '../../shared/types';
import { fileSize } from '../../../../shared/size';
import { isImage } from '../core/files';
import { link, renderText, safeHref } from '../core/text';
import { why, type Key, type Words } from '../i18n';
import { type Bubble, timeLabel } from '../rows';
import { avatar } from './avatar';
import { ALERT, CHECK, CHECKS, CLOCK, FILE } from './icons';

export interface MessageActions {
  /** Draws structured messages, once that has come. */
  cards?: DrawStructured;
  retry(clientId: string): void;
  discard(clientId: string): void;
  moveToNew(clientId: string): void;
  press(messageId: string, choice: Choice): void;
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
  const name = mine ? t('you') : row.name || t('agent');
  const kinds = ['row', mine ? 'mine' : 'theirs', row.first && 'first', row.last && 'last', row.state];
  const stack = h(
    'div',
    { class: 'stack' },
    h('span', { class: mine || !row.first ? 'sr' : 'who', dir: 'auto' }, name),
    ...row.attachments.filter((a) => isImage(a.content_type)).map((a) => drawImage(a, t)),
    (row.body || row.html) && h('div', { class: 'bubble', dir: 'auto' }, renderText(row.body, row.html)),
    ...row.attachments.filter((a) => !isImage(a.content_type)).map((a) => drawFile(a, t)),
    actions.cards?.(row, (button) => actions.press(row.id ?? '', button)),
    (row.last || row.showState) && drawMeta(row, t),
    row.state === 'failed' && h('div', { class: 'meta', 'data-testid': 'why' }, t(why(row.error))),
    row.state === 'failed' && drawChoices(row, t, actions),
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
    row.last && h('time', { datetime: row.at }, timeLabel(row.at, t)),
    state && h('span', { class: `state ${state}` }, icon(STATE_ICONS[state], 15), t(`state_${state}` as Key)),
  );
}

function drawChoices(row: Bubble, t: Words, actions: MessageActions): HTMLElement {
  const id = row.clientId ?? '';
  const choice = (key: Key, act: (id: string) => void) =>
    h('button', { type: 'button', class: 'text-button', onclick: () => act(id) }, t(key));
  const again =
    row.error === 'thread_closed' || row.error === 'text_input_disabled'
      ? choice('move_to_new', actions.moveToNew)
      : choice('retry', actions.retry);
  return h('div', { class: 'choices' }, again, choice('discard', actions.discard));
}

function drawImage(file: Attachment, t: Words): HTMLElement {
  const href = safeHref(file.url);
  if (!href) return drawFile(file, t);
  const image = h('img', {
    src: href,
    alt: file.filename,
    loading: 'lazy',
    // A picture that cannot be painted is still a file that can be opened.
    onerror: () => anchor.replaceWith(drawFile(file, t)),
  });
  const anchor = link(href, image);
  anchor.className = 'image';
  anchor.setAttribute('aria-label', t('open_image', { name: file.filename }));
  return anchor;
}

function drawFile(file: Attachment, t: Words): HTMLElement {
  const label = h(
    'span',
    { class: 'file-text' },
    h('span', { class: 'file-name', dir: 'auto' }, file.filename),
    h('span', { class: 'file-size' }, fileSize(file.size, t.locale)),
  );
  const href = safeHref(file.url);
  const card = href ? link(href, icon(FILE), label) : h('span', {}, icon(FILE), label);
  card.className = 'file';
  return card;
}
