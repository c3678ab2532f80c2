// Label configs as they were read, kept by their text: the same config comes with every request, and reading XML each
// time would cost more than the prediction.
import { messageOf, SparrowError } from '../errors.ts';
import { type Pair, type ParsedLabelConfig, readConfig } from '../labelstudio/label-config.ts';

export type Reading =
  | { isServable: true; parsed: ParsedLabelConfig; pairs: readonly Pair[]; notes: readonly string[] }
  | { isServable: false; parsed: ParsedLabelConfig | null; pairs: readonly Pair[]; notes: readonly string[] };

const mostKept = 200;
/** Characters of all that are kept: one config may have a million, and is several times as large when it is read. */
const mostCharacters = 8 * 2 ** 20;

export class ConfigReadings {
  readonly #readings = new Map<string, Reading>();
  #characters = 0;

  of(labelConfig: string): Reading {
    const known = this.#readings.get(labelConfig);
    if (known) return known;
    const reading = read(labelConfig);
    this.#characters += labelConfig.length;
    if (this.#readings.size >= mostKept || this.#characters > mostCharacters) {
      this.#readings.clear();
      this.#characters = labelConfig.length;
    }
    this.#readings.set(labelConfig, reading);
    return reading;
  }
}

/** A config that cannot be read is a state, not an error: the notes say what is wrong with it. */
function read(labelConfig: string): Reading {
  try {
    const { pairs, notes, parsed } = readConfig(labelConfig);
    return { isServable: true, parsed, pairs, notes };
  } catch (error) {
    if (!(error instanceof SparrowError)) throw error;
    return { isServable: false, parsed: null, pairs: [], notes: [messageOf(error)] };
  }
}
