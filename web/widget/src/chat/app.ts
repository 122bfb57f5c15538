import { calm } from '../shared/calm';
import { addStyles, listen } from '../shared/dom';
import { isEngaged, linkedThread } from '../shared/session';
import type { Bridge, Chat, Command, Live, Message, Thread } from '../shared/types';
import { Controller } from './core/controller';
import { type Keep, openKeep } from '../shared/keep';
import { isLocal } from './core/outbox';
import { useTrust } from './core/text';
import { type Words, words } from './i18n';
import composerCss from './styles/composer.css?inline';
import conversationCss from './styles/conversation.css?inline';
import homeCss from './styles/home.css?inline';
import panelCss from './styles/panel.css?inline';
import { brandColors } from './theme';
import { drawBorder } from './ui/border';
import { Conversation, newKey } from './ui/conversation';
import { Launcher } from './ui/launcher';
import { ThreadList } from './ui/list';
import { drawNotice } from './ui/notice';
import { Panel } from './ui/panel';

/** A cut shorter than this is not worth a word. */
const PATIENCE = 2500;

/** Under this width an open panel covers the page. */
const NARROW = 480;

/** Which view is in front: the list (null), or a conversation by its key; undefined until we know. */
type View = string | null | undefined;

interface Added {
  body?: string;
  agent?: boolean;
  engage?: boolean;
  automatic?: boolean;
}

export class App implements Chat {
  private readonly live: boolean;
  /** How many conversations may be open; of one alone there is no list. */
  private readonly most: number;
  private readonly embedded: boolean;
  private readonly keep: Keep;
  private readonly t: Words;
  private readonly controller: Controller;
  private readonly launcher: Launcher;
  private readonly ended = new AbortController();
  private readonly panel: Panel;
  private readonly list: ThreadList;
  private readonly conversations = new Map<string, Conversation>();
  private view: View;
  private notice = '';
  private queued = false;
  private moveFocus = false;
  private extras: Live | undefined;
  /** The live chat that has ended is looked at again. */
  private again = false;
  private readonly early: Added[] = [];
  /** What the page has written for the visitor, until a conversation is in front. */
  private prefilled = '';
  /** Automatic messages that came while it was minimised. */
  private unheard = 0;
  private unread = 0;
  /** The conversation that the page's address names. */
  private linked = linkedThread();

  constructor(private readonly bridge: Bridge) {
    const { root, config } = bridge;
    this.embedded = !bridge.launcher;
    const { mode, max_open_conversations } = config.source;
    this.live = mode === 'live_chat';
    // A server of an earlier version says nothing of it.
    this.most = this.live ? 1 : (max_open_conversations ?? Infinity);
    this.keep = openKeep(bridge.token);
    this.t = words(bridge.locale);
    this.controller = new Controller(bridge, this.keep, {
      changed: () => this.schedule(),
      moved: (local, thread) => this.moved(local, thread),
      received: (message) => this.received(message),
      sent: (thread) => this.sent(thread),
      forget: () => this.forget(),
    });
    useTrust(bridge.trust);
    this.launcher = new Launcher(bridge.launcher, this.t);
    this.panel = new Panel(this.embedded, this.t, this.ended.signal, {
      back: () => this.back(),
      close: () => this.close(),
      quit: () => this.quit(),
    });
    this.list = new ThreadList(config.source, this.controller, this.t, {
      open: (key) => this.openConversation(key),
      startNew: () => this.startNew(),
      hasRoom: () => this.hasRoom(),
    });
    addStyles(root, panelCss + homeCss + conversationCss + composerCss);
    brandColors(this.panel.element, config.source.color);
    root.insertBefore(this.panel.element, root.firstChild);
    this.unzoom();
    this.listen();
    if (this.live) void this.beginLive();
    else this.controller.begin();
  }

  /** A live chat fetches first what it has beside others. */
  private readonly beginLive = calm(async (): Promise<void> => {
    const { bridge, controller, t } = this;
    const make = await bridge.script('live', () => window.__hubbubLive);
    if (this.ended.signal.aborted) return;
    this.extras = make({
      t,
      controller,
      bridge,
      focus: () => this.focusView(),
      leave: (id) => this.leave(id),
      again: () => this.lookAgain(true),
    });
    controller.begin();
  });

