import { luminance, parseColor, type Rgb, takesWhite } from '../shared/color';

function mix(color: Rgb, target: number, part: number): Rgb {
  return color.map((channel) => Math.round(channel + (target - channel) * part));
}

function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/**
 * Moves the brand colour away from `background`, just as far as text on it needs: 4.5 by the letter, and a
 * little more because the luminance used here is a rounded one.
 */
export function readable(color: Rgb, background: Rgb): Rgb {
  const target = luminance(background) > 0.4 ? 0 : 255;
  let part = 0;
  while (part < 1 && contrast(mix(color, target, part), background) < 5) part += 0.05;
  return mix(color, target, Math.min(part, 1));
}

/** The darkest light surface and the lightest dark one that brand-coloured text stands on. */
const ON_LIGHT: Rgb = [238, 240, 244];
const ON_DARK: Rgb = [42, 46, 55];

export function brandColors(element: HTMLElement, color: string | null): void {
  const brand = parseColor(color);
  const set = (name: string, value: Rgb) => element.style.setProperty(name, `rgb(${value})`);
  // Gradients run away from the colour of the text on them, so that its contrast can only grow.
  set('--brand-far', mix(brand, takesWhite(brand) ? 0 : 255, 0.24));
  set('--brand-on-light', readable(brand, ON_LIGHT));
  set('--brand-on-dark', readable(brand, ON_DARK));
}
