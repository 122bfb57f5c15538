import { ApiError } from './api/http';
import { explain, problem } from './refusal';
import { toasts } from './toasts.svelte';

/** A list that a page fetches, with its states. */
export class Loader<T> {
  records = $state.raw<T[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');

  constructor(private fetch: () => Promise<T[]>) {
    void this.load();
  }

  /** The old records stay on screen while new ones are on their way. */
  load = async (): Promise<void> => {
    try {
      this.records = await this.fetch();
      this.state = 'ready';
    } catch (cause) {
      this.problem = explain(cause);
      if (this.records.length === 0) this.state = 'failed';
      else toasts.error(cause);
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
