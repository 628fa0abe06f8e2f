// Who asks: a token, a login that gets itself one, or the cookie of a browser's session.
import { readJson, type Ask, type ClientOptions, type Send } from './connection.ts'
import { success, type Result } from './result.ts'

/** Makes the function that sends the requests of whoever the options name. */
export function askAs(send: Send, { login, password, token, onSessionEnd }: ClientOptions): Ask {
  if (login !== undefined && password !== undefined) return askByLogin(send, { login, password }, token)
  if (token !== undefined || !onSessionEnd) return (asked) => send(asked, token)
  return askByCookie(send, onSessionEnd)
}

/** Begins a session: with a token in the answer, or with a cookie where `cookie_auth` asks for one. */
export const signIn = (send: Send, auth: { login: string; password: string; cookie_auth?: true }): Promise<Result<Response>> =>
  send({ method: 'POST', path: () => '/auth', body: () => ({ auth }), headers: { 'content-type': 'application/json' } })

function askByLogin(send: Send, credentials: { login: string; password: string }, token: string | undefined): Ask {
  const getToken = async (): Promise<Result<string>> => {
    const answer = await signIn(send, credentials)
    const read = answer.ok ? await readJson<{ jwt: string }>(answer.value) : answer
    return read.ok ? success(read.value.jwt) : read
  }
  let session: Promise<Result<string>> | undefined = token === undefined ? undefined : Promise.resolve(success(token))

  /** Signs in once for all requests that wait; `expired` is the session that no longer holds. */
  const renew = (expired?: Promise<Result<string>>) => {
    if (session === expired) session = getToken()
    return session!
  }

  return async (asked) => {
    const used = session ?? renew()
    const bearer = await used
    if (!bearer.ok) {
      if (session === used) session = undefined
      return bearer
    }
    const answer = await send(asked, bearer.value)
    if (answer.ok || answer.failure.kind !== 'unauthorized') return answer
    const renewed = await renew(used)
    return renewed.ok ? send(asked, renewed.value) : renewed
  }
}

function askByCookie(send: Send, onSessionEnd: () => Promise<unknown>): Ask {
  let renewal: Promise<unknown> | undefined

  /** Once for all requests that found the session ended. */
  const renew = () => (renewal ??= onSessionEnd().finally(() => (renewal = undefined)))

  return async (asked) => {
    const answer = await send(asked)
    if (answer.ok || answer.failure.kind !== 'unauthorized') return answer
    try {
      await renew()
    } catch {
      return answer
    }
    return send(asked)
  }
}
