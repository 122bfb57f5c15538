import type { Texts } from '../chat/i18n';
import { plain } from '../shared/locale';

const LONGEST = 1000;
/** How much is looked at of what is given at once: whatever has no end ends here. */
const MOST = 5000;
/** No text lies deeper. */
const DEEPEST = 8;
let left = MOST;
const MONTHS = 'date.month_names';
const warned = new Set<string>();

/** Tells the page's author of a text that cannot be used, once. */
function warn(path: string, why: string): void {
  if (!warned.has(path)) console.warn(`Chat: _addTranslations: ${path} ${why}`);
  warned.add(path);
}

/** The texts that a page has added, by language and key; what comes later stands over what came before. */
export function read(trees: unknown[]): Record<string, Texts> {
  const all: Record<string, Texts> = {};
  for (const tree of trees) {
    left = MOST;
    try {
      // A text is no tree, however many letters it has.
      for (const [name, texts] of Object.entries(typeof tree === 'object' && tree ? tree : {})) {
        const code = plain(name);
        if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/.test(code)) warn(name, 'is no language');
        else walk(texts, name, '', (all[code] ??= {}));
      }
    } catch {
      warn('what is given', 'cannot be read');
    }
  }
  return all;
}

function walk(value: unknown, path: string, key: string, into: Texts): void {
  if (left-- < 0) throw new Error('without end');
  if (typeof value === 'string') {
    if (!key) warn(path, 'must have keys');
    else if (value.length > LONGEST) warn(path, `is longer than ${LONGEST} characters`);
    else into[key] = value;
  } else if (key === MONTHS && Array.isArray(value)) {
    if (value.length === 12 && value.every((month) => typeof month === 'string')) into[key] = value;
    else warn(path, 'must be twelve texts');
  } else if (value && typeof value === 'object' && !Array.isArray(value) && path.split('.').length < DEEPEST) {
    // Forms for numbers belong together: a language's own are not mixed with those that are built in.
    if (Object.hasOwn(value, 'other') && !key.endsWith('.hours')) {
      for (const form of ['zero', 'one', 'two', 'few', 'many']) delete into[`${key}.${form}`];
    }
    for (const [name, inner] of Object.entries(value)) walk(inner, `${path}.${name}`, key ? `${key}.${name}` : name, into);
  } else {
    warn(path, 'must be a text');
  }
}
