import { readJson, type Ask } from './connection.ts'
import { toSearch, type AnyQuery } from './query.ts'
import { success, unwrap, type Result } from './result.ts'
import type { Field, ListedType, ListQuery, Page, ResourceObject, ShowQuery, ShownDocument } from './types.ts'

/** What can be asked of a resource that has a list. */
export interface Collection<Type extends ListedType> {
  /** One page. */
  list: <Shown extends Field<Type> = Field<Type>>(query?: ListQuery<Type, Shown>) => Promise<Result<Page<Type, Shown>>>
  /** One page after the other, from the one asked for to the last; ends after a failure. */
  pages: <Shown extends Field<Type> = Field<Type>>(query?: ListQuery<Type, Shown>) => AsyncGenerator<Result<Page<Type, Shown>>, void>
  /** Every object of all pages. Throws a `FailureError`. */
  all: <Shown extends Field<Type> = Field<Type>>(query?: ListQuery<Type, Shown>) => AsyncGenerator<ResourceObject<Type, Shown>, void>
  /** One object. */
  show: <Shown extends Field<Type> = Field<Type>>(id: string, query?: ShowQuery<Type, Shown>) => Promise<Result<ShownDocument<Type, Shown>>>
}

const LARGEST_PAGE = 1000

/** The collection of a resource. */
export function collection<Type extends ListedType>(ask: Ask, type: Type): Collection<Type> {
  const get = async <Document>(path: string, query: AnyQuery): Promise<Result<Document>> => {
    const answer = await ask({ path: `/${type}${path}${toSearch(query)}` })
    return answer.ok ? readJson(answer.value) : answer
  }
  async function* pages<Shown extends Field<Type> = Field<Type>>(
    query: ListQuery<Type, Shown> = {},
  ): AsyncGenerator<Result<Page<Type, Shown>>, void> {
    const { page = {} } = query
    let known = new Set<string>()
    for (let number = page.number ?? 1; ; number++) {
      const answer = await get<Page<Type, Shown>>('', { ...query, page: { ...page, number } })
      if (!answer.ok) {
        yield answer
        return
      }
      // While new objects come in at the top, those of one page move on to the next.
      const fresh = answer.value.data.filter(({ id }) => !known.has(id))
      known = new Set(answer.value.data.map(({ id }) => id))
      yield success({ ...answer.value, data: fresh })
      if (answer.value.links.next === undefined) return
    }
  }
  return {
    list: (query = {}) => get('', query),
    pages,
    async *all(query = {}) {
      const { page = {} } = query
      for await (const result of pages({ ...query, page: { size: LARGEST_PAGE, ...page } })) yield* unwrap(result).data
    },
    show: (id, query = {}) => get(`/${encodeURIComponent(id)}`, query),
  }
}
