/**
 * What the composers of the chat and of the console decide alike: which of a pasted thing counts, which files can be
 * sent, and when a text is too long. Neither of them shows anything here: each has words of its own.
 */

/** What the server takes, as it tells both. */
export interface Limits {
  /** The largest file, in bytes; none where only the server knows. */
  max_bytes?: number | null;
  /** The endings of files that are taken; none where every kind is. */
  extensions?: readonly string[] | null;
}

/** Why a file cannot be sent. */
export type Refusal = 'file_type_refused' | 'file_too_big' | 'file_empty';

/** The files of what was pasted. Text wins: cells of a spreadsheet come with a picture of themselves. */
export function pastedFiles(pasted: DataTransfer | null): File[] {
  return pasted?.getData('text/plain') ? [] : [...(pasted?.files ?? [])];
}

/** The ending of a file's name, in small letters. */
export const ending = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** Why a file would be refused, before anybody waits for an upload that must fail; null when it would not. */
export function refusal(file: { name: string; size: number }, limits: Limits): Refusal | null {
  if (limits.extensions && !limits.extensions.includes(ending(file.name))) return 'file_type_refused';
  if (file.size > (limits.max_bytes ?? Infinity)) return 'file_too_big';
  return file.size === 0 ? 'file_empty' : null;
}

/** How many characters a text has too many, counted as the server does: 0 when it fits. */
export function tooMany(text: string, most: number): number {
  // No text has more characters than units, and nearly none is near the bound.
  return text.length > most ? Math.max(0, [...text.trim()].length - most) : 0;
}
