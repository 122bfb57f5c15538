import { Again } from '../again';
import { ApiError } from '../api/http';
import * as api from '../api/inbox';
import type { FolderCounts, FolderName, FolderRef, Id, OwnFolder, ThreadRow } from '../api/types';
import { isOwnFolder } from '../folders';
import { t } from '../i18n.svelte';
import { live, type EventFrame } from '../live/socket.svelte';
import { session } from '../session.svelte';
import { throttle } from '../throttle';
import { belongs, emptyList, forgetOutside, placeWindow, refresh, remove, upsert, type ListState } from './list';
import { missingWindows, type Range } from './window';

export const WINDOW = 100;
/** Enough to bridge the time that one slow answer takes. */
const REPLAYED = 100;

const keyOf = ({ folder, source, text, everywhere }: api.ListQuery) => `${folder} ${source ?? ''} ${everywhere} ${text}`;

class Inbox {
  query = $state.raw<api.ListQuery>({ folder: 'new', source: null, text: '', everywhere: false });
  list = $state.raw<ListState>(emptyList());
  loaded = $state(false);
  failure = $state.raw<unknown>(null);
  /** Conditions of the search that were not understood, and searched for as words. */
  asWords = $state.raw<string[]>([]);
  counts = $state.raw<FolderCounts | null>(null);
  folders = $state.raw<OwnFolder[]>([]);
  cursor = $state<Id | null>(null);
  /** Set by the list on screen, to keep what the reader looks at in place. */
  onMove: (from: number, to: number) => void = () => {};

  private range: Range = { first: 0, last: 30 };
  private inFlight = new Map<number, AbortController>();
  private position = 0;
  private timeline: string | null = null;
  private recent: EventFrame[] = [];
  /** The last seen state of lists that are not shown, so that changing folders shows something at once. */
  private kept = new Map<string, ListState>();
  private lastSlot = 0;

  /** Not at every step of a scroll: somebody who drags through thousands of rows wants the ones where they stop. */
  private fill = throttle(() => {
    for (const offset of missingWindows(this.list.slots, this.range, WINDOW)) void this.fetch(offset);
  }, 120);
  private recount = throttle(() => void this.loadCounts(), 1_000);
  /** Whoever waits for me is told of sooner than what only changes a number. */
  private recountMine = throttle(() => void this.loadCounts(), 200);
  private recheck = throttle(() => void this.resync(), 2_500);
  private again = new Again(() => void this.resync());

