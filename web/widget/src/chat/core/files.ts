/** Only formats that every browser paints; a TIFF would show as a broken picture. */
export function isImage(contentType: string): boolean {
  return /^image\/(png|jpe?g|gif|webp|bmp|avif)$/.test(contentType);
}
