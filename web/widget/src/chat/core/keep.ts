import type { Remembered } from '../../shared/types';

export interface Keep {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** The keys that start with `start`, without the source's prefix. */
  keys(start: string): string[];
  remembered(): Remembered;
  remember(change: Partial<Remembered>): void;
}

/**
 * localStorage under the source's prefix. A browser may refuse it altogether (private windows, blocked
 * third-party frames, a full quota): the widget then works for as long as the page lives.
 */
export function openKeep(token: string): Keep {
  const prefix = `hubbub:${token}:`;
  const memory: Record<string, string> = {};
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch {
      return undefined;
    }
  };
  const keep: Keep = {
    get: (key) => memory[key] ?? attempt(() => localStorage.getItem(prefix + key)) ?? null,
    set(key, value) {
      memory[key] = value;
      attempt(() => {
        localStorage.setItem(prefix + key, value);
        // Other tabs write too, so memory may only answer for what storage did not take.
        delete memory[key];
      });
    },
    remove(key) {
      delete memory[key];
      attempt(() => localStorage.removeItem(prefix + key));
    },
    keys: (start) =>
      [...(attempt(() => Object.keys(localStorage)) ?? []), ...Object.keys(memory).map((key) => prefix + key)]
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length)),
    remembered: () => ({
      open: false,
      engagedAt: 0,
      thread: null,
      outbox: false,
      ...attempt(() => JSON.parse(keep.get('state') ?? '') as Remembered),
    }),
    remember: (change) => keep.set('state', JSON.stringify({ ...keep.remembered(), ...change })),
  };
  return keep;
}
