import { calm, later } from '../../shared/calm';
import { h, icon, listen } from '../../shared/dom';
import type { Attachment, Bridge, Consent } from '../../shared/types';
import type { Controller } from '../core/controller';
import { uuid } from '../core/id';
import { pack } from '../../shared/json';
import type { Keep } from '../../shared/keep';
import { isLocal, type OutItem } from '../core/outbox';
import { TypingSignal } from '../core/typing';
import type { Words } from '../i18n';
import { type Ask, type Row, rows } from '../rows';
import { avatar } from './avatar';
import { Composer } from './composer';
import { DOWN, LOCK, PEN } from './icons';
import { drawBubble, type MessageActions } from './message';
import { reconcile } from './reconcile';

/** How near to the end counts as reading the end. */
const NEAR = 48;

export interface ConversationHooks {
  startNew(): string;
  /** Whether another conversation may begin. */
  hasRoom(): boolean;
}

/** One conversation: its log and the box to write in. It stays alive when another view covers it. */
export class Conversation {
  readonly element: HTMLElement;
  private readonly log: HTMLElement;
  private readonly list = h('div', { class: 'messages' });
  private readonly hint = h('div', { class: 'empty', hidden: true });
  private readonly zone = h('div', { class: 'drop', hidden: true });
  private readonly older: HTMLButtonElement;
  private readonly newest: HTMLButtonElement;
  private readonly typingRow = h('div', { class: 'typing', hidden: true, 'data-testid': 'typing' });
  private readonly foot = h('div', { class: 'foot' });
  /** What they must agree to before they write stands here. */
  private readonly terms = h('div', { hidden: true });
  private consent: Consent | undefined;
  private readonly composer: Composer;
  private readonly signal: TypingSignal;
  private readonly actions: MessageActions;
  private readonly observer: ResizeObserver;
  private pinned = true;
  private top = 0;
  private lastKey = '';
  /** What stands at its foot, and whether another conversation is offered there. */
  private footKind = '';
  private typist: string | undefined;
  /** Grows with each other language, so that what is said in words of the chat's is drawn anew. */
  private turn = 0;

  constructor(
    public key: string,
    private readonly bridge: Bridge,
    private readonly controller: Controller,
    private readonly keep: Keep,
    private readonly t: Words,
    private readonly hooks: ConversationHooks,
  ) {
    this.older = h('button', { type: 'button', class: 'pill older', hidden: true, onclick: () => void this.loadOlder() });
    this.newest = h('button', { type: 'button', class: 'pill newest', hidden: true, onclick: () => this.toEnd() });
    this.log = h(
      'div',
      {
        class: 'log',
        role: 'log',
        'aria-live': 'off',
        'aria-relevant': 'additions',
        tabindex: 0,
        onscroll: () => this.scrolled(),
      },
      this.older,
      this.list,
      this.hint,
      this.typingRow,
    );
    this.signal = new TypingSignal((on, preview) => controller.typing(this.key, on, preview));
    this.composer = new Composer(controller.api, bridge, t, {
      send: (body, attachments) => this.send(body, attachments),
      text: (text) => this.typed(text),
      blur: () => this.signal.stop(),
      may: () => this.may(),
    });
    this.actions = {
      retry: (id) => this.may() && controller.outbox.retry(id),
      discard: (id) => controller.outbox.drop(id),
      moveToNew: (id) => this.may() && this.moveToNew(id),
      press: (message_id, { title, payload }) => this.may() && this.send(title, [], { message_id, payload }),
    };
    this.element = h('section', { class: 'conversation' }, this.log, this.newest, this.terms, this.foot, this.zone);
    this.takeFiles();
    this.observer = new ResizeObserver(calm(() => this.pinned && this.jump()));
    this.observer.observe(this.log);
    this.observer.observe(this.list);
    this.composer.text = keep.get(this.draftKey) ?? '';
    this.speak();
  }

  /** Takes up the language of now; what is written and where one stands stays. */
  speak(): void {
    const { t } = this;
    const { name, avatar_url, mode } = this.bridge.config.source;
    const hint = h('p', {}, t(mode === 'live_chat' ? 'hubbub.live_empty_text' : 'hubbub.list_empty_text'));
    this.hint.replaceChildren(avatar(name, avatar_url, 'large'), hint);
    this.newest.replaceChildren(icon(DOWN, 16), t('hubbub.newest'));
    this.zone.textContent = t('attachment_frame.drop_text');
    this.log.ariaLabel = t('hubbub.log_label');
    this.composer.speak();
    this.consent?.speak();
    this.footKind = '';
    this.typist = undefined;
    this.turn++;
  }

  /** It is one of the server's now. What is written stays with it. */
  become(key: string): void {
    const { keep, draftKey } = this;
    const text = keep.get(draftKey);
    this.key = key;
    if (!text || text !== this.composer.text) return;
    keep.remove(draftKey);
    keep.set(this.draftKey, text);
  }

  private get draftKey(): string {
    return `draft:${isLocal(this.key) ? 'new' : this.key}`;
  }

