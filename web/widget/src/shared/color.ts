/** Colours that stay readable whatever brand colour an administrator picks. */

export type Rgb = number[];

export function parseColor(text: string | null): Rgb {
  const value = parseInt(/^#([\da-f]{6})$/i.exec(text ?? '')?.[1] ?? '2563eb', 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => (channel / 255) ** 2.2) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** White text needs a luminance below 0.183 behind it for a contrast of 4.5; black serves elsewhere. */
export const takesWhite = (color: Rgb): boolean => luminance(color) < 0.18;
