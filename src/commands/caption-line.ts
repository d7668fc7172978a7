/** Lays words out in lines as they come, as wide as the terminal is at that moment. */
import { printable } from '../errors.ts';
import { displayWidth } from '../host-columns.ts';

export interface CaptionLine {
  /** Shows words with the white space between and behind them; an end of line in it ends the line. */
  add(text: string): void;
  /** Ends the line, if one has been begun. */
  end(): void;
  /** Something else has ended the line. */
  restart(): void;
}

/** `put` gets what is to be written next, safe to show; `width` is asked before each word. */
export function createCaptionLine(put: (text: string) => void, width: () => number): CaptionLine {
  let column = 0;
  let gap: '' | ' ' | '\n' = '';

  function word(text: string): void {
    const columns = displayWidth(text);
    // The last column stays free: some terminals break the line there, some do not.
    const fits = column + gap.length + columns < width();
    const before = column === 0 ? '' : gap === '\n' || !fits ? '\n' : gap;
    put(before + text);
    column = (before === '\n' ? 0 : column + before.length) + columns;
    gap = '';
  }

  function restart(): void {
    column = 0;
    gap = '';
  }

  return {
    add(text) {
      for (const [part] of text.matchAll(/\s+|\S+/g)) {
        if (/^\s/.test(part)) gap = part.includes('\n') || gap === '\n' ? '\n' : ' ';
        else if (printable(part) !== '') word(printable(part));
      }
    },
    end() {
      if (column > 0) put('\n');
      restart();
    },
    restart,
  };
}
