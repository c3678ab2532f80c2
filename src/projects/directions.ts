// What processes that only predict must know of the memory of the one that keeps everything, beside what is in the store.
export type Direction =
  /** The project that requests with this number and no known date belong to. */
  | { kind: 'latest'; number: string; key: string }
  /** Annotations of the project wait for the texts of their tasks, which a prediction may bring. */
  | { kind: 'waiting'; key: string; isWaiting: boolean };
