import { later } from '../../shared/calm';

export const TYPING_EVERY = 2000;

/**
 * Tells the agent that the visitor types, at most once every two seconds, always ending with the text as
 * it stands; and says so when they stop, once.
 */
export class TypingSignal {
  private last = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private active = false;

  constructor(
    private readonly send: (on: boolean, preview: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  typed(text: string): void {
    clearTimeout(this.timer);
    if (!text.trim()) {
      this.stop();
      return;
    }
    const wait = this.last + TYPING_EVERY - this.now();
    if (wait > 0) {
      this.timer = later(() => this.signal(text), wait);
    } else {
      this.signal(text);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    if (!this.active) return;
    this.active = false;
    this.send(false, '');
  }

  private signal(text: string): void {
    this.active = true;
    this.last = this.now();
    this.send(true, text);
  }
}
