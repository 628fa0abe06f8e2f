// The sound of a call (contract N): `record/<local_tag>.<mp3 or wav>` in object storage.
import { Hono, type MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { fileRoutes, type FileDefinition } from '../read/file.ts'
import { cdrs } from '../resources/cdrs.ts'
import { incomingCdrs } from '../resources/incoming-cdrs.ts'
import { hasRecording, recording } from '../resources/recording.ts'

const FORMATS = {
  mp3: { extension: 'mp3', contentType: 'audio/mpeg' },
  wav: { extension: 'wav', contentType: 'audio/wav' },
}

/** The bytes of R2's longest key. */
const LONGEST_KEY = 1024

const encoder = new TextEncoder()

/** Where a recording is kept; undefined for a tag that would name something else. */
export function recordingKey(localTag: string, extension: string): string | undefined {
  const key = `record/${localTag}.${extension}`
  const leaves = /[/\\\p{Cc}]/u.test(localTag) || localTag === '.' || localTag === '..'
  return leaves || encoder.encode(key).byteLength > LONGEST_KEY ? undefined : key
}

const rec: FileDefinition = {
  name: 'rec',
  columns: recording.columns,
  locate: ([, ...values], viewer, { recordingFormat }) => {
    if (!hasRecording(values, viewer)) return undefined
    const { extension, contentType } = FORMATS[recordingFormat]
    const [, localTag] = values
    const key = recordingKey(String(localTag), extension)
    return key === undefined ? undefined : { key, description: { 'content-type': contentType } }
  },
}

/** The recordings of calls made and received. */
export const recordings = (authenticate: MiddlewareHandler<App>) =>
  new Hono<App>()
    .route(`/${cdrs.type}`, fileRoutes(cdrs, rec, authenticate))
    .route(`/${incomingCdrs.type}`, fileRoutes(incomingCdrs, rec, authenticate))
