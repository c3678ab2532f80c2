// Rows of a fit that came from elsewhere, perhaps from another thread, to have some of its outputs solved.
import { Kernels } from '../wasm/kernels.ts';
import { ArrivedRows, type MovedRows } from '../wasm/moved-rows.ts';
import type { Targets } from '../wasm/problem.ts';
import type { CheckedRegressionOptions } from './options.ts';
import { type Solution, solvePart } from './solve.ts';

/** How the rows came about. */
export interface RowsSetting {
  readonly features: number;
  /** Feature of each column. */
  readonly featureOf: Uint32Array;
  readonly options: CheckedRegressionOptions;
}

export class SideRows {
  readonly #setting: RowsSetting;
  readonly #pieces: MovedRows[] = [];
  #arrived: { readonly kernels: Kernels; readonly rows: ArrivedRows } | undefined;

  constructor(setting: RowsSetting) {
    this.#setting = setting;
  }

  /** The next rows. */
  add(rows: MovedRows): void {
    this.#pieces.push(rows);
  }

  /** To be asked once all rows are there. */
  solve(part: Targets): Solution {
    const { features, ...how } = this.#setting;
    if (!this.#arrived) {
      const kernels = Kernels.borrow();
      this.#arrived = { kernels, rows: new ArrivedRows(kernels, this.#pieces, features) };
      this.#pieces.length = 0;
    }
    return solvePart(part, { ...this.#arrived, ...how });
  }
}
