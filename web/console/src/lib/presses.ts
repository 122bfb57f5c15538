import type { Id } from './api/types';

/** Sooner after the next conversation has come nobody has read it: the key was pressed for the one before. */
const DOUBLED = 400;
/** What is typed after these is text. */
const WRITES = ['r', 'c'];

interface Press {
  key: string;
  of: Id;
}

/**
 * The keys that act on the open conversation. One that comes while an act is under way, or the next conversation is, is kept and
 * done once that is there, the last one of several; one that comes doubled is done once.
 */
export class Presses {
  private last: Press | null = null;
  private left = -Infinity;
  private kept: (Press & { run: () => unknown }) | null = null;

  constructor(private now = () => Date.now()) {}

  /** Acts on a conversation: now, or when what is under way there is done, or when it has been opened. */
  press(key: string, of: Id, run: () => unknown, when: 'now' | 'busy' | 'opening'): void {
    const again = key === this.last?.key;
    if (again && this.now() - this.left < DOUBLED) return;
    if (again && when === 'busy' && of === this.last?.of) return;
    if (when !== 'now') this.kept = { key, of, run };
    else this.act({ key, of }, run);
  }

  /** Does what was kept for a conversation, now that it is there; what was meant for another one is done nowhere. */
  settle(of: Id | null): void {
    const kept = this.kept;
    this.kept = null;
    if (kept && kept.of === of) this.act(kept, kept.run);
  }

  /**
   * One conversation has given its place to the next, or to none: what was kept is for that. Where a dialog has led there, the key
   * that opened it is not pressed a second time by mistake.
   */
  moved(from: Id, to: Id | null, byKey = true): void {
    if (byKey) this.left = this.now();
    if (this.kept?.of === from) this.kept = to === null ? null : { ...this.kept, of: to };
  }

  /** Another key was pressed: the next one is no double. */
  other(): void {
    this.last = null;
  }

  /** What was under way was refused, or given up: nothing is done on the strength of it. */
  drop(): void {
    this.kept = null;
  }

  /** A field was asked for that is not there yet: letters are for it. */
  get writing(): boolean {
    return this.kept !== null && WRITES.includes(this.kept.key);
  }

  private act({ key, of }: Press, run: () => unknown): void {
    this.last = { key, of };
    void run();
  }
}

export const presses = new Presses();
