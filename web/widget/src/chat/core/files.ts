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
