import type { Limits } from '../../../../shared/composing';
import { Again } from '../again';
import { ApiError, mayPass } from '../api/http';
import * as api from '../api/inbox';
import type { ContentView, Id, Intervention, Read, ThreadDetail, Viewer } from '../api/types';
import { customerName } from '../customer';
import { t } from '../i18n.svelte';
import { inbox } from '../inbox/store.svelte';
import { live } from '../live/socket.svelte';
import { presses } from '../presses';
import { inboxPath, router } from '../router.svelte';
import { session } from '../session.svelte';
import { throttle } from '../throttle';
import { explain } from '../refusal';
import { toasts } from '../toasts.svelte';
import { begin, doing, failed, final, offer } from '../undo';
import { Ahead } from './ahead';
import { beside, draftOf, faultOf, writtenOf, type Taken } from './drafts.svelte';
import { answerable, buildHistory, joinLines, mergeNewest, mergeOlder, newSince } from './history';
import { keptOf } from './mentions';
import { conflictOf, epochFor } from './ownership';

export interface Sending extends Taken {
  thread: Id;
}

/** A preview that the customer's side never ends (a closed laptop) must not stay for ever. */
const TYPING_LASTS = 15_000;
/** How long a thread is looked at before it counts as read. */
const READ_AFTER = 1_000;

/** The thread on screen, and the one that is to be there: the one stays until the other is whole. */
class OpenThread {
  /** What is on screen; all that is done is done to this one. */
  id = $state<Id | null>(null);
  /** What the address names. */
  wanted = $state<Id | null>(null);
  /** Another one is on its way. */
  opening = $derived(this.wanted !== this.id);
  detail = $state.raw<ThreadDetail | null>(null);
  failure = $state.raw<unknown>(null);
  loadingOlder = $state(false);
  sending = $state.raw<Sending[]>([]);
  typing = $state.raw<{ preview: string | null } | null>(null);
  viewers = $state.raw<Viewer[]>([]);
  busy = $state(false);
  /** What was asked for is not settled yet: it waits for replies that are under way, or its thread is about to be left. */
  deciding = $state(false);
  /** The place after which words were new when it was opened; null where none were. */
  newSince = $state<number | null>(null);

  items = $derived(
    this.detail
      ? buildHistory(
          this.detail.contents,
          this.detail.comments,
          this.detail.lines,
          this.detail.more,
          this.detail.pages,
          this.newSince,
        )
      : [],
  );
  /** The case being worked on, if there is one. */
  active = $derived.by(() => {
    const current = this.detail?.thread.intervention;
    return current && current.status !== 'closed' ? current : null;
  });
  case = $derived(this.detail?.interventions.find((one) => one.id === this.active?.id) ?? null);
  lastClosed = $derived.by(() => {
    const closed = (this.detail?.interventions ?? []).filter((one) => one.closed_at);
    return closed.sort((a, b) => (a.closed_at! < b.closed_at! ? 1 : -1))[0] ?? null;
  });
  mine = $derived(this.active?.user?.id === session.current?.user.id);

  /** The last reply under way on each thread. */
  private replies = new Map<Id, Promise<void>>();
  private loading: AbortController | null = null;
  /** The last look that was begun. */
  private looking = Promise.resolve();
  private typingTimer = 0;
  private readTimer = 0;
  /** The end of what was said is in view. */
  private endShown = false;
  /** Up to which word the open thread is kept unread, until it is left. */
  private keptUnread = -1;
  private ahead = new Ahead();
  private reload = throttle(() => void this.load(), 300);
  private again = new Again(() => void this.load());

  start(): () => void {
    const stops = [
      live.on('event', (frame) => {
        if (frame.event.thread_id === this.wanted) this.reload();
      }),
      this.ahead.start(),
      live.on('ready', () => this.wanted && this.reload()),
      live.on('viewers', (frame) => {
        if (frame.thread_id === this.id) this.viewers = frame.users.filter((user) => user.id !== session.user.id);
      }),
      live.on('page', (frame) => {
        if (frame.identity_id === this.detail?.identity?.id) this.reload();
      }),
      live.on('visitors', ({ source_id, identity_ids }) => {
        const { thread, identity } = this.detail ?? {};
        if (!identity || source_id !== thread?.source?.id) return;
        if (!identity_ids || identity_ids.includes(identity.id)) this.reload();
      }),
      live.on('typing', (frame) => {
        if (frame.thread_id === this.id) this.showTyping(frame.on ? { preview: frame.preview } : null);
      }),
    ];
    const onShown = () => this.readSoon();
    addEventListener('focus', onShown);
    document.addEventListener('visibilitychange', onShown);
    return () => {
      stops.forEach((stop) => stop());
      removeEventListener('focus', onShown);
      document.removeEventListener('visibilitychange', onShown);
    };
  }

