import type { Limits } from '../../../../shared/composing';
import { Again } from '../again';
import { ApiError, mayPass } from '../api/http';
import * as api from '../api/inbox';
import type { ContentView, Id, Intervention, ThreadDetail, Viewer } from '../api/types';
import { t } from '../i18n.svelte';
import { inbox } from '../inbox/store.svelte';
import { live } from '../live/socket.svelte';
import { session } from '../session.svelte';
import { throttle } from '../throttle';
import { explain } from '../refusal';
import { toasts } from '../toasts.svelte';
import { draftOf, type Taken } from './drafts.svelte';
import { answerable, buildHistory, mergeNewest, mergeOlder } from './history';
import { conflictOf, epochFor } from './ownership';

export interface Sending extends Taken {
  thread: Id;
}

/** A preview that the customer's side never ends (a closed laptop) must not stay for ever. */
const TYPING_LASTS = 15_000;

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

  items = $derived(
    this.detail
      ? buildHistory(
          this.detail.contents,
          this.detail.interventions,
          this.detail.lines,
          this.detail.more,
          this.detail.pages,
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
  private typingTimer = 0;
  private reload = throttle(() => void this.load(), 300);
  private again = new Again(() => void this.load());

  start(): () => void {
    const stops = [
      live.on('event', (frame) => {
        if (frame.event.thread_id === this.wanted) this.reload();
      }),
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
    const onShown = () => {
      if (!document.hidden && this.detail?.thread.unread) this.markRead();
    };
    document.addEventListener('visibilitychange', onShown);
    return () => {
      stops.forEach((stop) => stop());
      document.removeEventListener('visibilitychange', onShown);
    };
  }

  open(id: Id | null): void {
    if (id === this.wanted) return;
    this.reload.cancel();
    this.loading?.abort();
    this.again.done();
    this.wanted = id;
    live.viewing(id);
    // What could not be shown, or is left, gives its place up at once.
    if (id === null || this.failure) this.show(null, null);
    if (id) void this.load();
  }

  async load(): Promise<void> {
    const id = this.wanted;
    if (!id) return;
    this.loading?.abort();
    const controller = new AbortController();
    this.loading = controller;
    try {
      const fresh = await api.thread(id, undefined, controller.signal);
      if (this.wanted === id) this.take(fresh);
    } catch (cause) {
      if (controller.signal.aborted || this.wanted !== id) return;
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
    this.viewers = (detail?.viewers ?? []).filter((viewer) => viewer.id !== session.user.id);
    this.showTyping(null);
  }

  private take(fresh: ThreadDetail): void {
    this.again.done();
    const before = this.opening ? null : this.detail;
    if (before) {
      const contents = mergeNewest(before.contents, fresh.contents, fresh.more);
      const keptOlder = contents.length > fresh.contents.length;
      this.detail = { ...fresh, contents, more: keptOlder ? before.more : fresh.more };
      this.failure = null;
    } else {
      this.show(fresh.thread.id, fresh);
    }
    if (this.detail?.contents.at(-1)?.from === 'customer') this.showTyping(null);
    inbox.learn(fresh.thread);
    if (fresh.thread.unread && !document.hidden) this.markRead();
  }

  private markRead(): void {
    const id = this.id!;
    inbox.patch(id, { unread: false });
    api.markRead(id).catch(() => {});
  }

  async loadOlder(): Promise<void> {
    const id = this.id;
    const oldest = this.detail?.contents[0];
    if (!id || !oldest || !this.detail?.more || this.loadingOlder) return;
    this.loadingOlder = true;
    try {
      const page = await api.thread(id, oldest.id);
      if (this.id === id && this.detail) {
        this.detail = { ...this.detail, contents: mergeOlder(page.contents, this.detail.contents), more: page.more };
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
    if (this.busy) return false;
    this.busy = true;
    try {
      await run();
      if (done) toasts.done(done);
      return true;
    } catch (cause) {
      if (!told?.(cause)) this.explainFailure(cause);
      return false;
    } finally {
      // The next action is decided on what this one has made of the thread.
      await this.load();
      this.busy = false;
    }
  }

  private explainFailure(cause: unknown): void {
    const owner = ownerOf(cause);
    if (owner) toasts.show('error', t('thread.already_engaged', { name: owner }));
    else if (conflictOf(cause)) toasts.show('error', t('thread.let_go'));
    else toasts.error(cause);
  }

  async engage(): Promise<boolean> {
    const content = answerable(this.detail?.contents ?? []);
    return content ? this.act(() => api.engage(content)) : false;
  }

  async reopen(intervention: Intervention): Promise<boolean> {
    return this.act(() => api.engage(intervention.content_id), t('thread.reopened'));
  }

  /** Sends the draft's reply, after those of this thread that are under way, so that they arrive as they were written. */
  async reply(): Promise<void> {
    const id = this.id;
    const detail = this.detail;
    const target = answerable(detail?.contents ?? []);
    if (!id || !detail || !target) return;
    const taken = draftOf(id).take();
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
      await api.reply(
        target,
        taken.text.trim(),
        taken.files.map((file) => file.id!),
        taken.key,
        epoch,
      );
      draft.delivered(taken);
    } catch (cause) {
      const owner = ownerOf(cause);
      const arrived = cause instanceof ApiError && cause.unanswered && (await this.arrived(id, sending, known));
      if (arrived) draft.delivered(taken);
      else
        draft.giveBack(taken, owner ? t('thread.already_engaged', { name: owner }) : explain(cause), {
          unanswered: cause instanceof ApiError && cause.unanswered,
          mayPass: mayPass(cause),
          conflict: conflictOf(cause),
        });
    }
    if (this.id === id) await this.load();
    this.sending = this.sending.filter((other) => other !== sending);
  }

  /** After a broken connection: looks whether the reply is there, before somebody sends it a second time. */
  private async arrived(id: Id, sending: Sending, known: Set<Id>): Promise<boolean> {
    try {
      const { contents } = await api.thread(id);
      return contents.some(
        (content: ContentView) =>
          content.from === 'agent' &&
          content.creator?.id === session.user.id &&
          content.body.trim() === sending.text.trim() &&
          content.attachments.length === sending.files.length &&
          !known.has(content.id),
      );
    } catch {
      return false;
    }
  }

  /** What can be sent in this thread. */
  get limits(): Limits {
    return { extensions: this.detail?.attachment_extensions, max_bytes: this.detail?.attachment_max_bytes };
  }

  /** A comment goes to the case in hand, or to the last one when the thread is at rest. */
  get commentable(): Id | null {
    return this.active?.id ?? this.lastClosed?.id ?? null;
  }

  async comment(): Promise<void> {
    const intervention = this.commentable;
    if (!this.id || !intervention) return;
    const draft = draftOf(this.id);
    const note = draft.note;
    draft.note = '';
    draft.error = null;
    try {
      await api.comment(intervention, note.trim());
      draft.save();
      // What is said next is for the customer, unless its author says otherwise.
      if (this.detail?.can.reply && !draft.note) draft.mode = 'reply';
      await this.load();
    } catch (cause) {
      draft.note = note;
      draft.save();
      draft.error = explain(cause);
      draft.mayPass = mayPass(cause);
    }
  }
}

/** Who has it, when the answer is that somebody else was first. */
function ownerOf(cause: unknown): string | null {
  const conflict = conflictOf(cause);
  if (conflict) return conflict.name;
  if (!(cause instanceof ApiError) || cause.code !== 'already_engaged') return null;
  return cause.body.owner?.name ?? t('thread.somebody');
}

export const openThread = new OpenThread();
api.readEpochFrom(() => openThread.detail?.thread.owner_epoch ?? null);
