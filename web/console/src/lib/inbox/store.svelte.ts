import { Again } from '../again';
import { ApiError } from '../api/http';
import * as api from '../api/inbox';
import type { FolderCounts, FolderName, FolderRef, Id, OwnFolder, Read, ThreadRow } from '../api/types';
import { clock } from '../time.svelte';
import { isOwnFolder } from '../folders';
import { t } from '../i18n.svelte';
import { live, type EventFrame } from '../live/socket.svelte';
import { session } from '../session.svelte';
import { throttle } from '../throttle';
import {
  belongs,
  emptyList,
  forgetOutside,
  hasHoles,
  noPins,
  orderOf,
  placeWindow,
  refresh,
  remove,
  upsert,
  withCount,
  type Change,
  type ListState,
  type Pins,
} from './list';
import { headsOf } from './sections';
import { missingWindows, type Range } from './window';

export const WINDOW = 100;
/** How long nothing moves after who is at the list has pointed or pressed a key there. */
const AT_HAND = 2_500;
/** Enough to bridge the time that one slow answer takes. */
const REPLAYED = 100;
/** So many lists that are not shown are kept. */
const KEPT = 10;

const keyOf = ({ folder, source, text, everywhere }: api.ListQuery) => `${folder} ${source ?? ''} ${everywhere} ${text}`;

class Inbox {
  query = $state.raw<api.ListQuery>({ folder: 'unassigned', source: null, text: '', everywhere: false });
  list = $state.raw<ListState>(emptyList());
  loaded = $state(false);
  failure = $state.raw<unknown>(null);
  /** Conditions of the search that were not understood, and searched for as words. */
  asWords = $state.raw<string[]>([]);
  counts = $state.raw<FolderCounts | null>(null);
  folders = $state.raw<OwnFolder[]>([]);
  cursor = $state<Id | null>(null);
  /** The open thread, whose row keeps its place until it is left. */
  private pinned: Id | null = null;
  /** That row as it was when the thread was opened, and those that stay while somebody is at the list. */
  private pins = $state.raw<Pins>(noPins);
  /** What came, went or moved while somebody was at the list, as it is now: it is taken in when they have paused. */
  gathered = $state.raw<Pins>(noPins);
  private holding = 0;
  order = $derived(orderOf(this.query));
  heads = $derived(headsOf(this.list, this.order, this.pins, clock.now));
  /** What I have read of the threads that were told of. */
  private reads = new Map<Id, Read>();
  /** Set by the list on screen, to keep what the reader looks at in place. */
  onMove: (from: number, to: number) => void = () => {};

  private range: Range = { first: 0, last: 30 };
  private inFlight = new Map<number, { controller: AbortController; done: Promise<void> }>();
  private position = 0;
  private timeline: string | null = null;
  private recent: EventFrame[] = [];
  /** The last seen state of lists that are not shown, so that changing folders shows something at once. */
  private kept = new Map<string, ListState>();
  private lastSlot = 0;
  /** The thread under the cursor that has left the list, and where it stood. */
  private left: { id: Id; at: number } | null = null;

  /** Not at every step of a scroll: somebody who drags through thousands of rows wants the ones where they stop. */
  private fill = throttle(() => {
    for (const offset of missingWindows(this.list.slots, this.range, WINDOW)) void this.fetch(offset);
  }, 120);
  /** The socket tells the numbers of the folders that every desk has; the others are asked for now and then. */
  private recount = throttle(() => void this.loadCounts(), 10_000);
  private recheck = throttle(() => void this.resync(), 2_500);
  private measureSoon = throttle(() => void this.measure(), 2_500);
  /** How often the socket has told the numbers. */
  private told = 0;
  private again = new Again(() => void this.resync());