  open(id: Id | null): void {
    if (id === this.wanted) return;
    this.reload.cancel();
    this.loading?.abort();
    this.again.done();
    clearTimeout(this.readTimer);
    this.wanted = id;
    live.viewing(id);
    // What could not be shown, or is left, gives its place up at once.
    if (id === null || this.failure) this.show(null, null);
    const there = this.ahead.take(id);
    if (there) this.take(there);
    // What was fetched ahead is looked at once more: something may not have been told.
    if (there) this.reload();
    else if (id) void this.load();
  }

  /** Goes on in one direction of the list: what stands there is likely next. */
  heading(by: number): void {
    this.ahead.by = by;
  }

  /** Tells whether the end of what was said is in view: who has not seen it has not read it. */
  shows(end: boolean): void {
    if (end === this.endShown) return;
    this.endShown = end;
    if (end) this.readSoon();
  }

  /** Fetches it; where that is overtaken by another look at the same one, it is there once that is. */
  load(): Promise<void> {
    const id = this.wanted;
    if (!id) return Promise.resolve();
    this.loading?.abort();
    this.loading = new AbortController();
    return (this.looking = this.look(id, this.loading));
  }

  private async look(id: Id, controller: AbortController): Promise<void> {
    try {
      const fresh = await api.thread(id, undefined, controller.signal);
      if (this.wanted === id) this.take(fresh);
    } catch (cause) {
      if (this.wanted !== id) return;
      // One that was given up for another thread has none that took its place.
      if (controller.signal.aborted) return controller === this.loading ? undefined : this.looking;
      this.again.failed(cause);
      // What is shown of it may be old; it is better than nothing, but for what is not there any more.
      const gone = cause instanceof ApiError && cause.status === 404;
      if (this.opening || !this.detail || gone) this.show(id, null, cause);
    }
  }

  private show(id: Id | null, detail: ThreadDetail | null, failure: unknown = null): void {
    this.id = id;
    this.detail = detail;
    this.failure = failure;
    this.endShown = false;
    this.keptUnread = -1;
    this.newSince = detail && newSince(detail);
    this.viewers = (detail?.viewers ?? []).filter((viewer) => viewer.id !== session.user.id);
    this.showTyping(null);
  }

  private take(fresh: ThreadDetail): void {
    this.again.done();
    const before = this.opening ? null : this.detail;
    if (before) {
      const contents = mergeNewest(before.contents, fresh.contents, fresh.more);
      const keptOlder = contents.length > fresh.contents.length;
      const older = keptOlder ? before.lines.filter((line) => line.ordinal < fresh.contents[0]!.ordinal) : [];
      const lines = joinLines(older, fresh.lines);
      this.detail = { ...fresh, contents, lines, more: keptOlder ? before.more : fresh.more };
      this.failure = null;
    } else {
      this.show(fresh.thread.id, fresh);
    }
    if (this.detail?.contents.at(-1)?.from === 'customer') this.showTyping(null);
    inbox.learn(fresh.thread);
    this.readSoon();
    this.ahead.soon(fresh.thread.id);
  }

  /** Who has looked at a thread's end for a moment has read it; in a window behind others nobody looks at it. */
  private readSoon(): void {
    clearTimeout(this.readTimer);
    const id = this.id;
    if (!id || !this.detail?.thread.unread || this.opening || !this.endShown) return;
    if (this.detail.thread.attention_ordinal <= this.keptUnread) return;
    this.readTimer = window.setTimeout(() => {
      const { thread } = this.detail ?? {};
      if (this.id !== id || !thread?.unread || !this.endShown || document.hidden || !document.hasFocus()) return;
      void api
        .markRead(id, thread.last_ordinal)
        .then((read) => this.noteRead(id, read))
        .catch(() => {});
    }, READ_AFTER);
  }

  private noteRead(id: Id, read: Read): void {
    inbox.noteRead(id, read);
    if (this.id !== id || !this.detail) return;
    const unread = read.marked || this.detail.thread.attention_ordinal > read.read_ordinal;
    this.detail = { ...this.detail, thread: { ...this.detail.thread, ...read, unread } };
  }

