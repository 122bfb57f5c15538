/**
 * The conversation that is likely next, fetched while its reader is at another one, so that it is there at once. One at a
 * time, and only for as long as nothing was told of it; nobody has read it by that, or is shown to look at it.
 */
import * as api from '../api/inbox';
import type { Id, ThreadDetail } from '../api/types';
import { inbox } from '../inbox/store.svelte';
import { live } from '../live/socket.svelte';

/** Who goes on at once does not need what would have been next. */
const PAUSE = 200;

export class Ahead {
  /** Which way the reader goes. */
  by = 1;
  private id: Id | null = null;
  private detail: ThreadDetail | null = null;
  private fetching: AbortController | null = null;
  private timer = 0;

  start(): () => void {
    const stops = [
      live.on('event', ({ event }) => this.id && event.thread_id === this.id && this.drop()),
      live.on('mine', ({ thread_id }) => thread_id === this.id && this.drop()),
      // What happened while there was no connection may be about it.
      live.on('ready', () => this.drop()),
    ];
    return () => {
      stops.forEach((stop) => stop());
      this.drop();
    };
  }

  /** Fetches what stands beside a thread that is on screen now. */
  soon(beside: Id): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(beside), PAUSE);
  }

  private async look(beside: Id): Promise<void> {
    const { timer } = this;
    const next = await inbox.reach(beside, this.by);
    if (timer === this.timer && next !== this.id) void this.fetch(next);
  }

  /** What was fetched of a thread, if it was; whatever else was is not needed any more. */
  take(id: Id | null): ThreadDetail | null {
    const detail = id !== null && this.id === id ? this.detail : null;
    this.drop();
    return detail;
  }

  private async fetch(id: Id | null): Promise<void> {
    this.drop();
    if (!id) return;
    const controller = new AbortController();
    [this.id, this.fetching] = [id, controller];
    const detail = await api.thread(id, undefined, controller.signal).catch(() => null);
    if (this.fetching === controller) [this.detail, this.fetching] = [detail, null];
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.fetching?.abort();
    [this.id, this.detail, this.fetching] = [null, null, null];
  }
}
