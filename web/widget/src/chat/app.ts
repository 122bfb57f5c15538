import { calm } from '../shared/calm';
import { addStyles, listen } from '../shared/dom';
import { inScheme } from '../shared/place';
import { isEngaged, linkedThread } from '../shared/session';
import { told } from '../shared/told';
import type { Alerts, Bridge, Chat, Command, Live, Message, Thread } from '../shared/types';
import { Controller } from './core/controller';
import { type Keep, openKeep } from '../shared/keep';
import { isLocal } from './core/outbox';
import type { Words } from './i18n';
import composerCss from './styles/composer.css?inline';
import conversationCss from './styles/conversation.css?inline';
import noticeCss from './styles/notice.css?inline';
import panelCss from './styles/panel.css?inline';
import { speak } from './speak';
import { dress } from './theme';
import { drawBorder } from './ui/border';
import { Conversation, newKey } from './ui/conversation';
import { Launcher } from './ui/launcher';
import type { ThreadList } from '../list/list';
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
  private readonly embedded: boolean;
  private readonly keep: Keep;
  private readonly controller: Controller;
  private readonly launcher: Launcher;
  private readonly ended = new AbortController();
  private readonly panel: Panel;
  /** Comes with the first conversation that there is to list. */
  private list: ThreadList | undefined;
  private bringing = false;
  private readonly conversations = new Map<string, Conversation>();
  private view: View;
  private notice = '';
  private queued = false;
  private moveFocus = false;
  private extras: Live | undefined;
  private alerts: Alerts | undefined;
  /** The live chat that has ended is looked at again. */
  private again = false;
  private readonly early: Added[] = [];
  /** What the page has written for the visitor, until a conversation is in front. */
  private prefilled = '';
  /** How much of that there was when the visitor was named last. */
  private before: [added: number, prefilled: string] = [0, ''];
  /** Automatic messages that came while it was minimised. */
  private unheard = 0;
  private unread = 0;
  /** The conversation that the page's address names. */
  private linked = linkedThread();
  private spoken = spokenBy(this.bridge);

  constructor(
    private readonly bridge: Bridge,
    private readonly t: Words,
  ) {
    const { root, config } = bridge;
    this.embedded = !bridge.launcher;
    this.live = config.source.mode === 'live_chat';
    this.keep = openKeep(bridge);
    this.controller = new Controller(bridge, this.keep, {
      changed: () => this.schedule(),
      moved: (local, thread) => this.moved(local, thread),
      received: (message) => this.received(message),
      sent: (thread) => this.sent(thread),
      named: () => (this.before = [this.early.length, this.prefilled]),
      forget: () => this.forget(),
    });
    this.launcher = new Launcher(bridge.launcher, this.t);
    this.panel = new Panel(this.embedded, this.t, this.ended.signal, {
      back: () => this.back(),
      close: () => this.close(),
      quit: () => this.quit(),
    });
    addStyles(root, inScheme(panelCss + noticeCss + conversationCss + composerCss, bridge));
    dress(this.panel.element, bridge);
    root.insertBefore(this.panel.element, root.firstChild);
    this.unzoom();
    this.listen();
    if (this.live) void this.beginLive();
    else this.controller.begin();
    if (config.source.sounds || config.source.browser_notifications) void this.bringAlerts();
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

  private readonly bringAlerts = calm(async (): Promise<void> => {
    const { bridge, keep, panel, t } = this;
    const make = await bridge.script('alerts', () => window.__hubbubAlerts);
    this.alerts = make({
      t,
      bridge,
      keep,
      offer: (button) => {
        panel.offer(button);
        this.schedule();
      },
      open: (thread) => {
        this.setView(thread);
        this.show(true);
      },
    });
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
    if (this.spoken !== spokenBy(this.bridge)) this.speakAnew();
    if (name === '_setIdentity' || name === '_setSignedIdentity') this.controller.identify();
    if (name === '_pageChange') this.controller.pageChanged();
    if (name === '_addMessage') this.addMessage(Object(first) as Added);
    // What it keeps goes with the next that is written.
    if (name === '_setConsent') this.keep.remember({});
    // In the order in which they wait, too.
    if (name === '_open' && !this.panel.isOpen) this.show(true);
    if (name === '_minimize' && this.panel.isOpen) this.close();
    if (name === '_newConversation') this.openConversation(newKey());
    if (name === '_prefill') {
      this.prefilled = `${first}`.slice(0, this.bridge.config.max_characters);
      this.schedule();
    }
  }

  /** Says everything in the words of now. The conversation, what is written and where the visitor stands stay. */
  private readonly speakAnew = calm(async (): Promise<void> => {
    const { bridge, t, panel } = this;
    this.spoken = spokenBy(bridge);
    Object.assign(t, await speak(bridge));
    for (const view of [panel, this.list, this.extras, this.alerts, ...this.conversations.values()]) view?.speak();
    this.notice = '';
    this.schedule();
  });

  private readonly bringList = calm(async (): Promise<void> => {
    if (this.bringing) return;
    this.bringing = true;
    const make = await this.bridge.script('list', () => window.__hubbubList);
    this.list = make(this.bridge, this.controller, this.t, {
      open: (key) => this.openConversation(key),
      startNew: () => this.startNew(),
      hasRoom: () => this.hasRoom(),
    });
    this.schedule();
  });

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
    this.noteOpen(true);
    this.launcher.setExpanded(true);
    if (this.view === null) this.view = undefined;
    this.tell('chat_opened');
    this.render();
  }

  private close(): void {
    if (this.embedded) return;
    this.hide();
    this.tell('chat_minimized');
  }

  /** Tells of the chat as it stands, with the conversation in front. */
  private tell(event: string): void {
    const { bridge, view } = this;
    bridge.emit(event, { ...bridge.by, thread_id: idOf(view === undefined ? this.firstView() : view) });
  }

  private noteOpen(open: boolean): void {
    this.keep.set('open', open ? '1' : '');
    this.keep.remember({ open });
  }

  private hide(): void {
    this.panel.hide();
    this.noteOpen(false);
    this.launcher.setExpanded(false);
    this.launcher.focus();
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
    // What is told of times grows old.
    const timer = setInterval(() => (signal.aborted ? clearInterval(timer) : this.schedule()), 60_000);
    // Another tab may have ended or left the live chat.
    window.addEventListener('storage', calm(() => this.schedule()), { signal });
    window.addEventListener('pagehide', calm(() => this.controller.away()), { signal });
    drawBorder(this.bridge.root.host, signal);
    listen(this.bridge.root, 'keydown', (event) => this.key(event as KeyboardEvent));
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || !this.panel.isOpen || this.embedded) return;
    // There it is an answer.
    if (this.panel.element.querySelector('.question,.pop:focus-within')) return;
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
      if (controller.alone) this.followOpen();
      this.placeAdded();
      this.followLink();
      if (!controller.alone && controller.store.threads()[0]) this.bringList();
    }
    if (panel.isOpen) this.unheard = 0;
    this.tellUnread(controller.store.unread() + this.unheard);
    if (!panel.isOpen) return;
    const { root } = this.bridge;
    const held = root.activeElement;
    const offline = controller.phase === 'ready' && controller.offlineFor > PATIENCE;
    panel.setBanner(offline ? this.t('hubbub.offline') : '');
    if (controller.phase !== 'ready') this.renderNotice();
    else this.renderView();
    // Keys go on to the chat when what had the focus is gone.
    if (held && !root.activeElement) panel.focusTitle();
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
    const { phase } = this.controller;
    if (this.notice !== phase) {
      this.notice = phase;
      this.panel.setBody(drawNotice(phase, this.bridge, this.t, () => this.controller.retryNow()));
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
    if (ended && this.extras && !this.again) panel.setBody(this.extras.end(ended));
    else if (this.view === null) {
      this.bringList();
      panel.setBody(this.list?.element ?? drawNotice('starting', this.bridge, this.t, () => {}));
      this.list?.update();
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
    return this.controller.store.threads().filter((thread) => !thread.closed).length < this.controller.most;
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
    const { bridge } = this;
    this.keep.remember({ left: id, thread: null, engagedAt: 0 });
    this.again = false;
    this.view = undefined;
    bridge.emit('chat_closed', {});
    // The next one is shown to the page as a new one.
    bridge.shown = false;
    if (this.embedded) return this.show();
    this.hide();
    // A button that nobody has offered stood for this one alone.
    if (bridge.bare) bridge.undraw();
  }

  /** Where a visitor most likely wants to be: where they were, at the only news, or at a blank page. */
  private firstView(): View {
    const { store, outbox } = this.controller;
    const remembered = this.keep.remembered();
    const threads = store.threads();
    if (this.controller.alone) {
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
    this.again = false;
    this.keep.remember({ thread: idOf(view) });
  }

  private heading(): void {
    const { bridge, controller, view, t } = this;
    const { source } = bridge.config;
    const thread = view ? controller.store.thread(view) : undefined;
    // A live chat is whose it is now; any other one is of who has answered last.
    const last = view && !this.live ? controller.store.messages(view).findLast((message) => message.from === 'agent') : undefined;
    const agent = thread?.agent ?? (last && { name: last.sender_name, avatar_url: last.avatar_url });
    const chat = t.has('default_title') ? t('default_title') : source.name;
    const other = view && t(isLocal(view) ? 'hubbub.new_title' : 'conversation_header_title');
    const name = thread?.title || agent?.name || other || chat;
    const waits = thread?.state === 'waiting' || thread?.state === 'transferred';
    const where = name !== chat ? chat : '';
    const { queue } = controller.store;
    const line = this.extras?.line(waits && queue?.thread_id === view ? queue : undefined);
    const subtitle = waits ? line || t('waiting_for_agent') : view ? where : '';
    const elsewhere = controller.store.unread() - (thread?.unread ?? 0) > 0;
    this.panel.setHeading({
      title: view === null ? chat : name,
      subtitle,
      avatar: agent?.avatar_url ?? source.avatar_url,
      face: agent?.name ?? source.name,
      back: view !== null && (!controller.alone || (this.again && !!this.endedThread())),
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
    this.list?.focus(from ?? undefined);
  }

  /** A touch keyboard that springs up unasked hides half of what one came to read. */
  private focusView(): void {
    if (this.view && !matchMedia('(pointer: coarse)').matches) this.conversation(this.view).focus();
    else this.panel.focusTitle();
  }

  /** Of one conversation alone, it is in front wherever it was begun: another tab, or an agent, may have. */
  private followOpen(): void {
    const { controller, view } = this;
    const { outbox, store } = controller;
    const open = store.threads().find((thread) => !thread.closed);
    if (!open) return;
    // What was refused elsewhere is shown here, and can be sent again.
    for (const item of outbox.items) if (item.state === 'failed') outbox.follow(item.thread, open);
    if (!view || (isLocal(view) ? outbox.items.some((item) => item.thread === view) : !store.thread(view)?.closed)) return;
    if (isLocal(view) && !this.conversations.has(open.id)) this.moved(view, open);
    else this.setView(open.id);
    void controller.openThread(open.id);
  }

  private moved(local: string, thread: Thread): void {
    const conversation = this.conversations.get(local);
    if (conversation) {
      conversation.become(thread.id);
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

  private received(message: Message): void {
    const { ordinal, sender_name, thread_id } = message;
    this.alerts?.told(message);
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
    if (count !== this.unread) {
      const news = this.controller.store.threads().find((thread) => thread.unread);
      this.bridge.emit('unread_changed', { count, thread_id: news?.id ?? idOf(this.view) });
    }
    this.unread = count;
  }

  /** Somebody else is signed in now; nothing of the one before may stay on the screen. */
  private forget(): void {
    for (const conversation of this.conversations.values()) conversation.end();
    this.conversations.clear();
    this.view = undefined;
    this.early.splice(0, this.before[0]);
    if (this.prefilled === this.before[1]) this.prefilled = '';
    this.before = [0, ''];
    this.unheard = 0;
  }

  /** A page often adds messages the moment the panel opens, before there is a session to add them to. */
  private addMessage(message: Added): void {
    const { body } = message;
    if (!this.panel.isOpen || typeof body !== 'string' || !body) return;
    if (body.length > this.bridge.config.max_characters) return console.warn('Chat: _addMessage: too long');
    this.early.push(message);
    if (this.controller.phase === 'ready') this.render();
  }

  private placeAdded(): void {
    const { controller } = this;
    this.before[0] = 0;
    for (const { body = '', agent, engage, automatic } of this.early.splice(0)) {
      if (!this.view) this.setView(controller.store.threads().find((thread) => !thread.closed)?.id ?? newKey());
      const key = this.view as string;
      if (!engage || agent) controller.addMessage(key, body, !!agent, automatic);
      // Who has not agreed sends it by themselves.
      else if (controller.unagreed) this.prefilled = body;
      else controller.send(key, body, []);
      if (automatic) {
        this.unheard++;
        this.bridge.emit('message_received');
      }
    }
  }
}

/** The id of the conversation in a view; null where the server has none. */
const idOf = (view: View) => (view && !isLocal(view) ? view : null);

/** What is told of how the chat is to speak, so that what is new is seen. */
const spokenBy = (bridge: Bridge) => bridge.translations?.length + told(bridge);
