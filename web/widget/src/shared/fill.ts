/** A text whose variables of the person (`{{firstname}}`) are filled; one that nobody knows leaves nothing behind. */
export function fillIn(text: string, person: Record<string, unknown> | null): string {
  if (!text.includes('{{')) return text;
  const filled = text.replace(/ ?\{\{\s*(?:identity[._])?(\w+)\s*\}\}/g, (all, name: string) => {
    const value = person?.[name];
    return typeof value === 'string' && value ? (all[0] === ' ' ? ' ' : '') + value : '';
  });
  return filled.trim();
}
