import { settled } from '../shared/settled';
import type { InPage, Variable } from '../shared/types';

/** The first number in a text, such as a price with its currency; points and commas that group digits are left out. */
export function numberIn(text: string): number | undefined {
  const found = /-?\d[\d\s.,']*/.exec(text)?.[0].replace(/[\s']/g, '').replace(/[.,]+$/, '');
  if (!found) return undefined;
  const last = Math.max(found.lastIndexOf('.'), found.lastIndexOf(','));
  const alone = last >= 0 && found.search(/[.,]/) === last;
  // A single one before three digits groups them, as in 1,299, unless a nought is all that stands before it.
  const groups = alone && found.length - last === 4 && !/^-?0/.test(found);
  const decimal = last >= 0 && !groups && found.indexOf(found[last] as string) === last;
  const whole = decimal ? found.slice(0, last) : found;
  return Number(whole.replace(/[.,]/g, '') + (decimal ? `.${found.slice(last + 1)}` : ''));
}

function look({ by, expression, attribute }: InPage): unknown {
  if (by === 'cookie') {
    const found = document.cookie.split('; ').find((one) => one.startsWith(`${expression}=`));
    return found && decodeURIComponent(found.slice(expression.length + 1));
  }
  if (by === 'url_parameter') return new URLSearchParams(location.search).get(expression);
  if (by === 'js_path') {
    let at: unknown = window;
    for (const part of expression.split('.')) {
      const own = at === null || at === undefined ? undefined : Object.getOwnPropertyDescriptor(Object(at), part);
      // What a getter gives is a call's result.
      at = own?.value;
    }
    return typeof at === 'function' ? undefined : at;
  }
  if (by === 'meta') {
    const named = (one: HTMLMetaElement) => one.name === expression || one.getAttribute('property') === expression;
    return [...document.querySelectorAll('meta')].find(named)?.content;
  }
  const node = document.querySelector(expression);
  if (!node) return undefined;
  if (attribute) return node.getAttribute(attribute);
  return /^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName) ? (node as HTMLInputElement).value : node.textContent?.trim();
}

/** So long a pattern may take, in milliseconds: it is looked for each second. */
const LONGEST = 10;
/** The text that each pattern has seen last, and what it has picked; without a text, it has taken too long. */
const seen = new WeakMap<InPage, { text?: string; value?: string }>();

/**
 * What a pattern picks from a text. It sees a beginning of it first, and more as long as that is quick, so that one that
 * would take for ever is given up before. A computer may be busy for a moment, so it is measured twice.
 */
function pick(one: InPage, text: string): string | undefined {
  const known = seen.get(one);
  if (known && (known.text === undefined || known.text === text)) return known.value;
  const pattern = new RegExp(one.pattern as string);
  let value: string | undefined;
  const isSlow = (part: string) => {
    const from = performance.now();
    value = pattern.exec(part)?.[1];
    return performance.now() - from > LONGEST;
  };
  for (let most = 16; ; most = Math.ceil(most * 1.4)) {
    const part = text.slice(0, most);
    if (isSlow(part) && isSlow(part)) {
      console.warn(`Chat: the pattern ${one.pattern} takes too long`);
      seen.set(one, {});
      return undefined;
    }
    if (most >= text.length) break;
  }
  seen.set(one, { text, value });
  return value;
}

/** A variable's value in the page as it stands; undefined where it is not there. */
export function find({ in_page, kind }: Variable): string | number | boolean | undefined {
  if (!in_page) return undefined;
  try {
    let value = settled(look(in_page));
    if (in_page.pattern && value !== undefined) value = pick(in_page, `${value}`);
    return kind === 'number' && typeof value === 'string' ? numberIn(value) : value;
  } catch {
    // A cookie that is no text, or an expression that this browser does not know.
    return undefined;
  }
}
