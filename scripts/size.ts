import { measureBundle, MOST_BYTES_GZIPPED } from './size/bundle.ts'
import { measureStartup } from './size/startup.ts'

const kibibytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`

const { bytes, gzipped } = await measureBundle()
const kept = gzipped <= MOST_BYTES_GZIPPED
console.log(
  `Bundle: ${kibibytes(bytes)}, gzipped ${kibibytes(gzipped)}; at most ${kibibytes(MOST_BYTES_GZIPPED)} gzipped: ${kept ? 'kept' : 'BROKEN'}`,
)
console.log(`Start-up: ${(await measureStartup()).toFixed(0)} ms of this machine's time (Cloudflare allows 1,000 ms of its own)`)
process.exit(kept ? 0 : 1)
