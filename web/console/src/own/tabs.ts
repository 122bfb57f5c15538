/**
 * The tabs of the console in one browser: one of them speaks for all, and asks the others beforehand whether what it would
 * tell is looked at there.
 */
import type { Id } from '../lib/api/types';

type Word = { ask: string; thread: Id } | { answer: string; shown: boolean; seen: boolean } | { changed: true };

/** How long the others have to answer; a tab that the browser has put to sleep is looked at by nobody. */
const PATIENCE = 150;

/** What a tab shows: whether somebody looks at a thread there, and whether anybody sees it at all. */
export interface Look {
  shown: boolean;
  seen: boolean;
}

export class Tabs {
  /** This one speaks. */
  speaks = !navigator.locks;
  private channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('hubbub-alerts') : null;
  private answers = new Map<string, Look>();
  private stopped = new AbortController();
  private release = () => {};

  /** `look` says what this tab shows; `changed` is called when another one has changed how one is told. */
  constructor(
    private look: (thread: Id) => Look,
    changed: () => void,
  ) {
    void navigator.locks
      ?.request('hubbub-alerts', { signal: this.stopped.signal }, () => {
        this.speaks = true;
        return new Promise<void>((done) => (this.release = done));
      })
      .catch(() => {});
    this.channel?.addEventListener('message', ({ data }: MessageEvent<Word>) => {
      if ('changed' in data) changed();
      else if ('ask' in data) this.channel?.postMessage({ answer: data.ask, ...this.look(data.thread) });
      else this.note(data.answer, data);
    });
  }

  stop(): void {
    this.stopped.abort();
    this.release();
    this.speaks = false;
    this.channel?.close();
    this.channel = null;
  }

  /** Tells the others that one is told otherwise from now on. */
  tellChanged(): void {
    this.channel?.postMessage({ changed: true });
  }

  /** What all tabs together show. */
  async ask(thread: Id): Promise<Look> {
    const own = this.look(thread);
    if (own.shown || !this.channel) return own;
    const id = crypto.randomUUID();
    this.answers.set(id, own);
    this.channel.postMessage({ ask: id, thread });
    await new Promise((done) => setTimeout(done, PATIENCE));
    const all = this.answers.get(id) ?? own;
    this.answers.delete(id);
    return all;
  }

  private note(id: string, { shown, seen }: Look): void {
    const known = this.answers.get(id);
    if (known) this.answers.set(id, { shown: known.shown || shown, seen: known.seen || seen });
  }
}
