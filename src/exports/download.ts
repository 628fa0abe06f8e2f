// The file of an export (contract M.3).
import type { MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { cdrExport } from '../db/schema.ts'
import { reprDigest } from '../http/file.ts'
import { fileRoutes, type FileDefinition } from '../read/file.ts'
import { cdrExports } from '../resources/cdr-exports.ts'
import { fileKey } from './file.ts'

const download: FileDefinition = {
  name: 'download',
  columns: [cdrExport.status, cdrExport.digest],
  locate: ([id, status, digest]) => {
    if (status !== 'Completed') return undefined
    const uuid = String(id)
    return {
      key: fileKey(uuid),
      description: {
        'content-type': 'application/gzip',
        'content-disposition': `attachment; filename="${uuid}.csv.gz"`,
        ...(typeof digest === 'string' ? reprDigest(digest) : {}),
      },
    }
  },
}

/** The files of exports that are complete. */
export const downloads = (authenticate: MiddlewareHandler<App>) => fileRoutes(cdrExports, download, authenticate)
