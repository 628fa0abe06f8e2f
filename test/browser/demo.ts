// A server with the demo's calls, and a few more that tests need.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { demoRows } from '../../scripts/demo.ts'
import { demoId } from '../../scripts/demo/cast.ts'
import { startServer, type Server } from '../support/server.ts'

/** The name of a caller who means harm. */
export const MARKUP = '<img src=x onerror="console.error(1)">'

const RECORDED = 'RECORDED-1'

/** One customer has more calls than the portal counts. */
const busyId = 9100

const busyCalls = Array.from({ length: 5100 }, (_, index) => ({
  id: 7_100_000 + index,
  customer_id: busyId,
  customer_acc_id: busyId,
  is_last_cdr: true,
  time_start: new Date(Date.now() - (index + 1) * 10_000).toISOString(),
  duration: index % 2,
  success: index % 2 === 1,
}))

const extra = {
  customers: [{ id: busyId, name: 'Busy', external_id: busyId }],
  profiles: [{ id: 2, name: 'Calls only', outgoing_cdrs: true, incoming_cdrs: false, outgoing_cdr_exports: false }],
  'api-accesses': [
    { id: 9005, login: 'listener', password: 'listener', allow_listen_recording: true, customer_portal_access_profile_id: 1 },
    { id: 9006, login: 'limited', password: 'limited', allow_listen_recording: false, customer_portal_access_profile_id: 2 },
    {
      id: busyId,
      customer_id: busyId,
      login: 'busy',
      password: 'busy',
      allow_listen_recording: false,
      customer_portal_access_profile_id: 1,
    },
  ].map((access) => ({ customer_id: demoId, account_ids: [], allowed_ips: ['0.0.0.0/0', '::/0'], ...access })),
  cdrs: [
    ...busyCalls,
    {
      id: 7_000_001,
      customer_id: demoId,
      customer_acc_id: 9011,
      is_last_cdr: true,
      time_start: new Date(Date.now() - 1000).toISOString(),
      duration: 1,
      success: true,
      lega_disconnect_code: 200,
      src_name_in: MARKUP,
      src_prefix_in: '49306',
      dst_prefix_in: '49307',
      audio_recorded: true,
      local_tag: RECORDED,
    },
  ],
}

/** Starts a server as `npm start` does. */
export async function startDemo(): Promise<Server> {
  const server = await startServer({ RECORDING_FORMAT: 'wav' })
  await server.load(demoRows(new Date()))
  await server.load(extra)
  await putRecording(server.folder)
  return server
}

async function putRecording(folder: string): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), 'cdr-edge-'))
  const file = join(temporary, 'recording.wav')
  writeFileSync(file, silence(1))
  const place = ['--local', '--persist-to', folder]
  await promisify(execFile)('wrangler', ['r2', 'object', 'put', `cdr-edge-files/record/${RECORDED}.wav`, '--file', file, ...place])
  rmSync(temporary, { recursive: true })
}

/** A WAV file: mono, 8 bits, 8,000 samples a second. */
function silence(seconds: number): Buffer {
  const samples = Buffer.alloc(8000 * seconds, 128)
  const head = Buffer.from('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x01\0\x08\0data\0\0\0\0', 'latin1')
  head.writeUInt32LE(36 + samples.length, 4)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(8000, 28)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}
