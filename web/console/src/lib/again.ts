import { ApiError } from './api/http';
import { live } from './live/socket.svelte';

/** How long to wait before each try; the last one goes on. */
const WAITS = [2_000, 5_000, 15_000];

/** Whether a failure may pass by itself: no answer came, or the server could not do its work just then. */
export const passes = (cause: unknown): boolean =>
  cause instanceof ApiError && cause.passing;

/**
 * Tries again by itself what failed: as soon as the line is back or somebody looks at the page, and after some seconds.
 * Whoever fetches says `failed` or `done` after each try.
 */
export class Again {
  private tries = 0;
  private timer = 0;
  private forget: (() => void) | null = null;
  private over = false;

  constructor(private retry: () => void) {}

  failed(cause: unknown): void {
    if (this.over || !passes(cause)) return this.done();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(this.retry, WAITS[Math.min(this.tries, WAITS.length - 1)]);
    this.tries += 1;
    this.forget ??= this.listen();
  }

  done(): void {
    clearTimeout(this.timer);
    this.forget?.();
    this.forget = null;
    this.tries = 0;
  }

  /** Whoever fetched is gone: what is still under way may fail, and is not tried again. */
  stop(): void {
    this.over = true;
    this.done();
  }

  private listen(): () => void {
    const stop = live.on('ready', () => this.retry());
    const seen = () => !document.hidden && this.retry();
    addEventListener('online', seen);
    document.addEventListener('visibilitychange', seen);
    return () => {
      stop();
      removeEventListener('online', seen);
      document.removeEventListener('visibilitychange', seen);
    };
  }
}
