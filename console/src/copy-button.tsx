import { useSignal } from '@preact/signals';

const SHOWN_MS = 2_000;

/**
 * Copies the text, and says so for a moment. Where the browser forbids it (plain HTTP on a name other than localhost)
 * the element that shows the text is selected instead.
 * @param shownIn id of the element that shows the text
 */
export function CopyButton({ text, what, shownIn }: { text: string; what: string; shownIn: string }) {
  const said = useSignal('');

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      said.value = 'Copied';
    } catch {
      const shown = document.getElementById(shownIn);
      if (shown !== null) getSelection()?.selectAllChildren(shown);
      said.value = 'Selected';
    }
    setTimeout(() => {
      said.value = '';
    }, SHOWN_MS);
  }

  return (
    <button type="button" class="copy" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      <span role="status">{said.value === '' ? 'Copy' : said.value}</span>
    </button>
  );
}
