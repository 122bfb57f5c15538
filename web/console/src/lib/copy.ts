/** Copies a text. Pages without a secure origin may not: what is shown of it is selected there, and copied as by hand. */
export async function copyOut(text: string, shown: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (shown instanceof HTMLTextAreaElement) shown.select();
    else getSelection()?.selectAllChildren(shown);
    document.execCommand('copy');
  }
}
