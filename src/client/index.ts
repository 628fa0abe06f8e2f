// A client of the customer API: typed by its resources, without dependencies, for browsers, Node and Workers.
import { collection, type Collection } from './collection.ts'
import { connect, idPart, readJson, type Ask, type ClientOptions } from './connection.ts'
import { download, exportsOf, type Download, type Exports } from './exports.ts'
import type { Result } from './result.ts'
import type { ShownDocument } from './types.ts'

/** The calls of one direction, with their recordings. */
export interface Calls<Type extends 'cdrs' | 'incoming-cdrs'> extends Collection<Type> {
  /** The recording of a call, if its attribute `rec` is true. */
  recording: (id: string) => Promise<Result<Download>>
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
}

/** Makes a client. Nothing is sent before something is asked for. */
export function createClient(options: ClientOptions): Client {
  const ask = connect(options)
  return {
    cdrs: calls(ask, 'cdrs'),
    incomingCdrs: calls(ask, 'incoming-cdrs'),
    exports: exportsOf(ask),
    accounts: collection(ask, 'accounts'),
    profile: () => get(ask, '/profiles'),
    session: () => get(ask, '/auth'),
  }
}

const calls = <Type extends 'cdrs' | 'incoming-cdrs'>(ask: Ask, type: Type): Calls<Type> => ({
  ...collection(ask, type),
  recording: (id) => download(ask, () => `/${type}/${idPart(id)}/rec`),
})

async function get<Document>(ask: Ask, path: string): Promise<Result<Document>> {
  const answer = await ask({ path: () => path })
  return answer.ok ? readJson(answer.value) : answer
}

export { FailureError, unwrap, type ApiError, type Failure, type Result } from './result.ts'
export type { ClientOptions } from './connection.ts'
export type { Download, Export, ExportOrder, Waiting } from './exports.ts'
export type { Field, Filter, ListQuery, Page, ResourceObject, ShowQuery, Sort } from './types.ts'
