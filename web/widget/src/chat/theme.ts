import { luminance, parseColor, type Rgb, takesWhite } from '../shared/color';
import { isLeft } from '../shared/place';
import type { Bridge } from '../shared/types';

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

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/** The panel's colours, and its place beside the launcher. */
export function dress(element: HTMLElement, bridge: Bridge): void {
  const { color, offset } = bridge.config.source;
  const brand = parseColor(color);
  const set = (name: string, value: Rgb) => element.style.setProperty(name, `rgb(${value})`);
  const white = takesWhite(brand);
  set('--on-brand', white ? WHITE : BLACK);
  // Gradients run away from the colour of the text on them, so that its contrast can only grow.
  set('--brand-far', mix(brand, white ? 0 : 255, 0.24));
  set('--brand-on-light', readable(brand, ON_LIGHT));
  set('--brand-on-dark', readable(brand, ON_DARK));
  for (const [side, far] of Object.entries(offset ?? { x: 20, y: 20 })) element.style.setProperty(`--${side}`, `${far}px`);
  element.classList.toggle('left', isLeft(bridge));
}
