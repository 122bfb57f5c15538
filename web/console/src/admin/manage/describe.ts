/** The words in which a page of the administration describes itself: its list, its form, and what may be done. */
import type { Component, Snippet } from 'svelte';
import type { HTMLInputAttributes } from 'svelte/elements';
import type { Id } from '../../lib/api/types';
import { fold } from '../../lib/text';
import type { IconName } from '../../ui/icons';

export type Values = Record<string, unknown>;

export interface Option {
  value: string;
  label: string;
  hint?: string;
}

export interface Badge {
  text: string;
  tone?: 'ok' | 'warn' | 'danger' | 'accent';
  testid?: string;
}

/** A column of a list beside the name. */
export interface Column<R> {
  label: string;
  text?: (record: R) => string;
  badges?: (record: R) => Badge[];
  mono?: boolean;
  /** Left out where there is little room. */
  aside?: boolean;
}

interface Common {
  /** What the value is called in the form, and by the server in what it refuses. */
  name: string;
  label: string;
  hint?: string;
  /** Two of these in a row share a line. */
  half?: boolean;
}

/** One question of a form. */
export type Field = Common &
  (
    | {
        kind?: 'text';
        type?: HTMLInputAttributes['type'];
        placeholder?: string;
        autocomplete?: HTMLInputAttributes['autocomplete'];
        /** What it may be chosen from, beside anything else. */
        suggestions?: string[];
        mono?: boolean;
        required?: boolean;
      }
    | { kind: 'lines'; placeholder?: string; mono?: boolean; required?: boolean }
    | { kind: 'select'; options: Option[]; fixed?: boolean; required?: boolean; onpick?: () => void }
    | { kind: 'radio'; options: Option[] }
    | { kind: 'check' }
    | { kind: 'several'; options: Option[]; gone?: (id: Id, index: number) => string }
    | { kind: 'colour'; count: number }
    | {
        /** A component of its own: gets `value`, which it may bind, `error`, and `props`. */
        kind: 'special';
        component: Component<any, any, any>;
        props?: Values;
        /** What somebody reads who may not change it; nothing, unless it says. */
        says?: string;
      }
  );

/** What a part of a form is called, and what it is about. From three parts on a form has a table of contents. */
export interface Part {
  part: string;
  lead?: string;
}

export type Shape = (Field | Part)[];

/** A button at the head of a form. */
export interface Act {
  label: string;
  icon?: IconName;
  danger?: boolean;
  testid: string;
  run: () => void;
}

/**
 * What a form is made of: from a record to values, to questions. `null` stands for a record that is new, `all` for the
 * list that it is from.
 */
export interface FormDescription<R, F extends Values> {
  values: (record: R | null, all: R[]) => F;
  fields: (values: F, record: R | null, all: R[]) => Shape;
  /** What is wrong with the values, by field, beside what is missing; false where nothing is. */
  check?: (values: F, record: R | null) => Record<string, string | false>;
  badges?: (record: R) => Badge[];
  acts?: (record: R) => Act[];
  /** Stands over the questions. The answer is what the server said to the last change: secrets are told only there. */
  above?: Snippet<[record: R, answer: R | null]>;
  /** Stands under the form. */
  below?: Snippet<[record: R]>;
}

/** What the server does with one kind of record. */
export interface Doors<R> {
  all: () => Promise<R[]>;
  create?: (values: Values) => Promise<R>;
  update?: (id: Id, values: Values) => Promise<R>;
  remove?: (id: Id) => Promise<unknown>;
  /** Brings back what was removed, as it stood among all others. */
  restore?: (record: R, all: R[]) => Promise<unknown>;
}

/** Whether a text holds each word that is looked for, whatever the case and the accents. */
export function holds(text: string, sought: string): boolean {
  const folded = fold(text);
  return fold(sought).split(/\s+/).every((word) => folded.includes(word));
}
/** What must be there before records of a kind can be added: why, where it is made, and what making it is called. */
export type First = { why: string; path: string; label: string };

/** Some values without those of a part of a form, which are sent in another way. */
export const without = <V extends Values, P extends Values>(values: V, part: P): Omit<V, keyof P> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !(name in part))) as Omit<V, keyof P>;
