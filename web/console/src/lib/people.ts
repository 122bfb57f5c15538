/** What is known of people, and what of it stays when two are merged. The server decides; this says it beforehand. */
import type { Customer, IdentityGroup } from './api/types';

export interface Known {
  name: string;
  company: string;
  notes: string;
  emails: string[];
  mobile_phones: string[];
  home_phones: string[];
  custom: Record<string, unknown>;
}

/** A line of what is known after a merge, and what of the same was given up. */
export interface Outcome {
  key: 'name' | 'company' | 'emails' | 'mobile_phones' | 'home_phones' | 'notes' | `custom.${string}`;
  kept: string;
  dropped: string | null;
}

export const nameOf = (one: { firstname?: string | null; lastname?: string | null } | null): string =>
  [one?.firstname, one?.lastname].filter(Boolean).join(' ');

export const personName = (identity: Customer, group: IdentityGroup | null): string =>
  nameOf(group) || identity.display_name;

const one = (value: string | null | undefined) => (value ? [value] : []);

/** A group knows its person; an identity without one tells of itself. */
export function knownOf(identity: Customer, group: IdentityGroup | null): Known {
  const told = {
    name: nameOf(identity),
    company: identity.company ?? '',
    notes: '',
    emails: one(identity.email),
    mobile_phones: one(identity.mobile_phone),
    home_phones: one(identity.home_phone),
    custom: {},
  };
  if (!group) return told;
  const { emails, mobile_phones, home_phones, custom_field_values: custom } = group;
  return { name: nameOf(group), company: group.company ?? '', notes: group.notes ?? '', emails, mobile_phones, home_phones, custom };
}

const isNothing = (value: unknown) => value === null || value === undefined || value === '';
const asText = (value: unknown) => (Array.isArray(value) ? value.join(', ') : String(value));

function single(key: Outcome['key'], ours: unknown, theirs: unknown): Outcome[] {
  if (isNothing(ours) && isNothing(theirs)) return [];
  const kept = asText(isNothing(ours) ? theirs : ours);
  const other = isNothing(theirs) ? kept : asText(theirs);
  return [{ key, kept, dropped: other === kept ? null : other }];
}

function lists(key: Outcome['key'], ours: string[], theirs: string[]): Outcome[] {
  const seen = new Set(ours.map((text) => text.toLowerCase()));
  const all = [...ours, ...theirs.filter((text) => !seen.has(text.toLowerCase()))];
  return all.length ? [{ key, kept: all.join(', '), dropped: null }] : [];
}

/** Where both know something, what is ours stays; lists are joined. */
export function outcome(ours: Known, theirs: Known): Outcome[] {
  const keys = [...new Set([...Object.keys(ours.custom), ...Object.keys(theirs.custom)])];
  return [
    ...single('name', ours.name, theirs.name),
    ...single('company', ours.company, theirs.company),
    ...lists('emails', ours.emails, theirs.emails),
    ...lists('mobile_phones', ours.mobile_phones, theirs.mobile_phones),
    ...lists('home_phones', ours.home_phones, theirs.home_phones),
    ...single('notes', ours.notes, theirs.notes),
    ...keys.flatMap((key) => single(`custom.${key}`, ours.custom[key], theirs.custom[key])),
  ];
}
