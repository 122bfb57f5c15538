import { stored } from './stored';

export type Theme = 'system' | 'light' | 'dark';

const memory = stored('theme');

class ThemeChoice {
  current = $state<Theme>((memory.read() as Theme | null) ?? 'system');

  choose(theme: Theme): void {
    this.current = theme;
    memory.write(theme === 'system' ? null : theme);
    this.apply();
  }

  apply(): void {
    if (this.current === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.current;
  }
}

export const theme = new ThemeChoice();
theme.apply();
