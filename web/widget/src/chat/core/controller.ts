import { calm, complain, later } from '../../shared/calm';
import type { Attachment, Bridge, Message, ServerFrame, SessionAnswer, Thread } from '../../shared/types';
import { Api, ApiError } from './api';
import { pack, unpack } from '../../shared/json';
import { backoff } from './backoff';
import { Connection } from './connection';
import { uuid } from './id';
import { customOf, isEngaged, pageOf, sessionOf, tellsPage } from '../../shared/session';
import { forgetPerson, type Keep } from '../../shared/keep';
import { type Added, isAsked, isLocal, Outbox, type OutItem, type SendResult } from './outbox';
import { Store } from './store';
import { told } from '../../shared/told';
import { visitOf } from './visit';
import { welcomeOf } from './welcome';

/** What the panel as a whole can show: a calm wait, the conversations, or why there are none. */
export type Phase = 'starting' | 'ready' | 'retry' | 'expired' | 'refused';

/** A message that the page put into a conversation, or what the source says first, shown where it was added. */
export interface AddedRow extends Added {
  after: string | null;
  created_at: string;
  /** The source says it by itself. */
  automatic?: boolean;
}

export interface ControllerHooks {
  changed(): void;
  /** A conversation of ours that was only local has become a thread of the server's. */
  moved(local: string, thread: Thread): void;
  received(message: Message): void;
  /** The visitor has said something in this conversation. */
  sent(thread: string): void;
  /** The page calls the visitor by another name: what it has said before may have been for somebody else. */
  named(): void;
  /** The visitor is somebody else now. */
  forget(): void;
}

/** An agent who vanishes in the middle of a word must not seem to type for ever. */
const TYPING_LASTS = 12_000;
const POLL_EVERY = 20_000;
/** More than so many the server takes with no message, so that the visitor's would be refused. */
const ADDED_MOST = 20;
/** How often what the site says of its page is told at most, in milliseconds. */
const TELL_EVERY = 1000;
/** By when another configuration is asked for, in milliseconds. */
const RENEW_WITHIN = 30_000;

