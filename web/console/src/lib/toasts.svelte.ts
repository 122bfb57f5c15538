import { explain } from './refusal';

export interface Toast {
  id: number;
  kind: 'done' | 'error' | 'info';
  text: string;
  action?: { label: string; run: () => void };
}

const STAYS = { done: 4_000, info: 6_000, error: 9_000 };

class Toasts {
  all = $state<Toast[]>([]);
  private next = 1;
  private timers = new Map<number, number>();

  show(kind: Toast['kind'], text: string, action?: Toast['action']): void {
    const id = this.next++;
    this.all = [...this.all.filter((toast) => toast.text !== text), { id, kind, text, action }].slice(-3);
    this.schedule(id, STAYS[kind]);
  }

  done = (text: string, action?: Toast['action']) => this.show('done', text, action);
  info = (text: string, action?: Toast['action']) => this.show('info', text, action);
  error = (cause: unknown) => this.show('error', explain(cause));

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  /** Somebody who reads a toast keeps it. */
  hold(id: number): void {
    clearTimeout(this.timers.get(id));
  }

  release(id: number): void {
    this.schedule(id, 3_000);
  }

  private schedule(id: number, delay: number): void {
    clearTimeout(this.timers.get(id));
    this.timers.set(
      id,
      window.setTimeout(() => this.dismiss(id), delay),
    );
  }
}

export const toasts = new Toasts();
