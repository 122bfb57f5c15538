import { Again } from './again';
import { ApiError } from './api/http';
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
    requestAnimationFrame(() => document.querySelector<HTMLElement>('dialog [aria-invalid="true"]')?.focus());
    return false;
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
      if (field && document.querySelector(`dialog [data-field="${CSS.escape(field)}"]`))
        this.fields = { [field]: problem(cause) };
      else this.problem = explain(cause);
    } finally {
      this.busy = false;
    }
  }
}
