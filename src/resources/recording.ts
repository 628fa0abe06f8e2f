import { cdr } from '../db/schema.ts'
import type { Cell } from '../db/database.ts'
import type { Viewer } from '../read/definition/resource.ts'

const UNICODE_BLANK = /^[\s\u0085]*$/u

/** Whether a call has a recording that its viewer may hear (contract D.1), by the columns of `recording`. */
export const hasRecording = ([audioRecorded, localTag, duration]: readonly Cell[], { allowListenRecording }: Viewer) =>
  allowListenRecording && audioRecorded === 1 && !UNICODE_BLANK.test(String(localTag ?? '')) && Number(duration) > 0

/** The attribute `rec`. */
export const recording = {
  type: 'computed',
  columns: [cdr.audioRecorded, cdr.localTag, cdr.duration],
  write: (values: readonly Cell[], viewer: Viewer) => String(hasRecording(values, viewer)),
} as const
