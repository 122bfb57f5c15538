import type { Values } from './describe';

/** What somebody has filled in, beside what was there before: tells which fields differ, until they are settled. */
export class Draft<F extends Values> {
  values: F = $state({} as F);
  /** The names of the fields that are not as they were. */
  changes: string[] = $derived.by(() => Object.keys(this.values).filter((name) => this.before[name] !== text(this.values[name])));
  private before = $state.raw<Record<string, string>>({});

  constructor(values: F) {
    this.settle(values);
  }

  /** From now on these are what was there before. What was filled in after `sent` went out stays. */
  settle(values: F, sent?: F): void {
    this.before = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
    const later = sent ? Object.entries(this.plain()).filter(([name, value]) => text(value) !== text(sent[name])) : [];
    this.values = { ...values, ...Object.fromEntries(later) };
  }

  /** What a server takes: plain values, apart from the form. */
  plain(): F {
    return $state.snapshot(this.values) as F;
  }
}

/** What is ticked has no order. */
const text = (value: unknown) =>
  JSON.stringify(Array.isArray(value) && value.every((one) => typeof one === 'string') ? [...value].sort() : value) ?? '';
