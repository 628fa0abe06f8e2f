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

/** A customer whose calls have everything that is hard to show, and two whose lists are empty. */
const [awkwardId, newId, unopenedId] = [9200, 9300, 9400]

export const LONG_ADDRESS = 'alice.smith@conference.eu-central.example.com'
export const LONG_REASON = 'Temporarily unavailable: all registered contacts are unreachable'

/** Of two accounts, newest first. A number is kept as switches do: with `+`, with `00` or with neither. */
const awkwardCalls = [
  { src: '+12125550101', dst: LONG_ADDRESS, name: 'דנה לוי־אברהמסון מהמשרד הראשי בתל אביב', price: '0', reason: LONG_REASON, code: 480 },
  { src: '0012125550101', dst: '4930231250123456', name: '田中太郎 東京本社営業部第二課国際電話担当', price: '123456789012.5' },
  { src: '12125550101', dst: '442079460123', name: 'محمد عبد الرحمن بن خالد الأنصاري', price: '12.25' },
  { src: LONG_ADDRESS, dst: '*31#4930231250', name: '', price: '100' },
  { src: '4912125559', dst: '123456789012345678901234', name: 'Smith, Carol', price: '0.000123456' },
  { src: 'anonymous', dst: '+493023125', name: LONG_REASON, price: '-7.5' },
  { src: '10.0.0.1', dst: LONG_REASON.replaceAll(' ', '-'), name: '', price: '99999' },
].map(({ src, dst, name, price, reason = 'OK', code = 200 }, index) => ({
  id: 7_200_000 + index,
  customer_id: awkwardId,
  customer_acc_id: awkwardId + (index % 2),
  is_last_cdr: true,
  time_start: new Date(Date.now() - (index + 1) * 60_000).toISOString(),
  time_end: new Date(Date.now() - index * 60_000).toISOString(),
  duration: code === 200 ? 36_000 + index : 0,
  success: code === 200,
  src_name_in: name,
  src_prefix_in: src,
  dst_prefix_in: dst,
  customer_price: price,
  lega_disconnect_code: code,
  lega_disconnect_reason: reason,
  orig_call_id: `${LONG_ADDRESS}-${LONG_ADDRESS}`,
}))

const account = (id: number, customerId: number, name: string) => ({
  id,
  uuid: `5d0c2f0e-6a43-5c0e-9b0f-3f6f3c1b${id}`,
  customer_id: customerId,
  name,
  external_id: id,
  balance: '0.0',
  min_balance: '0.0',
  max_balance: '0.0',
})

const extra = {
  customers: [
    { id: busyId, name: 'Busy', external_id: busyId },
    { id: awkwardId, name: 'Awkward', external_id: awkwardId },
    { id: newId, name: 'New', external_id: newId },
    { id: unopenedId, name: 'Unopened', external_id: unopenedId },
  ],
  accounts: [
    account(awkwardId, awkwardId, 'Conference services of the head office, Frankfurt am Main (EUR)'),
    account(awkwardId + 1, awkwardId, 'Branch'),
    account(busyId, busyId, 'Busy'),
    account(newId, newId, 'Only account'),
  ],
  profiles: [
    { id: 2, name: 'Calls only', outgoing_cdrs: true, incoming_cdrs: false, outgoing_cdr_exports: false },
    { id: 3, name: 'Nothing', outgoing_cdrs: false, incoming_cdrs: false, outgoing_cdr_exports: false },
  ],
  'api-accesses': [
    { id: 9005, login: 'listener', password: 'listener', allow_listen_recording: true, customer_portal_access_profile_id: 1 },
    { id: 9006, login: 'limited', password: 'limited', allow_listen_recording: false, customer_portal_access_profile_id: 2 },
    ...[
      { id: busyId, login: 'busy' },
      { id: awkwardId, login: 'awkward' },
      { id: newId, login: 'newcomer' },
      { id: unopenedId, login: 'unopened' },
    ].map(({ id, login }) => ({
      id,
      customer_id: id,
      login,
      password: login,
      allow_listen_recording: false,
      customer_portal_access_profile_id: 1,
    })),
    { id: 9007, login: 'nothing', password: 'nothing', allow_listen_recording: false, customer_portal_access_profile_id: 3 },
  ].map((access) => ({ customer_id: demoId, account_ids: [], allowed_ips: ['0.0.0.0/0', '::/0'], ...access })),
  cdrs: [
    ...busyCalls,
    ...awkwardCalls,
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