  /** Called each time the view comes to the front. */
  shown(): void {
    void this.controller.openThread(this.key);
    this.composer.resize();
    // What is taken out of the page, or covered, forgets how far it was turned.
    if (this.pinned) this.jump();
    else this.log.scrollTop = this.top;
  }

  /** Puts a text of the page's where the visitor writes, unless they have begun to. */
  prefill(text: string): void {
    if (this.composer.text) return;
    this.composer.text = text;
    this.typed(text);
  }

  /** The conversation is no longer to be seen. */
  end(): void {
    this.signal.stop();
    this.observer.disconnect();
  }

  focus(): void {
    if (this.composer.element.isConnected) this.composer.focus();
    else this.log.focus({ preventScroll: true });
  }

  update(visible: boolean): void {
    const { controller, key } = this;
    const ready = isLocal(key) || controller.store.loaded(key);
    const drawn = this.rows();
    for (const part of drawn.flatMap(needs)) void this.bring(part);
    const wasLast = this.lastKey;
    this.lastKey = drawn.at(-1)?.key ?? '';
    const more = controller.store.more(key);
    this.hint.hidden = !ready || drawn.length > 0;
    this.older.hidden = !more && ready;
    const older = this.t(!ready ? 'hubbub.loading' : controller.isLoading(key) ? 'hubbub.older_loading' : 'hubbub.older');
    // What is put in again is read out again.
    if (this.older.textContent !== older) this.older.textContent = older;
    const fromEnd = this.log.scrollHeight - this.log.scrollTop;
    const prepended = this.list.childElementCount > 0 && this.lastKey === wasLast;
    this.quietly(!ready || !wasLast || prepended);
    const held = this.list.matches(':focus-within');
    reconcile(
      this.list,
      drawn.map((row) => this.item(row)),
    );
    // A choice that was made is gone, and so is what else was pressed.
    if (held && !this.list.matches(':focus-within')) this.log.focus({ preventScroll: true });
    if (prepended && !this.pinned) this.log.scrollTop = this.log.scrollHeight - fromEnd;
    this.updateTyping();
    this.updateFoot();
    if (this.pinned) this.jump();
    else if (wasLast && this.lastKey !== wasLast) this.arrived(drawn.at(-1));
    if (visible && ready && this.pinned) controller.saw(key);
  }

  /** What draws a part of few messages comes with the first of them. */
  private readonly bring = calm(async (part: Part): Promise<void> => {
    const { bridge, actions, t } = this;
    if (actions[part]) return;
    const make = await bridge.script(part, () => PARTS[part]());
    if (actions[part]) return;
    Object.assign(actions, { [part]: make(bridge.root, t, bridge.trust) });
    this.update(!document.hidden);
  });

  /** Asks the visitor to agree, as long as they have not; what asks comes when it is needed. */
  private readonly ask = calm(async (asks: boolean): Promise<void> => {
    const { bridge, t, terms } = this;
    if (asks && terms.hidden) this.consent?.anew();
    terms.hidden = !asks;
    if (!asks || this.consent) return;
    const make = await bridge.script('consent', () => window.__hubbubConsent);
    this.consent ??= make({ bridge, t }, terms);
  });

  /** Whether they may write: they have agreed, or do so by writing with the box ticked. */
  private may(): boolean {
    const { controller, consent } = this;
    if (controller.unagreed && consent?.given()) controller.agree();
    return !controller.unagreed;
  }

  private rows(): Row[] {
    const { controller, key } = this;
    const { name, avatar_url } = this.bridge.config.source;
    controller.greet(key);
    return rows(
      {
        messages: controller.store.messages(key),
        notices: controller.store.notices(key),
        pending: controller.outbox.items.filter((item) => item.thread === key),
        added: controller.addedRows(key),
        struggling: controller.outbox.struggling,
        company: { name, avatar: avatar_url },
        cause: controller.store.thread(key)?.close_cause,
        now: new Date(),
      },
      this.t,
    );
  }

  private item(row: Row) {
    return {
      key: row.key,
      signature: pack([row, needs(row).map((part) => !!this.actions[part]), this.turn]),
      make: () =>
        row.kind === 'ask'
          ? this.drawAsk(row)
          : row.kind !== 'message'
          ? h('div', { class: `day ${row.kind}`, 'data-testid': row.kind }, h('span', { dir: 'auto' }, row.label))
          : drawBubble(row, this.t, this.actions),
    };
  }

  /** What asks for an e-mail address comes when it is needed. */
  private drawAsk({ given }: Ask): HTMLElement {
    const { bridge, controller, t } = this;
    const place = h('div', { 'data-testid': 'ask' });
    const draw = calm(async () => {
      const make = await bridge.script('email', () => window.__hubbubEmail);
      make({ bridge, controller, t, thread: () => this.key, focus: () => this.focus() }, place, given);
    });
    draw();
    return place;
  }

  /** History is not news: only what arrives at the end is read out. */
  private quietly(quiet: boolean): void {
    this.log.setAttribute('aria-live', quiet ? 'off' : 'polite');
    if (quiet) later(() => this.log.setAttribute('aria-live', 'polite'), 400);
  }