  show(open?: boolean, quiet?: boolean): void {
    const { bridge } = this;
    if (!bridge.shown) {
      bridge.shown = true;
      bridge.emit('chat_shown');
    }
    for (const { body } of bridge.messages.splice(0)) this.early.push({ body, agent: true, automatic: true });
    if (open || this.embedded) this.open(quiet);
    this.schedule();
  }

  toggle(): void {
    if (this.panel.isOpen) this.close();
    else this.show(true);
  }

  isOpen(): boolean {
    return this.panel.isOpen;
  }

  run([name, first]: Command): void {
    if (name === '_setIdentity' || name === '_setSignedIdentity') this.controller.identify();
    if (name === '_pageChange') this.controller.pageChanged();
    if (name === '_addMessage') this.addMessage(first as Added);
    if (name === '_newConversation') this.startNew();
    if (name === '_prefill') {
      this.prefilled = `${first}`;
      this.schedule();
    }
  }

  placed(): void {
    this.unzoom();
    if (this.view && this.panel.isOpen) this.conversation(this.view).shown();
  }

  destroy(): boolean {
    this.ended.abort();
    this.controller.end();
    this.forget();
    return this.panel.isOpen;
  }

  private open(quiet?: boolean): void {
    if (this.isOpen() && !this.embedded) return;
    this.unzoom();
    this.panel.show();
    this.moveFocus = !quiet && !this.embedded;
    this.keep.remember({ open: true });
    this.launcher.setExpanded(true);
    this.bridge.emit('chat_opened');
    if (this.view === null) this.view = undefined;
    this.render();
  }

  private close(): void {
    if (this.embedded) return;
    this.panel.hide();
    this.keep.remember({ open: false });
    this.launcher.setExpanded(false);
    this.launcher.focus();
    this.bridge.emit('chat_minimized');
  }