  /** Has me find the thread unread again, once I have left it. */
  async keepUnread(): Promise<void> {
    const { id, detail } = this;
    if (!id || !detail) return;
    clearTimeout(this.readTimer);
    this.keptUnread = detail.thread.attention_ordinal;
    try {
      inbox.noteRead(id, await api.markUnread(id));
      toasts.done(t('thread.marked_unread'));
    } catch (cause) {
      toasts.error(cause);
    }
  }

  async loadOlder(): Promise<void> {
    const id = this.id;
    const oldest = this.detail?.contents[0];
    if (!id || !oldest || !this.detail?.more || this.loadingOlder) return;
    this.loadingOlder = true;
    try {
      const page = await api.thread(id, oldest.id);
      if (this.id === id && this.detail) {
        const contents = mergeOlder(page.contents, this.detail.contents);
        const lines = joinLines(page.lines, this.detail.lines);
        this.detail = { ...this.detail, contents, lines, more: page.more };
      }
    } catch (cause) {
      toasts.error(cause);
    } finally {
      this.loadingOlder = false;
    }
  }

  private showTyping(typing: { preview: string | null } | null): void {
    clearTimeout(this.typingTimer);
    this.typing = typing;
    if (typing) this.typingTimer = window.setTimeout(() => (this.typing = null), TYPING_LASTS);
  }

  /**
   * Runs one action on the thread, then shows what became of it. Says no more than the truth when it fails, and nothing
   * when the caller says it (`told`).
   */
  async act(run: () => Promise<unknown>, done?: string, told?: (cause: unknown) => boolean): Promise<boolean> {
    return this.doing(run, () => done && toasts.done(done), told);
  }

  /** The same for what can be taken back, under the id that `run` gets. */
  async undoable(run: (act: Id) => Promise<unknown>, done: string, told?: (cause: unknown) => boolean): Promise<boolean> {
    if (this.busy || !this.id || !this.detail) return false;
    const act = begin(this.id, customerName(this.detail.thread));
    const once = () =>
      run(act.id).catch((cause) => {
        failed(act, cause);
        throw cause;
      });
    // With a live chat ends what can be taken back.
    return doing(this.doing(once, (ended) => (ended ? final : offer)(act, done), told));
  }