  start(): () => void {
    void this.loadCounts();
    const stops = [
      live.on('event', (frame) => this.hear(frame)),
      live.on('counts', ({ type: _, ...counts }) => {
        this.told += 1;
        this.counts = counts;
      }),
      live.on('mine', ({ thread_id, read_ordinal, marked, mentioned }) =>
        this.noteRead(thread_id, { read_ordinal, marked, mentioned }),
      ),
      live.on('ready', (frame) => {
        // What happened between the first fetch and the first welcome is in neither.
        const elsewhere = frame.timeline !== this.timeline;
        if (frame.reload || elsewhere || (frame.position ?? 0) > this.position) void this.resync();
        void this.loadCounts();
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      this.fill.cancel();
      this.recount.cancel();
      this.recheck.cancel();
      this.measureSoon.cancel();
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
    this.pinned = null;
    this.letGo();
    this.reads.clear();
  }

  show(query: api.ListQuery): void {
    const changed = keyOf(query) !== keyOf(this.query);
    if (!changed && (this.loaded || this.inFlight.size)) return;
    this.keepList();
    this.abort();
    this.letGo();
    this.query = query;
    this.again.done();
    this.failure = null;
    this.asWords = [];
    this.cursor = null;
    this.left = null;
    this.recent = [];
    const kept = this.kept.get(keyOf(query));
    this.list = kept ?? emptyList();
    this.loaded = kept !== undefined;
    this.range = { first: 0, last: 30 };
    void this.fetch(0);
  }

  /** Keeps the list for when it is shown again; what was searched for is searched for anew. */
  private keepList(): void {
    if (!this.loaded || this.query.text) return;
    const key = keyOf(this.query);
    this.kept.delete(key);
    this.kept.set(key, forgetOutside(this.list, 0, WINDOW));
    for (const oldest of [...this.kept.keys()].slice(0, -KEPT)) this.kept.delete(oldest);
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
    if (this.left?.id !== id) this.left = null;
    if (id) this.lastSlot = Math.max(0, this.list.slots.indexOf(id));
  }

  /** Shows a change of ours before the journal tells it. */
  patch(id: Id, change: Partial<ThreadRow>): void {
    const row = this.list.rows.get(id);
    if (row) this.list = refresh(this.list, { ...row, ...change });
  }

  /** Has the row of the open thread stand where it stands, until another one is opened or none; then it goes where it belongs. */
  pin(id: Id | null): void {
    const before = this.pinned;
    if (before === id) return;
    this.pinned = id;
    this.pinThere();
    const left = this.row(before ?? undefined);
    if (!left) return;
    const { from, to } = this.settled(left);
    if (this.holding && from !== to) this.gather(left);
    else this.unpin(left);
  }

  /** The open thread's row stands where it stood first, whichever came first, the thread or the list. */
  private pinThere(): void {
    const row = this.row(this.pinned ?? undefined);
    if (row && !this.pins.has(row.id)) this.pins = new Map(this.pins).set(row.id, row);
  }

  /** Somebody points into the list or goes through it by keys: nothing moves under their hands for a while. */
  hold(): void {
    clearTimeout(this.holding);
    this.holding = window.setTimeout(() => this.takeIn(), AT_HAND);
  }

  /** Takes in what was gathered, as who was at the list is not any more, or wants to see it. */
  takeIn(): void {
    clearTimeout(this.holding);
    this.holding = 0;
    const rows = [...this.gathered.values()];
    this.gathered = noPins;
    for (const row of rows) this.unpin(row);
  }

  private letGo(): void {
    clearTimeout(this.holding);
    [this.holding, this.gathered] = [0, noPins];
    const open = this.pinned ? this.pins.get(this.pinned) : undefined;
    this.pins = open ? new Map([[open.id, open]]) : noPins;
  }

  private gather(row: ThreadRow): void {
    const known = this.list.rows.get(row.id);
    if (known && !this.pins.has(row.id)) this.pins = new Map(this.pins).set(row.id, known);
    this.gathered = new Map(this.gathered).set(row.id, row);
    this.list = refresh(this.list, row);
  }

  /** What becomes of the list when a row goes where it belongs; where it was told to stay, it stood by what it was then. */
  private settled(row: ThreadRow): Change {
    const then = this.pins.get(row.id);
    const list = then ? refresh(this.list, then) : this.list;
    const pins = new Map([...this.pins].filter(([id]) => id !== row.id || id === this.pinned));
    const gone = belongs(row, { ...this.query, me: session.user.id }) === false;
    return gone ? remove(list, row.id) : upsert(list, row, this.order, pins);
  }

  private unpin(row: ThreadRow): void {
    const { list, from, to } = this.settled(row);
    if (row.id !== this.pinned) this.pins = new Map([...this.pins].filter(([id]) => id !== row.id));
    // What leaves under the cursor had a place there.
    if (to < 0) return this.apply(row);
    this.list = list;
    if (from !== to) this.onMove(from, to);
  }

  /** The thread some steps from another one, as the list is drawn; none beyond its ends. What has left it had a place there. */
  beside(id: Id | null, by: number): Id | null {
    const at = id === null ? -1 : this.list.slots.indexOf(id);
    if (at >= 0) return this.list.slots[at + by] ?? null;
    if (id === null || this.left?.id !== id) return null;
    return this.list.slots[this.left.at + (by > 0 ? by - 1 : by)] ?? null;
  }

  /** The same where that has not been fetched yet. */
  async reach(id: Id | null, by: number): Promise<Id | null> {
    const at = id === null ? -1 : this.list.slots.indexOf(id);
    const to = at + by;
    if (at >= 0 && to >= 0 && to < this.list.slots.length && this.list.slots[to] === undefined)
      await this.fetch(Math.floor(to / WINDOW) * WINDOW);
    return this.beside(id, by);
  }

  /** Whether a thread stands in the list, or has left it while it was open. */
  has(id: Id): boolean {
    return this.list.slots.includes(id) || this.left?.id === id;
  }

  /** What was read of a thread, or marked, as the server has it now. */
  noteRead(id: Id, read: Read): void {
    this.reads.set(id, read);
    const row = this.list.rows.get(id);
    if (row) this.apply(row);
  }

  /** A row with what I have read of it: what is told to all does not have that. */
  private own(row: ThreadRow, word = true): ThreadRow {
    const { read_ordinal, marked, mentioned } = row;
    if (read_ordinal !== null && marked !== null && mentioned !== null) {
      this.reads.set(row.id, { read_ordinal, marked, mentioned });
      return row;
    }
    // Of what was never listed only a customer's word is news.
    const read = this.reads.get(row.id) ?? { read_ordinal: word ? 0 : row.attention_ordinal, marked: false, mentioned: false };
    this.reads.set(row.id, read);
    return { ...row, ...read, unread: read.marked || row.attention_ordinal > read.read_ordinal };
  }

  /** Takes in a row that came with another answer; only the server knows where an unknown one goes. */
  learn(row: ThreadRow): void {
    this.apply(this.own(row));
  }

  private hear(frame: EventFrame): void {
    if (this.folders.length > 0) this.recount();
    if (frame.thread) frame = { ...frame, thread: this.own(frame.thread, frame.event.type === 'content.imported') };
    this.recent = [...this.recent, frame].slice(-REPLAYED);
    if (frame.thread) this.apply(frame.thread);
    else if (frame.event.thread_id) this.recheck();
  }

  private apply(row: ThreadRow): void {
    if (!this.loaded) return;
    row = this.own({ ...row, read_ordinal: null });
    const verdict = belongs(row, { ...this.query, me: session.user.id });
    if (verdict === 'unknown') {
      this.list = refresh(this.list, row);
      this.recheck();
      return;
    }
    const change = verdict ? upsert(this.list, row, this.order, this.pins) : remove(this.list, row.id);
    // It may have stood, or may stand, among those that are not fetched.
    if (change.from < 0 && hasHoles(this.list)) this.measureSoon();
    if (this.holding && row.id !== this.pinned && (this.gathered.has(row.id) || change.from !== change.to)) return this.gather(row);
    if (this.cursor === row.id && change.from >= 0) {
      this.lastSlot = change.to >= 0 ? change.to : change.from;
      if (change.to < 0) this.left = { id: row.id, at: change.from };
    } else if (this.left) {
      const { at } = this.left;
      const gone = change.from >= 0 && change.from < at;
      const come = change.to >= 0 && change.to + Number(gone) < at;
      this.left = { ...this.left, at: at - Number(gone) + Number(come) };
    }
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
    const { told } = this;
    try {
      const { folders, ...counts } = await api.folders();
      this.folders = folders;
      // What was told meanwhile is newer.
      if (told === this.told) this.counts = counts;
    } catch {
      // The next event asks again; old numbers do no harm.
    }
  }

  /** Fetches what is on screen again and forgets the rest until it is scrolled to. */
  async resync(): Promise<void> {
    if (!this.loaded && this.failure === null) return;
    this.abort();
    this.letGo();
    const first = Math.floor(this.range.first / WINDOW) * WINDOW;
    const last = Math.max(first + WINDOW, Math.ceil(this.range.last / WINDOW) * WINDOW);
    for (let offset = first; offset < last; offset += WINDOW) await this.fetch(offset, { first, last });
  }

  /** Asks how long the list is, where that cannot be told from what is fetched. */
  private async measure(): Promise<void> {
    const { query } = this;
    try {
      const { count } = await api.threads(query, 0, 1);
      if (query === this.query && this.loaded) this.list = withCount(this.list, count);
    } catch {
      // The next change asks again.
    }
  }

  private fetch(offset: number, keep?: Range): Promise<void> {
    const known = this.inFlight.get(offset);
    if (known) return known.done;
    const controller = new AbortController();
    const flight = { controller, done: Promise.resolve() };
    this.inFlight.set(offset, flight);
    flight.done = this.fetchInto(offset, controller, keep);
    return flight.done;
  }

  private async fetchInto(offset: number, controller: AbortController, keep?: Range): Promise<void> {
    try {
      const page = await api.threads(this.query, offset, WINDOW, controller.signal);
      const base = keep ? forgetOutside(this.list, keep.first, keep.last) : this.list;
      this.list = placeWindow(base, offset, page.records.map((row) => this.own(row)), page.count);
      this.pinThere();
      // The server was restored from a backup: positions begin anew, and what was told under others counts no more.
      if (page.timeline !== this.timeline) [this.timeline, this.position, this.recent] = [page.timeline, 0, []];
      this.position = Math.max(this.position, page.position);
      if (offset === 0) this.asWords = page.as_words;
      this.loaded = true;
      this.failure = null;
      this.again.done();
      // The answer may be older than what the socket has told in the meantime.
      for (const frame of this.recent) if (frame.position > page.position && frame.thread) this.apply(frame.thread);
    } catch (cause) {
      if (controller.signal.aborted) return;
      if (cause instanceof ApiError && cause.status === 401) return;
      this.failure = cause;
      this.again.failed(cause);
    } finally {
      if (this.inFlight.get(offset)?.controller === controller) this.inFlight.delete(offset);
    }
    this.see(this.range);
  }

  private abort(): void {
    for (const { controller } of this.inFlight.values()) controller.abort();
    this.inFlight.clear();
  }
}

export const inbox = new Inbox();
