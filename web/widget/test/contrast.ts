/** WCAG contrast by the letter; the widget's own arithmetic is shorter, and is held against this. */
export function contrastOf(a: number[], b: number[]): number {
  const luminance = (color: number[]) =>
    color
      .map((channel) => channel / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * ([0.2126, 0.7152, 0.0722][i] as number), 0);
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