  private async doing(
    run: () => Promise<unknown>,
    done: (ended: boolean) => void,
    told?: (cause: unknown) => boolean,
  ): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    const { id } = this;
    const live = this.detail?.thread.live_chat;
    const refusal = await run().then(
      () => null,
      (cause: unknown) => ({ cause }),
    );
    if (refusal) presses.drop();
    // The next action is decided on what this one has made of the thread.
    await this.load();
    this.busy = false;
    if (!refusal) done(Boolean(live) && (this.id !== id || Boolean(this.detail?.thread.closed)));
    else if (!told?.(refusal.cause)) toasts.show('error', this.wordsFor(refusal.cause));
    return !refusal;
  }

  /** Why something was refused, in words. */
  wordsFor(cause: unknown): string {
    const owner = ownerOf(cause);
    if (owner) return t('thread.already_engaged', { name: owner });
    return conflictOf(cause) ? t('thread.let_go') : explain(cause);
  }

  async engage(): Promise<boolean> {
    const content = answerable(this.detail?.contents ?? []);
    return content ? this.undoable((act) => api.engage(content, undefined, act), t('thread.taken')) : false;
  }

  async reopen(intervention: Intervention): Promise<boolean> {
    return this.undoable((act) => api.engage(intervention.content_id, undefined, act), t('thread.reopened'));
  }

  /** Sends the draft's reply, after those of this thread that are under way, so that they arrive as they were written. */
  async reply(): Promise<void> {
    const id = this.id;
    const detail = this.detail;
    const target = answerable(detail?.contents ?? []);
    if (!id || !detail || !target) return;
    const draft = draftOf(id);
    const taken = draft.take(this.mails ? draft.mail.sent(false) : null);
    const sending: Sending = { thread: id, ...taken };
    this.sending = [...this.sending, sending];
    const before = this.replies.get(id);
    const done = (async () => {
      await before;
      // The one before may have engaged the thread.
      const now = this.id === id && this.detail ? this.detail : before ? await api.thread(id).catch(() => detail) : detail;
      await this.send(now, target, taken, sending);
    })();
    this.replies.set(id, done);
    await done;
    if (this.replies.get(id) === done) this.replies.delete(id);
  }

  /** Whether a reply of this thread is under way. */
  get answering(): boolean {
    return this.sending.some((one) => one.thread === this.id);
  }

  /** Waits until the replies of this thread that are under way have arrived, or are back in the composer. */
  async settled(): Promise<void> {
    this.deciding = true;
    if (this.id) await this.replies.get(this.id);
    this.deciding = false;
  }

  /** Whatever happens, the text is in the end either with the server or back in the composer. */
  private async send(detail: ThreadDetail, target: Id, taken: Taken, sending: Sending): Promise<void> {
    const id = sending.thread;
    const draft = draftOf(id);
    const known = new Set(detail.contents.map((content) => content.id));
    const current = detail.thread.intervention;
    try {
      let epoch = epochFor(detail.thread, session.current?.user.id, taken.epoch);
      if ((!current || current.status === 'closed') && detail.can.engage) {
        epoch = (await api.engage(target, epoch)).owner_epoch;
        // Should the reply itself fail, it is mine by now.
        taken.epoch = epoch;
      }
      await api.reply(target, writtenOf(taken), taken.key, epoch);
      draft.delivered(taken);
    } catch (cause) {
      const owner = ownerOf(cause);
      const arrived = cause instanceof ApiError && cause.unanswered && (await this.arrived(id, sending, known));
      if (arrived) draft.delivered(taken);
      else {
        draft.giveBack(taken, owner ? t('thread.already_engaged', { name: owner }) : explain(cause), {
          unanswered: cause instanceof ApiError && cause.unanswered,
          mayPass: mayPass(cause),
          conflict: conflictOf(cause),
          fault: taken.mail ? faultOf(cause) : null,
        });
        this.sayLost(id, detail, draft.error);
      }
    }
    if (this.id === id) await this.load();
    this.sending = this.sending.filter((other) => other !== sending);
  }

  /** Whose writer has moved on does not see that it is back in the composer. */
  private sayLost(id: Id, { thread }: ThreadDetail, reason: string | null): void {
    if (this.id === id) return;
    const text = t('composer.lost', { name: customerName(thread), reason: reason ?? '' });
    toasts.show('error', text, { label: t('composer.lost_open'), run: () => router.go(inboxPath({ folder: 'open', thread: id })) }, Infinity);
  }

  /** After a broken connection: looks whether the reply is there, before somebody sends it a second time. */
  private async arrived(id: Id, sending: Sending, known: Set<Id>): Promise<boolean> {
    try {
      const { contents } = await api.thread(id);
      return contents.some(
        (content: ContentView) =>
          content.from === 'agent' &&
          content.creator?.id === session.user.id &&
          // Formatted text is made text by the server, which counts spaces in its own way.
          squeezed(content.body).startsWith(squeezed(sending.text)) &&
          content.attachments.length === beside(sending).length &&
          !known.has(content.id),
      );
    } catch {
      return false;
    }
  }

  /** Its contents are mails. */
  get mails(): boolean {
    return this.detail?.thread.source?.type === 'email';
  }

  /** What can be sent in this thread. */
  get limits(): Limits {
    return { extensions: this.detail?.attachment_extensions, max_bytes: this.detail?.attachment_max_bytes };
  }

  async comment(): Promise<void> {
    const { id, detail } = this;
    if (!id || !detail) return;
    const draft = draftOf(id);
    const taken = draft.takeNote();
    try {
      const { body, ids } = keptOf(taken.text.trim(), taken.mentions);
      await api.comment(id, body, ids, taken.key, taken.version);
      draft.noted(taken);
      // What is said next is for the customer, unless its author says otherwise.
      if (detail.can.reply && !draft.note) draft.mode = 'reply';
      if (this.id === id) await this.load();
    } catch (cause) {
      draft.giveNoteBack(taken, explain(cause), mayPass(cause));
      this.sayLost(id, detail, draft.error);
    }
  }
}

const squeezed = (text: string) => text.replace(/^- /gm, '').replace(/\s+/g, ' ').trim();

/** Who has it, when the answer is that somebody else was first. */
function ownerOf(cause: unknown): string | null {
  const conflict = conflictOf(cause);
  if (conflict) return conflict.name;
  if (!(cause instanceof ApiError) || cause.code !== 'already_engaged') return null;
  return cause.body.owner?.name ?? t('thread.somebody');
}

export const openThread = new OpenThread();
api.readEpochFrom(() => openThread.detail?.thread.owner_epoch ?? null);
