/**
 * Drafts lie with the server, so that they are there at every machine: each is saved a moment after the last key, and comes with its
 * conversation. Two windows do not overwrite each other: one that has changed nothing follows, else its writer decides.
 */
import { untrack } from 'svelte';
import { ApiError, mayPass } from '../lib/api/http';
import { drafts as keptDrafts, keepDraft } from '../lib/api/drafts';
import * as api from '../lib/api/inbox';
import type { Id, KeptDraft } from '../lib/api/types';
import { live } from '../lib/live/socket.svelte';
import { draftOf, drafted, whenSaved, type Draft } from '../lib/thread/drafts.svelte';
import { openThread } from '../lib/thread/store.svelte';

/** How long after the last key it is saved. */
const PAUSE = 800;
/** How long after it could not be it is tried again. */
const AGAIN = 5_000;

class Keeping {
  private timers = new Map<Id, number>();
  private busy = new Set<Id>();
  /** Of whoever is signed in: what comes back for somebody who has left is not kept. */
  private turn = 0;

  start(): () => void {
    whenSaved((draft) => this.soon(draft));
    const flush = () => document.hidden && this.flush();
    addEventListener('pagehide', this.flush);
    document.addEventListener('visibilitychange', flush);
    const stops = [
      live.on('draft', ({ thread_id, version }) => this.hear(thread_id, version)),
      live.on('ready', () => void this.look()),
      $effect.root(() => {
        $effect(() => {
          const { detail } = openThread;
          if (detail) untrack(() => this.meet(detail.thread.id, detail.draft));
        });
      }),
    ];
    void this.look();
    return () => {
      this.turn += 1;
      stops.forEach((stop) => stop());
      whenSaved(() => {});
      removeEventListener('pagehide', this.flush);
      document.removeEventListener('visibilitychange', flush);
      for (const timer of this.timers.values()) clearTimeout(timer);
      this.timers.clear();
      for (const id of Object.keys(drafted)) delete drafted[id];
    };
  }

  /** Which conversations have one: rows say so. */
  private async look(): Promise<void> {
    try {
      const { drafts } = await keptDrafts();
      for (const id of Object.keys(drafted)) if (!drafts.some(({ thread_id }) => thread_id === id)) delete drafted[id];
      for (const { thread_id } of drafts) drafted[thread_id] = true;
    } catch {
      // The socket's next return asks again.
    }
  }

  private soon(draft: Draft, pause = draft.written() ? PAUSE : 0): void {
    const { thread } = draft;
    if (thread === 'new-mail') return;
    clearTimeout(this.timers.get(thread));
    this.timers.set(thread, window.setTimeout(() => void this.put(draft), pause));
  }

  /** Whose page goes has it saved at once. */
  private flush = (): void => {
    for (const [id, timer] of this.timers) {
      clearTimeout(timer);
      void this.put(draftOf(id));
    }
  };

  private async put(draft: Draft): Promise<void> {
    const { thread } = draft;
    if (this.busy.has(thread)) return this.soon(draft);
    this.timers.delete(thread);
    // Its writer is asked first which of two it is to be.
    if (draft.elsewhere) return;
    this.busy.add(thread);
    draft.dirty = false;
    const { turn } = this;
    try {
      const { version } = await keepDraft(thread, draft.version, draft.written());
      if (turn !== this.turn) return;
      draft.version = version;
      draft.remember();
      this.mark(thread, version !== null);
    } catch (cause) {
      if (turn !== this.turn) return;
      draft.dirty = true;
      const changed = cause instanceof ApiError && cause.code === 'draft_changed';
      if (changed) await this.ask(draft);
      else if (mayPass(cause)) this.soon(draft, AGAIN);
    } finally {
      this.busy.delete(thread);
    }
  }

  /** What another window has written. */
  private async ask(draft: Draft): Promise<void> {
    const { draft: there } = await api.thread(draft.thread).catch(() => ({ draft: null }));
    if (there) this.meet(draft.thread, there);
  }

  private mark(id: Id, on: boolean): void {
    if (on) drafted[id] = true;
    else delete drafted[id];
  }

  private hear(id: Id, version: number | null): void {
    this.mark(id, version !== null);
    const draft = draftOf(id);
    if (this.busy.has(id) || version === draft.version) return;
    if (version === null) this.gone(draft);
    else if (openThread.id === id) void this.ask(draft);
  }

  /** It was sent, or thrown away, in another window. */
  private gone(draft: Draft): void {
    if (draft.version !== null && !draft.dirty && !this.timers.has(draft.thread)) draft.adopt({}, null);
  }

  /** Lays what the server has beside what is written here. */
  private meet(id: Id, there: KeptDraft | null): void {
    const draft = draftOf(id);
    this.mark(id, there !== null || drafted[id] === true);
    if (!there) return draft.restored ? this.gone(draft) : undefined;
    if (draft.version !== null && there.version <= draft.version) return;
    if (!draft.written() || (!draft.dirty && draft.version !== null && !this.timers.has(id))) draft.adopt(there.draft, there.version);
    else if (draft.sameAs(there.draft)) draft.version = there.version;
    else draft.elsewhere = { draft: there.draft, version: there.version };
  }
}

export const keeping = new Keeping();
