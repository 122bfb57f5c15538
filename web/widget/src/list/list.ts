import { h, icon } from '../shared/dom';
import type { Source, Thread } from '../shared/types';
import type { Controller } from '../chat/core/controller';
import { pack } from '../shared/json';
import { isLocal, type OutItem } from '../chat/core/outbox';
import { isolate, type Words } from '../chat/i18n';
import { lineOf, shortDate } from '../chat/rows';
import { avatar } from '../chat/ui/avatar';
import { CHAT, PEN } from '../chat/ui/icons';
import { reconcile } from '../chat/ui/reconcile';

export interface ListHooks {
  open(key: string): void;
  startNew(): unknown;
  hasRoom(): boolean;
}

/** The visitor's conversations, and the way to a new one. */
export class ThreadList {
  readonly element: HTMLElement;
  private readonly items = h('ul', { class: 'threads' });
  private readonly empty = h('div', { class: 'empty' });
  private readonly newButton: HTMLButtonElement;
  /** Stands in its place where there is no room for another one. */
  private readonly full = h('p', { class: 'full', 'data-testid': 'list-full' });
  private readonly heading = h('h3', { class: 'list-heading' });
  private readonly hero = h('div', { class: 'hero' });
  /** Grows with each other language, so that everything is drawn anew. */
  private turn = 0;

  constructor(
    private readonly source: Source,
    private readonly controller: Controller,
    private readonly t: Words,
    private readonly hooks: ListHooks,
  ) {
    const press = { type: 'button', class: 'primary', 'data-testid': 'new-conversation', onclick: () => hooks.startNew() };
    this.newButton = h('button', press);
    this.element = h(
      'section',
      { class: 'home' },
      this.hero,
      h('div', { class: 'home-scroll', tabindex: -1 }, this.heading, this.items, this.empty),
      h('div', { class: 'foot' }, this.full, this.newButton),
    );
    this.speak();
  }

  /** Takes up the language of now. */
  speak(): void {
    const { t, source } = this;
    this.hero.replaceChildren(
      avatar(source.name, source.avatar_url, 'large'),
      h('p', { class: 'hero-title' }, t('hubbub.list_title')),
      h('p', {}, t('hubbub.list_intro')),
    );
    this.heading.textContent = t('hubbub.list_heading');
    this.full.textContent = t('hubbub.full');
    this.newButton.replaceChildren(icon(PEN, 18), t('control_new_title'));
    const title = h('p', { class: 'empty-title' }, t('threads_listing_empty'));
    this.empty.replaceChildren(icon(CHAT, 40), title, h('p', {}, t('hubbub.list_empty_text')));
    this.turn++;
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
    this.full.hidden = this.hooks.hasRoom();
    this.newButton.hidden = !this.full.hidden;
    this.empty.hidden = threads.length + local.size > 0;
    this.heading.hidden = !this.empty.hidden;
    reconcile(this.items, [
      ...[...local].map(([key, item]) => ({
        key,
        signature: pack([item.body, this.turn]),
        make: () =>
          this.draw(key, this.t('hubbub.new_title'), this.mine(item.body), item.created_at, 0, false),
      })),
      ...threads.map((thread) => ({
        key: thread.id,
        signature: pack([thread, shortDate(thread.updated_at, new Date(), this.t), this.turn]),
        make: () => this.drawThread(thread),
      })),
    ]);
  }

  private mine(text: string): string {
    return this.t('you_colon') + isolate(text);
  }

  private drawThread(thread: Thread): HTMLElement {
    const last = thread.last_message;
    const mine = last?.from === 'visitor';
    const title = thread.title || (!mine && last?.sender_name) || this.source.name;
    const text = (last && lineOf(last)) || (last?.attachments.length ? this.t('hubbub.list_attachment') : '');
    const preview = mine ? this.mine(text) : text;
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
      h('span', { class: 'sr' }, t.count('hubbub.unread', unread)),
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
          unread ? badge : closed && h('span', { class: 'tag' }, t('hubbub.closed_badge')),
        ),
      ),
    );
  }
}
