// What became of a request: what was asked for, or why not. Nothing here throws; `unwrap` does, for whoever prefers that.

/** One error of the API. `code` is the kind, `detail` says what is wrong with this request. */
export interface ApiError {
  title: string
  detail: string
  code: string
  status: string
  source?: { pointer: string }
}

/** Why there is no answer. */
export type Failure =
  /** Nobody is signed in: the token expired, or login and password are wrong. */
  | { kind: 'unauthorized'; status: 401; errors: readonly ApiError[]; requestId: string | null }
  /** Something is wrong with the request. */
  | { kind: 'refused'; status: number; errors: readonly ApiError[]; requestId: string | null }
  /** There is no such object, or no such file. */
  | { kind: 'not found'; status: 404; errors: readonly ApiError[]; requestId: string | null }
  /** It is too much just now, or something does not work: try again later. */
  | { kind: 'unavailable'; status: number; retryAfterSeconds: number | null; errors: readonly ApiError[]; requestId: string | null }
  /** The API could not be reached, or what answered is not the API. */
  | { kind: 'unreachable'; cause: unknown }
  /** The signal that came with the request was aborted. */
  | { kind: 'aborted' }
  /** The export cannot be completed, or was deleted. */
  | { kind: 'export failed'; id: string; status: 'Failed' | 'Deleted' }

/** What was asked for, or why not. */
export type Result<Value> = { ok: true; value: Value } | { ok: false; failure: Failure }

export const success = <Value>(value: Value): Result<Value> => ({ ok: true, value })
export const failed = (failure: Failure): Result<never> => ({ ok: false, failure })

/** A failure that was thrown. */
export class FailureError extends Error {
  override name = 'FailureError'
  readonly failure: Failure

  constructor(failure: Failure) {
    super('errors' in failure && failure.errors.length > 0 ? failure.errors.map(({ detail }) => detail).join(' ') : failure.kind)
    this.failure = failure
  }
}

/** What was asked for. Throws a `FailureError` if there is none. */
export function unwrap<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new FailureError(result.failure)
}
