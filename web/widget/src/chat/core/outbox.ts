import { calm } from '../../shared/calm';
import type { Attachment, Message, Thread } from '../../shared/types';
import { backoff } from './backoff';
import { pack, unpack } from '../../shared/json';
import type { Keep } from '../../shared/keep';

/** A message that the page added for somebody, to be recorded ahead of the visitor's next one. */
export interface Added {
  client_id: string;
  body: string;
  agent: boolean;
  /** It is what the source says first, in this language: the server has its text. */
  welcome?: string;
}

export interface OutItem {
  client_id: string;
  /** Whose message it is: another visitor of the same browser must never send it. */
  identity: string;
  /** A thread's id, or a name of our own that starts with `new:` until the server has made the thread. */
  thread: string;
  body: string;
  attachments: Attachment[];
  /** The message whose button was pressed, and what that button stands for. */
  reply_to?: { message_id: string; payload?: string };
  before: Added[];
  created_at: string;
  state: 'waiting' | 'failed';
  error: string | null;
}

export type SendResult =
  | { kind: 'sent'; message: Message; thread: Thread }
  /** No answer, or a passing trouble: the same request again, later. */
  | { kind: 'again' }
  /** The server will not have it as it is. */
  | { kind: 'refused'; error: string }
  /** The visitor is no longer known: a session first. */
  | { kind: 'session' };

export interface OutboxHooks {
  send(item: OutItem): Promise<SendResult>;
  sent(item: OutItem, message: Message, thread: Thread): void;
  session(): void;
  changed(): void;
  schedule(act: () => void, ms: number): void;
}

/** Whether the visitor has asked for a new conversation. */
export const isAsked = (thread: string): boolean => thread.startsWith('new:asked:');
export const isLocal = (thread: string): boolean => thread.startsWith('new:');

/**
 * Messages on their way out. Each is written to storage before it is sent and removed only by an answer
 * or by its own frame; the server knows a repeated client_id, so sending again is always safe. One is
 * under way at a time, in order, because a conversation must read as it was written. Every message has
 * its own storage key: two tabs can then share the outbox without overwriting each other's.
 */
export class Outbox {
  items: OutItem[] = [];
  private identity = '';
  private running = false;
  private attempt = 0;
  private turn = 0;

  constructor(
    private readonly keep: Keep,
    private readonly hooks: OutboxHooks,
  ) {}

  load(identity: string): void {
    this.identity = identity;
    this.items = this.keep
      .keys('out:')
      .map((key) => parseItem(this.keep.get(key)))
      .filter((item): item is OutItem => item?.identity === identity)
      .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
    this.flag();
  }

  /** Sends nothing more; what waits stays written down. */
  end(): void {
    this.items = [];
  }

  add(item: Omit<OutItem, 'identity' | 'state' | 'error'>): void {
    const full: OutItem = { ...item, identity: this.identity, state: 'waiting', error: null };
    this.items.push(full);
    this.save(full);
    this.hooks.changed();
    this.flush();
  }

  retry(clientId: string): void {
    const item = this.find(clientId);
    if (!item) return;
    item.state = 'waiting';
    item.error = null;
    this.save(item);
    this.kick();
  }

  drop(clientId: string): void {
    this.items = this.items.filter((item) => item.client_id !== clientId);
    this.keep.remove(`out:${clientId}`);
    this.flag();
    this.hooks.changed();
  }

  find(clientId: string | null): OutItem | undefined {
    return this.items.find((item) => item.client_id === clientId);
  }

  /** The server has it, whichever way we learnt so. Later messages of a new conversation follow it there. */
  confirm(message: Message, thread: Thread): void {
    const item = this.find(message.client_id);
    if (!item) return;
    const { thread: before } = item;
    this.follow(before, thread, item);
    this.hooks.sent(item, message, thread);
    this.drop(item.client_id);
  }

  /** What was for a conversation that the server did not have yet is for this one. */
  follow(local: string, { id }: Thread, but?: OutItem): void {
    for (const item of this.items) {
      if (item.thread !== local || !isLocal(local) || item === but) continue;
      item.thread = id;
      this.save(item);
    }
  }

  /** Tries at once: the connection has come back, or the visitor asks. */
  kick(): void {
    this.attempt = 0;
    this.turn++;
    this.hooks.changed();
    this.flush();
  }

  /** True once a try has failed, so that the message says it is waiting rather than sending. */
  get struggling(): boolean {
    return this.attempt > 0;
  }

  private readonly flush = calm(async (): Promise<void> => {
    if (this.running) return;
    this.running = true;
    try {
      for (let item = this.next(); item; item = this.next()) {
        const result = await this.hooks.send(item);
        if (!this.settle(item, result)) break;
      }
    } finally {
      this.running = false;
    }
  });

  private next(): OutItem | undefined {
    return this.items.find((item) => item.state === 'waiting');
  }

  /** Whether the next message may follow at once. */
  private settle(item: OutItem, result: SendResult): boolean {
    if (result.kind === 'sent') {
      this.attempt = 0;
      this.confirm(result.message, result.thread);
      return true;
    }
    if (result.kind === 'refused') {
      item.state = 'failed';
      item.error = result.error;
      // Its own frame may have arrived meanwhile: then there is nothing left to keep.
      if (this.find(item.client_id)) this.save(item);
      this.hooks.changed();
      return true;
    }
    if (result.kind === 'session') {
      this.hooks.session();
      return false;
    }
    const turn = ++this.turn;
    this.hooks.schedule(() => {
      // A kick in the meantime has made a new turn, and its own try.
      if (turn === this.turn) this.flush();
    }, backoff(this.attempt++));
    this.hooks.changed();
    return false;
  }

  private save(item: OutItem): void {
    this.keep.set(`out:${item.client_id}`, pack(item));
    this.flag();
  }

  /** The loader reads this flag, and loads the panel early to get the messages out. */
  private flag(): void {
    const outbox = this.items.some((item) => item.state === 'waiting');
    if (this.keep.remembered().outbox !== outbox) this.keep.remember({ outbox });
  }
}

/** A message out of storage, where anything on the page may write: what lacks a part is none. */
function parseItem(text: string | null): OutItem | null {
  const item = Object(unpack(text)) as OutItem;
  const texts = [item.client_id, item.identity, item.thread, item.body, item.created_at];
  const whole = texts.every((part) => typeof part === 'string') && [item.attachments, item.before].every(Array.isArray);
  return whole ? item : null;
}
