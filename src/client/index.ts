// A client of the customer API: typed by its resources, without dependencies, for browsers, Node and Workers.
import { collection, type Collection } from './collection.ts'
import { connect, idPart, readJson, rootOf, type Ask, type ClientOptions, type Sending } from './connection.ts'
import { download, exportsOf, inspect, type Download, type Exports, type FileInfo } from './exports.ts'
import { success, type Result } from './result.ts'
import { askAs, signIn } from './session.ts'
import type { ShownDocument } from './types.ts'

/** The calls of one direction, with their recordings. */
export interface Calls<Type extends 'cdrs' | 'incoming-cdrs'> extends Collection<Type> {
  /** The recording of a call, if its attribute `rec` is true. */
  recording: (id: string, sending?: Sending) => Promise<Result<Download>>
  /** Whether there is a recording, without fetching it. */
  recordingInfo: (id: string, sending?: Sending) => Promise<Result<FileInfo>>
  /** Where the recording is, for a player in a browser's session. Throws a `TypeError` if the id is none. */
  recordingUrl: (id: string) => string
}

export interface Client {
  /** Calls made. */
  cdrs: Calls<'cdrs'>
  /** Calls received. */
  incomingCdrs: Calls<'incoming-cdrs'>
  exports: Exports
  accounts: Collection<'accounts'>
  /** Which parts of the portal may be seen. */
  profile: () => Promise<Result<ShownDocument<'profiles'>>>
  /** What the session may do. */
  session: () => Promise<Result<{ 'allow-rec': boolean }>>
  /** Begins a browser's session: a cookie that no script can read, and that every answer renews. */
  signIn: (login: string, password: string) => Promise<Result<undefined>>
  /** Ends a browser's session. */
  signOut: () => Promise<Result<undefined>>
}

/** Makes a client. Nothing is sent before something is asked for. */
export function createClient(options: ClientOptions): Client {
  const send = connect(options)
  const ask = askAs(send, options)
  const root = rootOf(options)
  return {
    cdrs: calls(ask, root, 'cdrs'),
    incomingCdrs: calls(ask, root, 'incoming-cdrs'),
    exports: exportsOf(ask, root),
    accounts: collection(ask, 'accounts'),
    profile: () => get(ask, '/profiles'),
    session: () => get(ask, '/auth'),
    signIn: async (login, password) => done(await signIn(send, { login, password, cookie_auth: true })),
    signOut: async () => done(await send({ method: 'DELETE', path: () => '/auth' })),
  }
}

function calls<Type extends 'cdrs' | 'incoming-cdrs'>(ask: Ask, root: string, type: Type): Calls<Type> {
  const path = (id: string) => `/${type}/${idPart(id)}/rec`
  return {
    ...collection(ask, type),
    recording: (id, sending) => download(ask, () => path(id), sending),
    recordingInfo: (id, sending) => inspect(ask, () => path(id), sending),
    recordingUrl: (id) => root + path(id),
  }
}

const done = (answer: Result<Response>) => (answer.ok ? success(undefined) : answer)

async function get<Document>(ask: Ask, path: string): Promise<Result<Document>> {
  const answer = await ask({ path: () => path })
  return answer.ok ? readJson(answer.value) : answer
}

export { FailureError, unwrap, type ApiError, type Failure, type Result } from './result.ts'
export type { ClientOptions, Sending } from './connection.ts'
export type { Download, Export, ExportOrder, FileInfo, Waiting } from './exports.ts'
export type {
  AttributeName,
  Field,
  Filter,
  ListQuery,
  Page,
  RelationshipName,
  ResourceObject,
  ShowQuery,
  ShownDocument,
  Sort,
} from './types.ts'
