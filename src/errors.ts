// The catalogue of everything that can go wrong for a reason outside this program: one code, one HTTP status and one
// exit code each. Whatever is not a SparrowError is a bug and is never caught to go on.

/** What each code means to an HTTP client (`status`) and to a shell (`exit`: 1 failed, 2 wrong usage). */
const catalogue = {
  BAD_OPTION: { status: 400, exit: 2 },
  BAD_INPUT: { status: 400, exit: 2 },
  UNAUTHORIZED: { status: 401, exit: 1 },
  NOT_FOUND: { status: 404, exit: 1 },
  CONFLICT: { status: 409, exit: 1 },
  GONE: { status: 410, exit: 1 },
  TOO_LARGE: { status: 413, exit: 1 },
  UNSUPPORTED_TYPE: { status: 415, exit: 1 },
  BAD_MODEL: { status: 422, exit: 1 },
  TOO_FEW_LABELS: { status: 422, exit: 1 },
  TRAINING_FAILED: { status: 500, exit: 1 },
  MODEL_FAILED: { status: 500, exit: 1 },
  OUT_OF_MEMORY: { status: 503, exit: 1 },
  BUSY: { status: 503, exit: 1 },
  NO_SPACE: { status: 507, exit: 1 },
  IO_FAILED: { status: 500, exit: 1 },
} as const;

export type ErrorCode = keyof typeof catalogue;

/**
 * An error whose message is one sentence for the person who can mend it: what is wrong, where, what was expected.
 *
 * @example
 * try {
 *   new TfidfVectorizer({ ngramRange: [2, 1] });
 * } catch (error) {
 *   if (error instanceof SparrowError) console.log(error.code, error.message);
 * }
 */
export class SparrowError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SparrowError';
    this.code = code;
  }

  /** The error of a code that comes from outside; null where there is no such code. */
  static ofCode(code: unknown, message: string): SparrowError | null {
    const isKnown = typeof code === 'string' && Object.hasOwn(catalogue, code);
    return isKnown ? new SparrowError(code as ErrorCode, message) : null;
  }

  /** HTTP status that this error answers with. */
  get status(): number {
    return catalogue[this.code].status;
  }

  /** Exit code of a command that ends with this error. */
  get exitCode(): number {
    return catalogue[this.code].exit;
  }
}

/** The message of anything thrown, for a log line or a sentence about a cause. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