  start(): () => void {
    this.recount();
    const stops = [
      live.on('event', (frame) => this.hear(frame)),
      live.on('ready', (frame) => {
        // What happened between the first fetch and the first welcome is in neither.
        const elsewhere = frame.timeline !== this.timeline;
        if (frame.reload || elsewhere || (frame.position ?? 0) > this.position) void this.resync();
        this.recount();
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      this.fill.cancel();
      this.recount.cancel();
      this.recountMine.cancel();
      this.recheck.cancel();
    };
  }

  reset(): void {
    this.abort();
    this.again.done();
    this.kept.clear();
    this.list = emptyList();
    this.loaded = false;
    this.counts = null;
    this.cursor = null;
  }

  show(query: api.ListQuery): void {
    const changed = keyOf(query) !== keyOf(this.query);
    if (!changed && (this.loaded || this.inFlight.size)) return;
    if (this.loaded) this.kept.set(keyOf(this.query), this.list);
    this.abort();
    this.query = query;
    this.again.done();
    this.failure = null;
    this.asWords = [];
    this.cursor = null;
    this.recent = [];
    const kept = this.kept.get(keyOf(query));
    this.list = kept ? forgetOutside(kept, 0, WINDOW) : emptyList();
    this.loaded = kept !== undefined;
    this.range = { first: 0, last: 30 };
    void this.fetch(0);
  }

  retry(): void {
    this.failure = null;
    void this.fetch(0);
  }

  /** Called as the list scrolls: remembers what is seen and fetches what is missing. */
  see(range: Range): void {
    this.range = range;
    // What could not be fetched is not asked for at every step: that is tried again in its own time.
    if (this.loaded && this.failure === null && missingWindows(this.list.slots, range, WINDOW).length) this.fill();
  }

  row(id: Id | undefined): ThreadRow | undefined {
    return id === undefined ? undefined : this.list.rows.get(id);
  }

  /** The thread some steps from the cursor. When the thread under the cursor has left the list, the one that took its place. */
  step(by: number): Id | null {
    const at = this.cursor === null ? -1 : this.list.slots.indexOf(this.cursor);
    const next = at >= 0 ? at + by : this.cursor === null ? 0 : by > 0 ? this.lastSlot : this.lastSlot - 1;
    const id = this.list.slots[Math.max(0, Math.min(next, this.list.slots.length - 1))];
    if (id) this.point(id);
    return id ?? null;
  }

  point(id: Id | null): void {
    this.cursor = id;
    if (id) this.lastSlot = Math.max(0, this.list.slots.indexOf(id));
  }

  /** Shows a change of ours before the journal tells it. */
  patch(id: Id, change: Partial<ThreadRow>): void {
    const row = this.list.rows.get(id);
    if (row) this.list = refresh(this.list, { ...row, ...change });
  }

  /** Takes in a row that came with another answer; only the server knows where an unknown one goes. */
  learn(row: ThreadRow): void {
    this.apply(row);
    this.recount();
  }

  private hear(frame: EventFrame): void {
    this.recount();
    if (frame.thread?.intervention?.user?.id === session.user.id) this.recountMine();
    this.recent = [...this.recent, frame].slice(-REPLAYED);
    if (frame.thread) this.apply(frame.thread);
    else if (frame.event.thread_id) this.recheck();
  }

  private apply(row: ThreadRow): void {
    if (!this.loaded) return;
    const verdict = belongs(row, { ...this.query, me: session.user.id });
    if (verdict === 'unknown') {
      this.list = refresh(this.list, row);
      this.recheck();
      return;
    }
    const change = verdict ? upsert(this.list, row) : remove(this.list, row.id);
    if (this.cursor === row.id && change.from >= 0) this.lastSlot = change.to >= 0 ? change.to : change.from;
    this.list = change.list;
    if (change.from !== change.to) this.onMove(change.from, change.to);
    this.see(this.range);
  }

  /** What a folder of any kind is called. */
  nameOf(folder: FolderRef): string {
    if (!isOwnFolder(folder)) return t(`folder.${folder as FolderName}`);
    return this.folders.find((one) => one.id === folder)?.label ?? '';
  }

  async loadCounts(): Promise<void> {
    try {
      const { folders, ...counts } = await api.folders();
      [this.counts, this.folders] = [counts, folders];
    } catch {
      // The next event asks again; old numbers do no harm.
    }
  }

  /** Fetches what is on screen again and forgets the rest until it is scrolled to. */
  async resync(): Promise<void> {
    if (!this.loaded && this.failure === null) return;
    this.abort();
    const first = Math.floor(this.range.first / WINDOW) * WINDOW;
    const last = Math.max(first + WINDOW, Math.ceil(this.range.last / WINDOW) * WINDOW);
    for (let offset = first; offset < last; offset += WINDOW) await this.fetch(offset, { first, last });
  }

  private async fetch(offset: number, keep?: Range): Promise<void> {
    if (this.inFlight.has(offset)) return;
    const controller = new AbortController();
    this.inFlight.set(offset, controller);
    try {
      const page = await api.threads(this.query, offset, WINDOW, controller.signal);
      const base = keep ? forgetOutside(this.list, keep.first, keep.last) : this.list;
      this.list = placeWindow(base, offset, page.records, page.count);
      // The server was restored from a backup: positions begin anew, and what was told under others counts no more.
      if (page.timeline !== this.timeline) [this.timeline, this.position, this.recent] = [page.timeline, 0, []];
      this.position = Math.max(this.position, page.position);
      if (offset === 0) this.asWords = page.as_words;
      this.loaded = true;
      this.failure = null;
      this.again.done();
      // The answer may be older than what the socket has told in the meantime.
      for (const frame of this.recent) if (frame.position > page.position && frame.thread) this.apply(frame.thread);
      if (this.counts && !this.query.source && !this.query.text && !isOwnFolder(this.query.folder)) {
        this.counts = { ...this.counts, [this.query.folder]: this.list.slots.length };
      }
    } catch (cause) {
      if (controller.signal.aborted) return;
      if (cause instanceof ApiError && cause.status === 401) return;
      this.failure = cause;
      this.again.failed(cause);
    } finally {
      if (this.inFlight.get(offset) === controller) this.inFlight.delete(offset);
    }
    this.see(this.range);
  }

  private abort(): void {
    for (const controller of this.inFlight.values()) controller.abort();
    this.inFlight.clear();
  }
}

export const inbox = new Inbox();
