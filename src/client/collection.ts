import { idPart, readJson, type Ask, type Sending } from './connection.ts'
import { toSearch, type AnyQuery } from './query.ts'
import { failed, success, unwrap, type Result } from './result.ts'
import type { Field, ListedType, ListQuery, Page, ResourceObject, ShowQuery, ShownDocument } from './types.ts'

/** What can be asked of a resource that has a list. */
export interface Collection<Type extends ListedType> {
  /** One page. */
  list: <Shown extends Field<Type> = Field<Type>>(query?: ListQuery<Type, Shown>, sending?: Sending) => Promise<Result<Page<Type, Shown>>>
  /** One page after the other, from the one asked for to the last; ends after a failure. */
  pages: <Shown extends Field<Type> = Field<Type>>(
    query?: ListQuery<Type, Shown>,
    sending?: Sending,
  ) => AsyncGenerator<Result<Page<Type, Shown>>, void>
  /** Every object of all pages. Throws a `FailureError`. */
  all: <Shown extends Field<Type> = Field<Type>>(
    query?: ListQuery<Type, Shown>,
    sending?: Sending,
  ) => AsyncGenerator<ResourceObject<Type, Shown>, void>
  /** One object. */
  show: <Shown extends Field<Type> = Field<Type>>(
    id: string,
    query?: ShowQuery<Type, Shown>,
    sending?: Sending,
  ) => Promise<Result<ShownDocument<Type, Shown>>>
}

const LARGEST_PAGE = 1000

/** The collection of a resource. */
export function collection<Type extends ListedType>(ask: Ask, type: Type): Collection<Type> {
  const get = async <Document>(
    path: () => string,
    isDocument: (json: Partial<Page<Type>>) => unknown,
    { signal }: Sending = {},
  ): Promise<Result<Document>> => {
    const answer = await ask({ path: () => `/${type}${path()}`, signal })
    const read = answer.ok ? await readJson<Partial<Page<Type>> | null>(answer.value, signal) : answer
    if (!read.ok) return read
    return read.value && isDocument(read.value)
      ? success(read.value as Document)
      : failed({ kind: 'unreachable', cause: new Error('No document.') })
  }
  const list = <Shown extends Field<Type>>(query: AnyQuery, sending?: Sending) =>
    get<Page<Type, Shown>>(
      () => toSearch(query),
      ({ data, meta, links }) => Array.isArray(data) && meta && links,
      sending,
    )

  async function* pages<Shown extends Field<Type> = Field<Type>>(
    query: ListQuery<Type, Shown> = {},
    sending?: Sending,
  ): AsyncGenerator<Result<Page<Type, Shown>>, void> {
    const { page }: typeof query = { ...query }
    const first = page?.number ?? 1
    const seen = new Set<string>()
    let size = 1
    let total = 0
    /** A page, without what has been seen: objects that come in move others on to later pages. */
    const fresh = async (number: number) => {
      const answer = await list<Shown>({ ...query, page: { ...page, number } }, sending)
      if (!answer.ok) return answer
      const data = answer.value.data.filter(({ id }) => !seen.has(id))
      for (const { id } of data) seen.add(id)
      size = Math.max(size, answer.value.data.length)
      return success({ ...answer.value, data })
    }
    for (let number = first; ; number++) {
      const answer = await fresh(number)
      yield answer
      if (!answer.ok) return
      const { links, meta } = answer.value
      const gone = total - meta['total-count']
      total = meta['total-count']
      // Objects that go away move others back to pages that have been read.
      for (let again = Math.max(number - Math.ceil(gone / size), first); again < number; again++) {
        const more = await fresh(again)
        if (!more.ok || more.value.data.length > 0) yield more
        if (!more.ok) return
      }
      if (links.next === undefined) return
    }
  }
  return {
    list: (query = {}, sending) => list(query, sending),
    pages,
    async *all(query = {}, sending) {
      for await (const result of pages({ ...query, page: { size: LARGEST_PAGE, ...{ ...query }.page } }, sending))
        yield* unwrap(result).data
    },
    show: (id, query = {}, sending) =>
      get(
        () => `/${idPart(id)}${toSearch(query)}`,
        ({ data }) => data,
        sending,
      ),
  }
}