  private listen(): void {
    const { signal } = this.ended;
    const wake = calm(() => {
      if (document.hidden) return;
      this.controller.wake();
      this.schedule();
    });
    window.addEventListener('online', wake, { signal });
    document.addEventListener('visibilitychange', wake, { signal });
    // Another tab may have ended or left the live chat.
    window.addEventListener('storage', calm(() => this.schedule()), { signal });
    drawBorder(this.bridge.root.host, signal);
    listen(this.bridge.root, 'keydown', (event) => this.key(event as KeyboardEvent));
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || !this.panel.isOpen || this.embedded) return;
    // There it is an answer.
    if (this.panel.element.querySelector('.question')) return;
    // The same key would close a dialog of the page's, or leave its full screen.
    event.preventDefault();
    this.close();
  }

  /** A page that is zoomed by a style would push the panel out of the window. */
  private unzoom(): void {
    const host = this.bridge.root.host as HTMLElement;
    host.style.setProperty('--unzoom', String(1 / (host.parentElement?.currentCSSZoom || 1)), 'important');
  }

  /** Many frames may arrive in one go; they are drawn once. Not by frames, which stand still in hidden tabs. */
  private schedule(): void {
    if (this.queued) return;
    this.queued = true;
    const draw = calm(() => {
      this.queued = false;
      if (!this.ended.signal.aborted) this.render();
    });
    queueMicrotask(draw);
  }

  private render(): void {
    const { controller, panel } = this;
    if (controller.phase === 'ready') {
      this.placeAdded();
      this.followLink();
    }
    if (panel.isOpen) this.unheard = 0;
    this.tellUnread(controller.store.unread() + this.unheard);
    if (!panel.isOpen) return;
    const offline = controller.phase === 'ready' && controller.offlineFor > PATIENCE;
    panel.setBanner(offline ? this.t('offline') : '');
    if (controller.phase !== 'ready') this.renderNotice();
    else this.renderView();
  }

  /** A mail may have led here: its conversation opens, once, when it is the visitor's. */
  private followLink(): void {
    const id = this.linked;
    if (!id || !this.controller.store.thread(id)) return;
    this.linked = undefined;
    history.replaceState(history.state, '', location.href.replace(/#.*/, ''));
    this.setView(id);
    this.open();
    this.schedule();
  }

  private renderNotice(): void {
    const { source } = this.bridge.config;
    this.panel.setHeading({
      title: source.name,
      subtitle: '',
      avatar: source.avatar_url,
      face: source.name,
      back: false,
      dot: false,
      quit: false,
    });
    if (this.notice !== this.controller.phase) {
      this.notice = this.controller.phase;
      this.panel.setBody(drawNotice(this.controller.phase, this.t, () => this.controller.retryNow()));
    }
    if (this.moveFocus) this.panel.focusTitle();
  }

  private renderView(): void {
    const { panel, controller } = this;
    this.notice = '';
    // One that was left in another tab is no longer in front here either.
    if (this.view && this.view === this.keep.remembered().left) this.view = undefined;
    if (this.view === undefined) this.setView(this.firstView());
    this.heading();
    const ended = this.endedThread();
    if (ended && !this.again) panel.setBody(this.extras?.end(ended) ?? this.list.element);
    else if (this.view === null) {
      panel.setBody(this.list.element);
      this.list.update();
    } else if (this.view) {
      const conversation = this.conversation(this.view);
      const changed = !conversation.element.isConnected;
      panel.setBody(conversation.element);
      if (this.prefilled) conversation.prefill(this.prefilled);
      this.prefilled = '';
      conversation.update(!document.hidden);
      if (changed) conversation.shown();
    }
    if (this.moveFocus && controller.phase === 'ready') {
      this.moveFocus = false;
      this.focusView();
    }
  }

  private hasRoom(): boolean {
    return this.controller.store.threads().filter((thread) => !thread.closed).length < this.most;
  }

  /** The live chat in front, when it has ended. */
  private endedThread(): Thread | undefined {
    const thread = this.live && this.view ? this.controller.store.thread(this.view) : undefined;
    return thread?.closed ? thread : undefined;
  }

  private lookAgain(on: boolean): void {
    this.again = on;
    this.moveFocus = true;
    this.render();
  }

  /** Asks before a live chat ends. */
  private quit(): void {
    if (this.view) this.extras?.ask(this.view);
  }

  /** Leaves an ended live chat for good: the next one begins with a blank page. */
  private leave(id: string): void {
    this.keep.remember({ left: id, thread: null, open: false, engagedAt: 0 });
    this.again = false;
    this.view = undefined;
    this.panel.hide();
    this.launcher.setExpanded(false);
    this.launcher.focus();
    this.bridge.emit('chat_closed');
    // The next one is shown to the page as a new one.
    this.bridge.shown = false;
  }

  /** Where a visitor most likely wants to be: where they were, at the only news, or at a blank page. */
  private firstView(): View {
    const { store, outbox } = this.controller;
    const remembered = this.keep.remembered();
    const threads = store.threads();
    if (this.most < 2) {
      const shown = (thread: Thread) =>
        !thread.closed || (this.live && thread.id === remembered.thread && thread.id !== remembered.left);
      const waits = outbox.items.find((item) => isLocal(item.thread));
      return threads.find(shown)?.id ?? waits?.thread ?? newKey();
    }
    const unread = threads.filter((thread) => thread.unread > 0);
    if (unread.length === 1) return unread[0]?.id;
    const last = remembered.thread;
    if (last && store.thread(last) && isEngaged(remembered.engagedAt)) return last;
    const pending = outbox.items.find((item) => isLocal(item.thread));
    if (pending) return pending.thread;
    return threads.length === 0 ? newKey() : null;
  }

  private setView(view: View): void {
    this.view = view;
    this.keep.remember({ thread: view && !isLocal(view) ? view : null });
  }

  private heading(): void {
    const { bridge, controller, view, t } = this;
    const { source } = bridge.config;
    const thread = view ? controller.store.thread(view) : undefined;
    const agent = view ? controller.store.messages(view).findLast((message) => message.from === 'agent') : undefined;
    const holder = thread?.agent?.name;
    const name = thread?.title || holder || agent?.sender_name || (view && isLocal(view) ? t('new_title') : source.name);
    const waits = thread?.state === 'waiting' || thread?.state === 'transferred';
    const where = name !== source.name ? source.name : '';
    const { queue } = controller.store;
    const line = queue?.thread_id === view ? this.extras?.line(queue) : '';
    const subtitle = waits ? line || t('waiting_for_agent') : view ? where : '';
    const elsewhere = controller.store.unread() - (thread?.unread ?? 0) > 0;
    this.panel.setHeading({
      title: view === null ? source.name : name,
      subtitle,
      avatar: agent?.avatar_url ?? source.avatar_url,
      face: agent?.sender_name ?? source.name,
      back: view !== null && (this.most > 1 || (this.again && !!this.endedThread())),
      dot: elsewhere,
      quit: this.live && !!thread && !thread.closed,
    });
  }

  private conversation(key: string): Conversation {
    let conversation = this.conversations.get(key);
    if (!conversation) {
      conversation = new Conversation(key, this.bridge, this.controller, this.keep, this.t, {
        startNew: () => this.startNew(),
        hasRoom: () => !this.live && this.hasRoom(),
      });
      this.conversations.set(key, conversation);
    }
    return conversation;
  }

  private openConversation(key: string): void {
    this.setView(key);
    this.moveFocus = true;
    this.render();
  }

  private startNew(): string {
    const key = newKey(true);
    this.openConversation(key);
    return key;
  }

  private back(): void {
    if (this.endedThread()) {
      this.lookAgain(false);
      return;
    }
    const from = this.view;
    this.setView(null);
    this.render();
    this.list.focus(from ?? undefined);
  }

  /** A touch keyboard that springs up unasked hides half of what one came to read. */
  private focusView(): void {
    if (this.view && !matchMedia('(pointer: coarse)').matches) this.conversation(this.view).focus();
    else this.panel.focusTitle();
  }

  private moved(local: string, thread: Thread): void {
    const conversation = this.conversations.get(local);
    if (conversation) {
      conversation.key = thread.id;
      this.conversations.delete(local);
      this.conversations.set(thread.id, conversation);
    }
    if (this.view === local) this.setView(thread.id);
  }

  private sent(thread: string): void {
    const { keep, bridge, controller } = this;
    const first = controller.outbox.items.filter((one) => one.thread === thread).length < 2;
    const fresh = !isEngaged(keep.remembered().engagedAt) || (isLocal(thread) && first);
    keep.remember({ engagedAt: Date.now() });
    if (fresh) {
      bridge.emit('chat_engaged');
      controller.pageChanged();
    }
    bridge.emit('message_sent');
  }

  private received({ ordinal, sender_name, thread_id }: Message): void {
    if (this.keep.remembered().engagedAt) this.keep.remember({ engagedAt: Date.now() });
    this.bridge.emit('message_received');
    // An agent begins a conversation: it stands before the visitor unless they are at another one, or it would cover the page.
    const busy = this.panel.isOpen && (this.keep.get('draft:new') || !isLocal(this.view || 'new:'));
    if (sender_name && ordinal < 2 && !busy && innerWidth > NARROW) {
      this.setView(thread_id);
      this.open(true);
    }
  }

  private tellUnread(count: number): void {
    this.launcher.setUnread(count);
    if (count !== this.unread) this.bridge.emit('unread_changed', { count });
    this.unread = count;
  }

  /** Somebody else is signed in now; nothing of the one before may stay on the screen. */
  private forget(): void {
    for (const conversation of this.conversations.values()) conversation.end();
    this.conversations.clear();
    this.view = undefined;
  }

  /** A page often adds messages the moment the panel opens, before there is a session to add them to. */
  private addMessage(message: Added): void {
    if (!this.panel.isOpen || !message.body) return;
    this.early.push(message);
    if (this.controller.phase === 'ready') this.render();
  }

  private placeAdded(): void {
    const { controller } = this;
    for (const { body = '', agent, engage, automatic } of this.early.splice(0)) {
      if (!this.view) this.setView(controller.store.threads().find((thread) => !thread.closed)?.id ?? newKey());
      const key = this.view as string;
      if (engage && !agent) controller.send(key, body, []);
      else controller.addMessage(key, body, !!agent, automatic);
      if (automatic) {
        this.unheard++;
        this.bridge.emit('message_received');
      }
    }
  }
}