  private updateTyping(): void {
    const typist = this.controller.store.typing(this.key);
    // Who goes on says so now and then, and moves nothing.
    const now = typist && `${typist.name} ${typist.avatar_url}`;
    if (now === this.typist) return;
    this.typist = now;
    this.typingRow.hidden = !typist;
    if (!typist) return;
    const { name, avatar_url = null } = typist;
    const text = name ? this.t('typing', { screenname: name }) : this.t('hubbub.typing_anonymous');
    const dots = h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.typingRow.replaceChildren(
      avatar(name || this.t('hubbub.agent'), avatar_url),
      dots,
      h('span', { class: 'typing-text' }, text),
    );
  }

  private updateFoot(): void {
    const thread = this.controller.store.thread(this.key);
    const asked = this.controller.store.messages(this.key).at(-1)?.structured_content;
    const silent = thread?.text_input_disabled || (asked?.type === 'select' && asked.disable_text_input);
    const kind = thread?.closed ? 'closed' : silent ? 'disabled' : 'open';
    void this.ask(kind !== 'closed' && this.controller.unagreed);
    // What is said where there is no room may come later.
    const drawn = kind + this.hooks.hasRoom() + this.t('hubbub.full');
    if (drawn === this.footKind) return;
    this.footKind = drawn;
    const view = kind === 'open' ? this.composer.element : this.drawClosed(kind);
    // What is put in again loses the focus.
    if (this.foot.firstChild !== view) this.foot.replaceChildren(view);
    this.composer.resize();
  }

  private drawClosed(kind: 'closed' | 'disabled'): HTMLElement {
    const { t } = this;
    const offer = h(
      'button',
      { type: 'button', class: 'primary', 'data-testid': 'new-conversation', onclick: () => this.hooks.startNew() },
      icon(PEN, 18),
      t('control_new_title'),
    );
    return h(
      'div',
      { class: 'ended', 'data-testid': kind === 'closed' ? 'thread-closed' : 'input-disabled' },
      h('p', {}, icon(LOCK, 18), t(kind === 'closed' ? 'thread_closure' : 'hubbub.input_disabled')),
      kind === 'closed' && (this.hooks.hasRoom() ? offer : !this.controller.alone && h('p', {}, t('hubbub.full'))),
    );
  }

  private send(body: string, attachments: Attachment[], replyTo?: OutItem['reply_to']): void {
    this.signal.stop();
    // Who presses a button keeps what they have begun to write.
    if (!replyTo) this.keep.remove(this.draftKey);
    this.pinned = true;
    this.controller.send(this.key, body, attachments, replyTo);
  }

  private typed(text: string): void {
    if (text) this.keep.set(this.draftKey, text);
    else this.keep.remove(this.draftKey);
    // Nothing of it goes out before they have agreed.
    if (!this.controller.unagreed) this.signal.typed(text);
  }

  private moveToNew(clientId: string): void {
    const item = this.controller.outbox.find(clientId);
    if (item) this.controller.resend(item, this.hooks.startNew());
  }

  private async loadOlder(): Promise<void> {
    await this.controller.loadOlder(this.key);
  }

  private scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    // Only who goes up leaves the end: what grows above or below, as pictures do, is nobody's scrolling.
    this.pinned = scrollHeight - scrollTop - clientHeight < NEAR || (this.pinned && scrollTop >= this.top);
    this.top = scrollTop;
    if (this.pinned) {
      this.newest.hidden = true;
      if (this.log.isConnected && !document.hidden) this.controller.saw(this.key);
    }
    if (scrollTop < 80 && !this.pinned) void this.loadOlder();
  }

  /** Something new below what the visitor is reading: tell, but do not tear them away from it. */
  private arrived(last: Row | undefined): void {
    if (last?.kind === 'message' && last.from !== 'visitor') this.newest.hidden = false;
  }

  private toEnd(): void {
    this.newest.hidden = true;
    this.jump();
    this.focus();
  }

  private jump(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }

  private takeFiles(): void {
    let depth = 0;
    const show = (on: boolean) => (this.zone.hidden = !on);
    const hasFiles = (event: DragEvent) => this.composer.element.isConnected && !!event.dataTransfer?.types.includes('Files');
    const on = (type: string, act: (event: DragEvent) => unknown) =>
      listen(this.element, type, (event) => act(event as DragEvent));
    on('dragenter', (event) => hasFiles(event) && show(++depth > 0));
    on('dragleave', (event) => hasFiles(event) && show(--depth > 0));
    on('dragover', (event) => hasFiles(event) && event.preventDefault());
    on('drop', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      show(false);
      void this.composer.addFiles([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

const PARTS = { cards: () => window.__hubbubCards, refused: () => window.__hubbubRefused };
type Part = keyof typeof PARTS;

/** What a row is drawn with that most do without. */
function needs(row: Row): Part[] {
  if (row.kind !== 'message') return [];
  const more = row.structured || row.html || row.attachments.length;
  return [...(row.state === 'failed' ? (['refused'] as const) : []), ...(more ? (['cards'] as const) : [])];
}

/** A conversation that the server does not have yet; one that the visitor has asked for says so. */
export const newKey = (asked = false): string => `new:${asked ? 'asked:' : ''}${uuid()}`;