/** The conversation with the server, without a single element of the page: what is, and what to do. */
export class Controller {
  phase: Phase = 'starting';
  /** How many conversations may be open. */
  readonly most: number;
  /** There is one conversation alone, and no list. */
  readonly alone: boolean;
  readonly store = new Store();
  readonly outbox: Outbox;
  readonly api: Api;
  private readonly connection: Connection;
  private readonly added = new Map<string, AddedRow[]>();
  private readonly loading = new Set<string>();
  private readonly readSent = new Map<string, string>();
  private readonly deliveredSent = new Set<string>();
  private readonly typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly timers: ReturnType<typeof setInterval>[];
  private identity = '';
  /** Who the page said that the visitor is, when it was last asked for them. */
  private named = '';
  /** What the page calls the visitor. */
  private uuid: string | null = null;
  /** What the server knows of the visitor for its texts. */
  variables: Record<string, string> = {};
  /** Whether it knows an address of theirs. */
  reachable = false;
  private turn = 0;
  private attempt = 0;
  private stale = false;
  private pageTold = true;
  /** The variables that the server was told last. */
  private custom = '';
  private page_url = location.href;
  private offlineSince = Date.now();
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private renewing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly bridge: Bridge,
    private readonly keep: Keep,
    private readonly hooks: ControllerHooks,
  ) {
    const { mode, max_open_conversations } = bridge.config.source;
    // A server of an earlier version says nothing of it.
    this.most = mode === 'live_chat' ? 1 : (max_open_conversations ?? Infinity);
    this.alone = this.most < 2;
    this.api = new Api(bridge.base, () => bridge.visitor.visitor);
    this.outbox = new Outbox(keep, {
      send: (item) => this.deliver(item),
      sent: (item, message, thread) => this.confirmed(item, message, thread),
      session: () => this.later(),
      changed: () => hooks.changed(),
      schedule: later,
    });
    this.connection = new Connection({
      url: `${bridge.base.replace(/^http/, 'ws')}/socket`,
      hello: () => {
        const { position, timeline } = this.store;
        return { type: 'hello', visitor: bridge.visitor.visitor ?? '', position, timeline, config: bridge.config.version };
      },
      frame: (frame) => this.receive(frame),
      changed: (open) => this.connected(open),
    });
    this.store.became = (before, { id: thread_id, state, agent, closed, close_cause: cause }) => {
      const name = agent?.name;
      // There is an agent in a live chat alone, while they are connected.
      if (agent && (state !== before.state || name !== before.agent?.name)) bridge.emit('agent_connected', { name, thread_id });
      if (closed && !before.closed) bridge.emit('conversation_ended', { cause, thread_id });
    };
    const tell = () => pack(this.variablesNow()) !== this.custom && this.pageChanged();
    this.timers = [setInterval(calm(() => this.poll()), POLL_EVERY), setInterval(calm(tell), TELL_EVERY)];
  }

  get online(): boolean {
    return this.connection.isOpen;
  }

  /** Short cuts heal by themselves; only a longer one is worth a word to the visitor. */
  get offlineFor(): number {
    return this.online ? 0 : Date.now() - this.offlineSince;
  }

  /** Opens a session (the loader's, if it has a fresh one) and everything that follows from it. */
  readonly begin = calm(async (): Promise<void> => {
    const turn = ++this.turn;
    clearTimeout(this.retryTimer);
    if (this.phase !== 'ready') this.setPhase('starting');
    this.named = this.name();
    const custom = this.variablesNow();
    this.custom = pack(custom);
    // Who has asked for a session before has told nothing of the page.
    this.pageTold = !this.bridge.session;
    try {
      const { page, ...more } = sessionOf(this.bridge, isEngaged(this.keep.remembered().engagedAt), custom);
      const told = { ...more, page: page.url ? { ...page, ...visitOf(this.keep) } : page };
      const answer = this.bridge.session ?? (await this.api.session(told));
      this.bridge.session = null;
      if (turn !== this.turn) return;
      this.adopt(answer);
      const { threads, position, timeline } = await this.api.threads();
      if (turn !== this.turn) return;
      this.store.enter(timeline, position);
      this.store.setThreads(threads, position);
    } catch (error) {
      if (turn === this.turn) this.unavailable(error as ApiError);
      return;
    }
    // A line that has never been tried is not lost yet.
    this.offlineSince = Date.now();
    this.setPhase('ready');
    this.connection.restart();
    this.outbox.kick();
  });

  /** A new identity, or a renewed signature: what is on the screen may belong to somebody else now. */
  identify(): void {
    // A page may say the same again and again.
    if (this.name() === this.named) return;
    this.hooks.named();
    this.bridge.session = null;
    const uuid = this.bridge.visitor.identity?.uuid;
    if (uuid && this.uuid && `${uuid}` !== this.uuid) this.leave();
    this.begin();
  }

  private name(): string {
    const { identity, jwt } = this.bridge.visitor;
    return `${jwt}${pack(identity)}`;
  }

  /** Whether the visitor has to agree to something before they write, and has not. */
  get unagreed(): boolean {
    const { consent } = this.bridge.config.source;
    return !!consent && this.keep.get('agreed') !== consent.version;
  }

  agree(): void {
    this.keep.set('agreed', this.bridge.config.source.consent!.version);
  }

  /** What is agreed to has changed since this page has come. */
  private readonly askAnew = calm(async (): Promise<void> => {
    const { source } = await this.api.config();
    this.bridge.config.source.consent = source.consent;
    this.keep.remove('agreed');
    this.hooks.changed();
  });

  /** Takes up the configuration of now, some time after the server has told of it: not all pages at once. */
  private renew(): void {
    const take = async () => {
      this.renewing = undefined;
      (await this.bridge.script('renew', () => window.__hubbubRenew))(this.bridge, this);
    };
    this.renewing ??= later(take, Math.random() * RENEW_WITHIN);
  }

  /** The visitor leaves the page. */
  away(): void {
    this.connection.send({ type: 'presence', left: true });
  }

  /** Ends for good. */
  end(): void {
    this.turn++;
    this.connection.stop();
    this.outbox.end();
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.renewing);
  }

  /** Ends a live chat. Where there is no socket, its answer alone tells of that. */
  async endChat(id: string): Promise<void> {
    this.store.putThread(await this.api.end(id));
    this.hooks.changed();
  }

  retryNow(): void {
    this.attempt = 0;
    if (this.phase !== 'ready') this.begin();
    this.connection.nudge();
    this.outbox.kick();
  }

  /** The network or the page has come back to life. */
  wake(): void {
    if (this.phase === 'retry') this.retryNow();
    this.connection.nudge();
    this.outbox.kick();
  }

  async openThread(id: string): Promise<void> {
    if (isLocal(id) || this.store.loaded(id) || this.loading.has(id)) return;
    await this.page(id);
    // The view waits for this page, so a failure is not the end of it.
    if (!this.store.loaded(id) && this.phase === 'ready') {
      later(() => this.openThread(id), backoff(this.attempt++));
    }
  }

  async loadOlder(id: string): Promise<void> {
    const first = this.store.messages(id)[0];
    if (first && this.store.more(id) && !this.loading.has(id)) await this.page(id, first.id);
  }

  isLoading(id: string): boolean {
    return this.loading.has(id);
  }

  send(thread: string, body: string, attachments: Attachment[], reply_to?: OutItem['reply_to']): void {
    const rows = this.addedRows(thread);
    // What was said first stays as it is once it was answered.
    this.added.set(thread, rows);
    const before = this.unsaid(thread).map(({ client_id, body, agent, welcome }) => ({ client_id, body, agent, welcome }));
    const created_at = new Date().toISOString();
    // Not every page says so when it has become another one.
    if (location.href !== this.page_url) this.pageChanged();
    this.outbox.add({ client_id: uuid(), thread, body, attachments, reply_to, before, created_at });
    this.hooks.sent(thread);
  }

  /** A refused message starts over elsewhere; its old client_id stays with its refusal. */
  resend(item: OutItem, thread: string): void {
    this.outbox.drop(item.client_id);
    // In another conversation it is a text like any other.
    this.outbox.add({ ...item, reply_to: undefined, client_id: uuid(), thread, created_at: new Date().toISOString() });
  }

  addMessage(thread: string, body: string, agent: boolean, automatic?: boolean): void {
    // Where the source says something else by itself, it does not say what it usually says first.
    const rows = (this.added.get(thread) ?? []).filter((row) => !automatic || !row.welcome || row.body);
    if (this.unsaid(thread).length >= ADDED_MOST) return console.warn('Chat: _addMessage: too many wait');
    const after = this.store.messages(thread).at(-1)?.id ?? null;
    const row = { client_id: uuid(), body, agent, automatic, after, created_at: new Date().toISOString() };
    this.added.set(thread, [...rows, row]);
    this.hooks.changed();
  }

  /** Those that no message of the visitor has taken along yet. */
  private unsaid(thread: string): AddedRow[] {
    const taken = new Set(this.outbox.items.flatMap(({ before }) => before.map((one) => one.client_id)));
    return this.addedRows(thread).filter((row) => !taken.has(row.client_id));
  }

  /** Begins a conversation that the server does not have: with the welcome, or what waits with its first message. */
  greet(thread: string): void {
    if (!isLocal(thread)) return;
    const rows = this.added.get(thread) ?? [];
    const waiting = this.outbox.items.filter((item) => item.thread === thread);
    const created_at = waiting[0]?.created_at ?? new Date().toISOString();
    const placed = (all: Added[]) => all.map((row) => ({ ...row, after: null, created_at }));
    if (waiting.length) {
      if (!rows.length) this.added.set(thread, placed(waiting.flatMap((item) => item.before)));
    } else if (!rows.some((row) => row.welcome || row.automatic)) {
      const blank = { client_id: uuid(), body: '', agent: true, welcome: told(this.bridge) };
      this.added.set(thread, [...placed([blank]), ...rows]);
    }
  }

  /** Those the server does not know yet; once it does, its own message takes their place. */
  addedRows(thread: string): AddedRow[] {
    const rows = this.added.get(thread) ?? [];
    const loaded = !isLocal(thread) && this.store.loaded(thread);
    const unknown = rows.filter((row) => !this.store.hasClientId(thread, row.client_id) && !(row.welcome && loaded));
    // Who the visitor is, or how they are spoken to, may be known only now.
    const current = unknown.map((row) => (row.body ? row : { ...row, ...welcomeOf(this.bridge, this.variables) }));
    return current.filter((row) => row.body);
  }

  typing(thread: string, on: boolean, preview: string): void {
    if (!isLocal(thread)) this.connection.send({ type: 'typing', thread_id: thread, on, preview });
  }

  pageChanged(): void {
    const custom = this.variablesNow();
    this.custom = pack(custom);
    this.page_url = location.href;
    if (!tellsPage(this.bridge, isEngaged(this.keep.remembered().engagedAt))) return;
    this.pageTold = this.connection.send({ type: 'page', ...pageOf(this.bridge), custom, visit: visitOf(this.keep) });
  }

  /** What the site says of its page now. What it clears is null, as is what is not to be found, or was said before. */
  private variablesNow(): Record<string, unknown> {
    const { bridge } = this;
    const now: Record<string, unknown> = customOf(bridge);
    for (const name in { ...Object(unpack(this.custom)), ...bridge.found, ...bridge.visitor.custom }) now[name] ??= null;
    return now;
  }

  /** The visitor has the end of this conversation before their eyes. */
  saw(id: string): void {
    const last = this.store
      .messages(id)
      .filter((message) => message.from !== 'visitor')
      .at(-1);
    const unread = this.store.thread(id)?.unread ?? 0;
    if (!last || (!unread && (last.read || this.readSent.get(id) === last.id))) return;
    this.readSent.set(id, last.id);
    this.store.markRead(id);
    if (!this.connection.send({ type: 'read', thread_id: id, message_id: last.id })) {
      // Without a socket the request takes the mark; if that fails too, the next look tries again.
      this.api.read(id, last.id).catch(() => this.readSent.delete(id));
    }
    this.hooks.changed();
  }

  private setPhase(phase: Phase): void {
    this.phase = phase;
    this.hooks.changed();
  }

  private adopt(answer: SessionAnswer): void {
    const key = answer.visitor ?? '';
    this.bridge.visitor.visitor = key;
    this.keep.set('visitor', key);
    const identity = answer.identity?.id ?? '';
    this.uuid = answer.identity?.uuid ?? null;
    this.variables = answer.identity?.variables ?? {};
    this.reachable = !!answer.identity?.reachable;
    if (identity === this.identity) return;
    if (this.identity) this.leave();
    const last = this.keep.get('who');
    if (last && last !== identity) forgetPerson(this.keep);
    this.keep.set('who', identity);
    this.identity = identity;
    this.outbox.load(identity);
  }

  /** Takes one person's conversations off the screen before it is known what another one's are. */
  private leave(): void {
    this.connection.stop();
    this.outbox.end();
    this.store.clear();
    this.added.clear();
    this.identity = '';
    this.hooks.forget();
    this.setPhase('starting');
  }

  private unavailable(error: ApiError): void {
    const { error: code } = error;
    if (code === 'jwt_expired') {
      this.halt('expired', code);
    } else if ([400, 413, 422].includes(error.status) && this.bridge.visitor.identity) {
      // What the page says of the visitor cannot be taken; without it they can still write.
      console.warn(`Chat: _setIdentity: ${error.message}`);
      this.bridge.visitor.identity = null;
      this.begin();
    } else if (error.error === 'jwt_invalid' || [400, 403, 413].includes(error.status)) {
      // For whoever integrates the chat: the visitor can do nothing with the reason.
      console.warn(`Chat: ${error.message || error.error}`);
      this.halt('refused', code);
    } else {
      if (!(error instanceof ApiError)) complain(error);
      if (this.phase !== 'ready') this.setPhase('retry');
      this.later();
    }
  }

  private halt(phase: Phase, code: string): void {
    this.bridge.emit('error', { code });
    this.connection.stop();
    this.setPhase(phase);
  }

  private later(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = later(() => this.begin(), backoff(this.attempt++));
  }

  private connected(open: boolean): void {
    if (open) {
      this.attempt = 0;
      // What was said on the old socket may not have arrived.
      this.readSent.clear();
      if (this.stale) void this.refresh();
      if (!this.pageTold) this.pageChanged();
      this.reportDelivered();
      this.outbox.kick();
    } else {
      this.offlineSince = Date.now();
      // The banner appears after a while, so the view must be asked again then.
      later(() => this.hooks.changed(), 2600);
    }
    this.hooks.changed();
  }

  private receive(frame: ServerFrame): void {
    if (frame.type === 'error') {
      this.connection.stop();
      if (frame.error === 'jwt_expired') this.halt('expired', frame.error);
      else this.later();
      // It may be switched off.
      if (frame.error === 'not_found') this.renew();
      return;
    }
    if (frame.type === 'config') this.renew();
    const { news } = this.store.apply(frame);
    if (frame.type === 'reload' || frame.type === 'removed') {
      this.stale = true;
      void this.refresh();
    }
    if (frame.type === 'typing') this.expireTyping(frame.thread_id, frame.on);
    if (frame.type === 'message') {
      this.outbox.confirm(frame.message, frame.thread);
      this.reportDelivered([frame.message]);
      if (news) this.hear([frame.message]);
    }
    this.hooks.changed();
  }

  /** Tells of what an agent has said. What bears an id of this side was said on the page before it was recorded. */
  private hear(news: Message[]): void {
    for (const message of news) if (message.from === 'agent' && !message.client_id) this.hooks.received(message);
  }

  private expireTyping(thread: string, on: boolean): void {
    clearTimeout(this.typingTimers.get(thread));
    if (!on) return;
    const stop = () => {
      this.store.setTyping(thread);
      this.hooks.changed();
    };
    this.typingTimers.set(thread, later(stop, TYPING_LASTS));
  }

  /** Says which of the agent's messages have reached this browser. */
  private reportDelivered(among?: Message[]): void {
    const all = among ?? this.store.loadedThreads().flatMap((id) => this.store.messages(id));
    const ids = all.filter((m) => m.from === 'agent' && !m.delivered && !this.deliveredSent.has(m.id)).map((m) => m.id);
    if (ids.length && this.connection.send({ type: 'delivered', message_ids: ids })) {
      for (const id of ids) this.deliveredSent.add(id);
    }
  }

  /** Everything again from the start, because the server no longer knows what we have missed. */
  private async refresh(): Promise<void> {
    const turn = this.turn;
    try {
      const { threads, position, timeline } = await this.api.threads();
      if (turn !== this.turn) return;
      // Under another timeline everything looks new.
      const goesOn = timeline === this.store.timeline;
      const hear = (news: Message[]) => goesOn && this.hear(news);
      this.store.enter(timeline, position);
      hear(this.store.setThreads(threads, position));
      for (const id of this.store.loadedThreads()) {
        const page = await this.api.messages(id).catch((error: ApiError) => {
          if (error.status !== 404) throw error;
        });
        if (turn !== this.turn) return;
        if (page) {
          hear(this.store.setNewest(id, page.messages, page.more, page.position));
          this.store.putNotices(id, page.notices);
        } else this.store.drop(id);
      }
      this.stale = false;
      this.reportDelivered();
    } catch (error) {
      // Still stale: the next connection tries again, or the poll does. Who is not known any more begins anew.
      if ((error as ApiError).status === 401) this.later();
    }
    this.hooks.changed();
  }

  /** Some networks let requests through and no sockets; answers then come late instead of never. */
  private poll(): void {
    // Who is in a conversation hears of an answer wherever they are.
    if (this.phase !== 'ready' || (document.hidden && !isEngaged(this.keep.remembered().engagedAt))) return;
    if (this.stale || this.offlineFor > POLL_EVERY) void this.refresh();
  }

  private async page(id: string, before?: string): Promise<void> {
    const turn = this.turn;
    this.loading.add(id);
    this.hooks.changed();
    try {
      const page = await this.api.messages(id, before);
      if (turn === this.turn) {
        if (before) this.store.addOlder(id, page.messages, page.more, page.position);
        else this.store.setNewest(id, page.messages, page.more, page.position);
        this.store.putNotices(id, page.notices);
        this.reportDelivered();
      }
    } catch (error) {
      if ((error as ApiError).status === 401) this.later();
    }
    this.loading.delete(id);
    this.hooks.changed();
  }

  private async deliver(item: OutItem): Promise<SendResult> {
    if (this.phase !== 'ready') return { kind: 'again' };
    const { client_id, body, before, reply_to } = item;
    try {
      const sent = await this.api.send({
        client_id,
        thread_id: isLocal(item.thread) ? null : item.thread,
        body,
        language: told(this.bridge),
        attachment_ids: item.attachments.map((attachment) => attachment.id),
        reply_to,
        consent: this.keep.get('agreed') ?? undefined,
        origin: isLocal(item.thread) ? this.origin(item.thread) : undefined,
        before,
      });
      return { kind: 'sent', ...sent };
    } catch (error) {
      const { status, passing, error: code } = error as ApiError;
      if (status === 401) return { kind: 'session' };
      if (code === 'too_many_conversations' && this.alone && (await this.join(item))) return this.deliver(item);
      if (code === 'consent_required') this.askAnew();
      if (passing) return { kind: 'again' };
      this.bridge.emit('error', { code, thread_id: isLocal(item.thread) ? null : item.thread });
      return { kind: 'refused', error: code };
    }
  }

  /** What has brought the visitor here is the conversation's from its beginning, and so is the page on which they write. */
  private origin(thread: string): object {
    const { bridge, keep } = this;
    const by = isAsked(thread) ? { by: 'user' } : { trigger_id: bridge.by?.trigger_id ?? bridge.origin };
    const origin = { ...by, page: { ...pageOf(bridge), ...visitOf(keep) }, custom: this.variablesNow() };
    // A page that says too much of itself keeps no message back.
    return pack(origin).length < 16_000 ? origin : by;
  }

  /** Another tab, or an agent, has begun the one conversation that there may be: what is said here goes on in that. */
  private async join({ thread: local }: OutItem): Promise<boolean> {
    await this.refresh();
    const open = this.store.threads().find((thread) => !thread.closed);
    if (!isLocal(local) || !open) return false;
    this.outbox.follow(local, open);
    this.hooks.moved(local, open);
    void this.openThread(open.id);
    return true;
  }

  private confirmed(item: OutItem, message: Message, thread: Thread): void {
    if (isLocal(item.thread)) {
      this.store.meet(thread, 0);
      const rows = this.added.get(item.thread);
      if (rows) this.added.set(thread.id, rows);
      this.hooks.moved(item.thread, thread);
    }
    this.store.putMessage(message, 0);
    void this.openThread(thread.id);
  }
}
