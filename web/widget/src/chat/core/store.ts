import type { Message, Notice, Queue, ServerFrame, Thread } from '../../shared/types';

interface Versioned<T> {
  value: T;
  /** The journal position that this state was seen at; an older one never overwrites it. */
  at: number;
}

/** Who types, as the visitor sees them. An older server tells of no picture. */
type Typist = { name: string; avatar_url?: string | null };

interface Page {
  messages: Map<string, Versioned<Message>>;
  more: boolean;
}

const inTime = (a: Notice, b: Notice): number => (a.id < b.id ? -1 : 1);
const inOrder = (a: Message, b: Message): number => a.ordinal - b.ordinal;

/**
 * What this visitor's conversations look like, put together from answers and frames that may come
 * twice, late, or in the wrong order. Everything is keyed by id and carries a position, so applying the
 * same thing again changes nothing. The order of messages is that of their ordinals, whatever their times.
 */
export class Store {
  /** The last frame applied, which is where the socket goes on after a cut. */
  position: number | null = null;
  /** The history that positions belong to; a server that was restored from a backup has another one. */
  timeline: string | null = null;
  /** Where the visitor of a live chat stands who waits. */
  queue: Queue | undefined;
  /** Told of each conversation that was known and is another way now. */
  became: (before: Thread, now: Thread) => void = () => {};
  private threadMap = new Map<string, Versioned<Thread>>();
  private pages = new Map<string, Page>();
  private typists = new Map<string, Typist>();
  private notes = new Map<string, Map<string, Notice>>();

  clear(): void {
    this.position = this.timeline = null;
    this.queue = undefined;
    this.threadMap.clear();
    this.pages.clear();
    this.typists.clear();
    this.notes.clear();
  }

  /** Takes up a timeline. What was seen under another one is to be fetched again; pages stay, without messages. */
  enter(timeline: string, position: number): void {
    if (this.timeline && this.timeline !== timeline) {
      this.position = null;
      this.threadMap.clear();
      for (const id of this.pages.keys()) this.pages.set(id, { messages: new Map(), more: false });
    }
    this.timeline = timeline;
    this.position ??= position;
  }

  /** A conversation that the server no longer has. */
  drop(threadId: string): void {
    this.threadMap.delete(threadId);
    this.pages.delete(threadId);
  }

