import { Again, passes } from './again';
import { ApiError } from './api/http';
import { live } from './live/socket.svelte';
import { explain, problem } from './refusal';
import { toasts } from './toasts.svelte';

/** A list that a page fetches, with its states. */
export class Loader<T> {
  records = $state.raw<T[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');

  private again = new Again(() => void this.load());

  constructor(private fetch: () => Promise<T[]>) {
    void this.load();
  }

  /** The old records stay on screen while new ones are on their way. */
  load = async (): Promise<void> => {
    try {
      this.records = await this.fetch();
      this.state = 'ready';
      this.again.done();
    } catch (cause) {
      this.problem = explain(cause);
      if (this.records.length > 0) return toasts.error(cause);
      this.state = 'failed';
      // What is on screen may be a form that somebody fills in: only a page with nothing on it fills itself.
      this.again.failed(cause);
    }
  };
}

/** Where somebody fills something in: the dialog on top, or the page. */
const here = (): ParentNode => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;

/** The name under which a field is on the screen: its own, or else that of what it is a part of. */
function placeOf(field: string): string | null {
  for (let path = field; path; path = path.slice(0, Math.max(path.lastIndexOf('.'), 0))) {
    if (here().querySelector(`[data-field="${CSS.escape(path)}"]`)) return path;
  }
  return null;
}

const within = (place: Element): HTMLElement | null =>
  place.matches('input, select, textarea') ? (place as HTMLElement) : place.querySelector('input, select, textarea, button');

/** One form being sent: busy or not, and what the server had against it, next to its field when it says which. */
export class Submission {
  busy = $state(false);
  problem = $state<string | null>(null);
  fields = $state<Record<string, string>>({});

  /** Marks what is missing before anything is sent; true when all is there. */
  demand(required: Record<string, string | false>): boolean {
    this.problem = null;
    this.fields = Object.fromEntries(
      Object.entries(required).filter((entry): entry is [string, string] => entry[1] !== false),
    );
    if (Object.keys(this.fields).length === 0) return true;
    requestAnimationFrame(() => here().querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    return false;
  }

  /** Says it for the whole form. What passes by itself is over once the line is back. */
  private say(cause: unknown): void {
    const text = (this.problem = explain(cause));
    if (!passes(cause)) return;
    const stop = live.on('ready', () => {
      stop();
      if (this.problem === text) this.problem = null;
    });
  }

  /** What was said about a field is over when somebody changes it. */
  clear(field: string): void {
    const about = (path: string) => path === field || path.startsWith(`${field}.`);
    if (!Object.keys(this.fields).some(about)) return;
    this.fields = Object.fromEntries(Object.entries(this.fields).filter(([path]) => !about(path)));
  }

  async run(action: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    this.fields = {};
    try {
      await action();
    } catch (cause) {
      const field = cause instanceof ApiError ? cause.field : null;
      const place = field && placeOf(field);
      if (field && place) {
        // What it is a part of says which part.
        this.fields = place === field ? { [field]: problem(cause) } : { [field]: problem(cause), [place]: explain(cause) };
        // What is at fault may come to the screen by being so.
        requestAnimationFrame(() => {
          const at = here().querySelector(`[data-field="${CSS.escape(placeOf(field) ?? place)}"]`);
          if (at) within(at)?.focus();
        });
      } else this.say(cause);
    } finally {
      this.busy = false;
    }
  }
}
