import type { Config } from '../../shared/types';

export type FileRefusal = 'file_type_refused' | 'file_too_big' | 'file_empty';

export function extension(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** Says why a file cannot be sent, before the visitor waits for an upload that must fail. */
export function refuse(file: { name: string; size: number }, limits: Config['attachments']): FileRefusal | null {
  if (!limits.extensions.includes(extension(file.name))) return 'file_type_refused';
  if (file.size > limits.max_bytes) return 'file_too_big';
  return file.size === 0 ? 'file_empty' : null;
}

const UNITS = { en: ['B', 'KB', 'MB', 'GB'], fr: ['o', 'Ko', 'Mo', 'Go'] };

export function fileSize(bytes: number, locale: 'en' | 'fr'): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 3) {
    value /= 1024;
    unit++;
  }
  const shown = new Intl.NumberFormat(locale, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value);
  return `${shown} ${UNITS[locale][unit]}`;
}

/** Only formats that every browser paints; a TIFF would show as a broken picture. */
export function isImage(contentType: string): boolean {
  return /^image\/(png|jpe?g|gif|webp|bmp|avif)$/.test(contentType);
}
