/** What forms hold of custom fields, and what of it is sent. */
import type { CustomField } from './api/types';

/** One text, or one for each value of a field whose values stand apart. */
export type Said = string | string[];

export const isList = (field: CustomField): boolean => field.multiple || field.type === 'multiple_choice';

/** Texts may have line breaks of their own, and choices are boxes. Other lists are edited as the lines of one text. */
export const standApart = (field: CustomField): boolean =>
  field.type === 'multiple_choice' || (field.multiple && field.type === 'text');

export function said(field: CustomField, value: unknown): Said {
  const values = (Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]).map(String);
  return standApart(field) ? values : values.join('\n');
}

/** What is sent of it; the server takes texts of every kind of value. */
function meant(field: CustomField, text: Said): Said {
  if (Array.isArray(text)) return text.filter((one) => one.trim());
  if (!isList(field)) return text.trim();
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** The values that are not what they were. What nobody touched is not said again: it may no longer be acceptable. */
export function changes(fields: CustomField[], before: Record<string, Said>, now: Record<string, Said>): Record<string, Said> {
  const same = (field: CustomField, one: Said, other: Said) =>
    JSON.stringify(meant(field, one)) === JSON.stringify(meant(field, other));
  const changed = fields.filter(({ key }) => key in now).filter((field) => !same(field, before[field.key] ?? '', now[field.key]!));
  return Object.fromEntries(changed.map((field) => [field.key, meant(field, now[field.key]!)]));
}
