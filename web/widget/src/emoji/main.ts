/** What emojis are picked from. It comes when somebody asks for it. */
import { later } from '../shared/calm';
import { h, stylesOnce } from '../shared/dom';
import css from './emoji.css?inline';

const style = stylesOnce(css);
/** How many stand in a row. */
const ROW = 8;
const EMOJI =
  '😀 😃 😄 😁 😅 😂 🙂 😉 😊 😍 😘 😋 😎 🤔 😐 🙄 😴 😕 😟 😮 😢 😭 😠 😱 🤒 🥳 👍 👎 👌 👏 🙏 👋 🤝 💪 ✌️ 🤞 ❤️ 💔 🎉 🎁 🎂 ⭐ ✨ 🔥 💡 ✅ ❌ ❓ ' +
  '❗ ⏰ 📅 📦 🚚 🛒 💳 💶 📞 📧 📎 📷 🔑 🔒 🏠 🏪 🚗 ✈️ ☀️ 🌧️ ❄️ 🌸 🌳 🐶 🐱 ☕ 🍕 🍎 👕 👟 🪴 📖';

/** Opens it over where one writes, or closes it. */
window.__hubbubEmoji = (root, t, button, area, done) => {
  style(root);
  const form = area.form!;
  const close = (picked = false) => {
    form.querySelector('.picker')?.remove();
    button.setAttribute('aria-expanded', 'false');
    done(picked);
  };
  if (form.querySelector('.picker')) return close();
  const pick = (one: string) => {
    area.setRangeText(one, area.selectionStart, area.selectionEnd, 'end');
    close(true);
  };
  const all = EMOJI.split(' ').map((one, i) =>
    h('button', { type: 'button', tabindex: i && -1, 'data-testid': 'emoji-choice', onclick: () => pick(one) }, one),
  );
  const go = (from: HTMLElement, to: number) => {
    const next = all[Math.max(0, Math.min(all.length - 1, to))] as HTMLElement;
    from.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  const key = (event: KeyboardEvent) => {
    const from = all.findIndex((one) => one === root.activeElement);
    const ahead = t.rtl ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowRight: from + ahead, ArrowLeft: from - ahead, ArrowDown: from + ROW, ArrowUp: from - ROW, Home: 0, End: all.length - 1,
    };
    // Whoever else hears this key sees it open still.
    if (event.key === 'Escape') later(() => close(), 0);
    else if (event.key in steps && from >= 0) go(all[from]!, steps[event.key]!);
    else return;
    event.preventDefault();
  };
  const label = t('control_emoji_title');
  form.prepend(h('div', { class: 'picker pop', role: 'group', 'aria-label': label, 'data-testid': 'emoji-picker', onkeydown: key }, ...all));
  button.setAttribute('aria-expanded', 'true');
  all[0]!.focus();
};
