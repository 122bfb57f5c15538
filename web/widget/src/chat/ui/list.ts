import { h, icon } from '../../shared/dom';
import type { Source, Thread } from '../../shared/types';
import type { Controller } from '../core/controller';
import { pack } from '../../shared/json';
import { isLocal, type OutItem } from '../core/outbox';
import type { Words } from '../i18n';
import { lineOf, shortDate } from '../rows';
import { avatar } from './avatar';
import { CHAT, PEN } from './icons';
import { reconcile } from './reconcile';

export interface ListHooks {
  open(key: string): void;
  startNew(): unknown;
}

/** The visitor's conversations, and the way to a new one. */
export class ThreadList {
  readonly element: HTMLElement;
  private readonly items = h('ul', { class: 'threads' });
  private readonly empty: HTMLElement;
  private readonly newButton: HTMLButtonElement;
  private readonly heading: HTMLElement;

  constructor(
    private readonly source: Source,
    private readonly controller: Controller,
    private readonly t: Words,
    private readonly hooks: ListHooks,
  ) {
    this.empty = h(
      'div',
      { class: 'empty' },
      icon(CHAT, 40),
      h('p', { class: 'empty-title' }, t('list_empty_title')),
      h('p', {}, t('list_empty_text')),
    );
    this.newButton = h(
      'button',
      { type: 'button', class: 'primary', 'data-testid': 'new-conversation', onclick: () => hooks.startNew() },
      icon(PEN, 18),
      t('new_conversation'),
    );
    this.heading = h('h3', { class: 'list-heading' }, t('list_heading'));
    this.element = h(
      'section',
      { class: 'home' },
      h(
        'div',
        { class: 'hero' },
        avatar(source.name, source.avatar_url, 'large'),
        h('p', { class: 'hero-title' }, t('list_title')),
        h('p', {}, t('list_intro')),
      ),
      h('div', { class: 'home-scroll', tabindex: -1 }, this.heading, this.items, this.empty),
      h('div', { class: 'foot' }, this.newButton),
    );
  }

  focus(key?: string): void {
    const item = key && this.items.querySelector<HTMLElement>(`[data-thread="${CSS.escape(key)}"]`);
    (item || this.newButton).focus({ preventScroll: !item });
  }

  update(): void {
    const { store, outbox } = this.controller;
    const threads = store.threads();
    const local = new Map<string, OutItem>();
    for (const item of outbox.items) if (isLocal(item.thread)) local.set(item.thread, item);
    this.empty.hidden = threads.length + local.size > 0;
    this.heading.hidden = !this.empty.hidden;
    reconcile(this.items, [
      ...[...local].map(([key, item]) => ({
        key,
        signature: item.body,
        make: () =>
          this.draw(key, this.t('new_title'), this.t('you_prefix', { text: item.body }), item.created_at, 0, false),
      })),
      ...threads.map((thread) => ({
        key: thread.id,
        signature: pack([thread, new Date().toDateString()]),
        make: () => this.drawThread(thread),
      })),
    ]);
  }

  private drawThread(thread: Thread): HTMLElement {
    const last = thread.last_message;
    const mine = last?.from === 'visitor';
    const title = thread.title || (!mine && last?.sender_name) || this.source.name;
    const text = (last && lineOf(last)) || (last?.attachments.length ? this.t('list_attachment') : '');
    const preview = mine ? this.t('you_prefix', { text }) : text;
    const agent = last?.from === 'agent' && last.sender_name;
    const face = agent ? avatar(agent, last.avatar_url) : avatar(this.source.name, this.source.avatar_url);
    return this.draw(thread.id, title, preview, thread.updated_at, thread.unread, thread.closed, face);
  }

  private draw(
    key: string,
    title: string,
    preview: string,
    at: string,
    unread: number,
    closed: boolean,
    face = avatar(this.source.name, this.source.avatar_url),
  ): HTMLElement {
    const { t } = this;
    const badge = h(
      'span',
      { class: 'count' },
      h('span', { 'aria-hidden': 'true' }, String(unread)),
      h('span', { class: 'sr' }, t.count('unread', unread)),
    );
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: unread ? 'thread unread' : 'thread',
          'data-testid': 'thread-item',
          'data-thread': key,
          onclick: () => this.hooks.open(key),
        },
        face,
        h(
          'span',
          { class: 'thread-text' },
          h('span', { class: 'thread-title', dir: 'auto' }, title),
          h('span', { class: 'thread-preview', dir: 'auto' }, preview),
        ),
        h(
          'span',
          { class: 'thread-side' },
          h('time', { datetime: at }, shortDate(at, new Date(), t)),
          unread ? badge : closed && h('span', { class: 'tag' }, t('closed_badge')),
        ),
      ),
    );
  }
}
