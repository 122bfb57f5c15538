import { pack, unpack } from '../shared/json';
import type { Keep } from '../shared/keep';

const MOST = 50;

/** A text by a number that is the same each time. */
function hash(text: string): string {
  let sum = 5381;
  for (const unit of text.trim()) sum = (Math.imul(sum, 33) ^ unit.codePointAt(0)!) >>> 0;
  return sum.toString(36);
}

/** Which automatic messages were said in the conversation: a text comes once. */
export class Said {
  /** Those of this page, which nobody has answered yet. */
  private fresh = new Set<string>();

  constructor(private readonly store: Keep) {}

  has(text: string): boolean {
    const one = hash(text);
    return this.fresh.has(one) || this.known().includes(one);
  }

  add(text: string, engaged: boolean): void {
    this.fresh.add(hash(text));
    if (engaged) this.keep();
  }

  /** The visitor has answered: what was said is part of the conversation. */
  keep(): void {
    const all = [...new Set([...this.known(), ...this.fresh])].slice(-MOST);
    if (all.length) this.store.set('said', pack(all));
  }

  /** Nothing was said on this page. */
  clear(): void {
    this.fresh.clear();
  }

  forget(): void {
    this.clear();
    this.store.remove('said');
  }

  private known(): string[] {
    const found = unpack(this.store.get('said'));
    return Array.isArray(found) ? found : [];
  }
}