  threads(): Thread[] {
    return [...this.threadMap.values()]
      .map((entry) => entry.value)
      .sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : a.id < b.id ? 1 : -1));
  }

  thread(id: string): Thread | undefined {
    return this.threadMap.get(id)?.value;
  }

  messages(threadId: string): Message[] {
    const page = this.pages.get(threadId);
    return page ? [...page.messages.values()].map((entry) => entry.value).sort(inOrder) : [];
  }

  /** What the visitor was told in a live chat, oldest first. */
  notices(threadId: string): Notice[] {
    return [...(this.notes.get(threadId)?.values() ?? [])].sort(inTime);
  }

  putNotices(threadId: string, notices: Notice[] = []): void {
    const known = this.notes.get(threadId) ?? new Map<string, Notice>();
    for (const notice of notices) known.set(notice.id, notice);
    this.notes.set(threadId, known);
  }

  /** Whether a first page has been fetched; without it a frame's message would show with a hole above. */
  loaded(threadId: string): boolean {
    return this.pages.has(threadId);
  }

  loadedThreads(): string[] {
    return [...this.pages.keys()];
  }

  more(threadId: string): boolean {
    return this.pages.get(threadId)?.more ?? false;
  }

  unread(): number {
    return this.threads().reduce((sum, thread) => sum + thread.unread, 0);
  }

  typing(threadId: string): Typist | undefined {
    return this.typists.get(threadId);
  }

  /** Gives what was said last where that is news; of a conversation whose page there is, the page tells that. */
  setThreads(threads: Thread[], at: number): Message[] {
    const news = threads.filter(({ id, last_message }) => !this.loaded(id) && last_message && last_message.ordinal > this.lastOf(id));
    for (const thread of threads) this.putThread(thread, at);
    return news.map(({ last_message }) => last_message!);
  }

  private lastOf(id: string): number {
    return this.thread(id)?.last_message?.ordinal ?? 0;
  }

  /** Without a position it is the answer to something that nothing undoes. */
  putThread(thread: Thread, at = this.threadMap.get(thread.id)?.at ?? 0): void {
    const known = this.threadMap.get(thread.id);
    if (known && at < known.at) return;
    // Whoever waits again stands in another place.
    if (known && known.value.state !== thread.state && this.queue?.thread_id === thread.id) this.queue = undefined;
    this.threadMap.set(thread.id, { value: thread, at });
    if (known) this.became(known.value, thread);
  }

  /** The newest page. What it skips over (more was missed than fits) is dropped, and paged in again. Gives what is news. */
  setNewest(threadId: string, messages: Message[], more: boolean, at: number): Message[] {
    const old = this.pages.get(threadId);
    const first = messages[0];
    const kept = [...(old?.messages ?? [])].filter(([, { value }]) => !first || value.ordinal >= first.ordinal);
    const joins = old && first && old.messages.has(first.id);
    const page: Page = joins ? old : { messages: new Map(kept), more };
    this.pages.set(threadId, page);
    return messages.filter((message) => this.putMessage(message, at) && old);
  }

  addOlder(threadId: string, messages: Message[], more: boolean, at: number): void {
    const page = this.pages.get(threadId);
    if (!page) return;
    page.more = more;
    for (const message of messages) this.putMessage(message, at);
  }

  /** True when the message was not known yet. */
  putMessage(message: Message, at: number): boolean {
    this.touchThread(message);
    const messages = this.pages.get(message.thread_id)?.messages;
    if (!messages) return false;
    const known = messages.get(message.id);
    if (known && at < known.at) return false;
    const delivered = message.delivered || !!known?.value.delivered;
    const read = message.read || !!known?.value.read;
    messages.set(message.id, { value: { ...message, delivered, read }, at });
    return !known;
  }

  hasClientId(threadId: string, clientId: string): boolean {
    return this.messages(threadId).some((message) => message.client_id === clientId);
  }

  /**
   * A thread that the list did not have is newer than the list: all of its messages come by frames, so
   * its page is complete from the start. One that is known has a past, which must be fetched.
   */
  meet(thread: Thread, at: number): void {
    if (!this.threadMap.has(thread.id)) this.pages.set(thread.id, { messages: new Map(), more: false });
    this.putThread(thread, at);
  }

  /** Local effect of having read; the server's own count follows with its next frame. */
  markRead(threadId: string): void {
    const entry = this.threadMap.get(threadId);
    if (entry) entry.value = { ...entry.value, unread: 0 };
  }

  setTyping(threadId: string, typist?: Typist): void {
    if (typist) this.typists.set(threadId, typist);
    else this.typists.delete(threadId);
  }

  /** Applies one frame; `message` frames report whether the message is news. */
  apply(frame: ServerFrame): { news: boolean } {
    let news = false;
    if (frame.type === 'message') {
      const last = this.lastOf(frame.thread.id);
      const loaded = this.loaded(frame.message.thread_id);
      this.meet(frame.thread, frame.position);
      const added = this.putMessage(frame.message, frame.position);
      news = loaded ? added : frame.message.ordinal > last;
      if (frame.message.from === 'agent') this.typists.delete(frame.thread.id);
    } else if (frame.type === 'thread') {
      this.putThread(frame.thread, frame.position);
      // An older server knows no notices.
      if (frame.notice) this.putNotices(frame.thread.id, [frame.notice]);
    } else if (frame.type === 'marks') {
      this.mark(frame.thread_id, frame.message_ids, frame.delivered, frame.read);
    } else if (frame.type === 'removed') {
      for (const id of frame.message_ids) this.pages.get(frame.thread_id)?.messages.delete(id);
    } else if (frame.type === 'typing') {
      this.setTyping(frame.thread_id, frame.on ? frame : undefined);
    }
    if (frame.type === 'queue') this.queue = frame;
    if (frame.type === 'welcome' || frame.type === 'reload') this.enter(frame.timeline, frame.position);
    if ('position' in frame) this.advance(frame);
    return { news };
  }

  /**
   * A welcome says where the server stands, not what we have: the missed frames are still to come, and
   * a cut before them would lose them if its position counted. It only counts when we had none.
   */
  private advance(frame: { type: string; position: number }): void {
    if (frame.type === 'welcome') return;
    if (frame.type === 'reload') this.position = frame.position;
    else this.position = Math.max(this.position ?? 0, frame.position);
  }

  private mark(threadId: string, ids: string[], delivered: boolean, read: boolean): void {
    const messages = this.pages.get(threadId)?.messages;
    for (const id of ids) {
      const entry = messages?.get(id);
      if (!entry) continue;
      const { value } = entry;
      entry.value = { ...value, delivered: value.delivered || delivered || read, read: value.read || read };
    }
  }

  /** Keeps the list's preview right when a message arrives by an answer before its frame does. */
  private touchThread(message: Message): void {
    const entry = this.threadMap.get(message.thread_id);
    if (!entry || message.ordinal < this.lastOf(message.thread_id)) return;
    const updated_at = message.created_at > entry.value.updated_at ? message.created_at : entry.value.updated_at;
    entry.value = { ...entry.value, last_message: message, updated_at };
  }
}
