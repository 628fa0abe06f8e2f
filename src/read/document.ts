// Step five: rows become the text of a document.
import { linkage, paginationLinks } from '../jsonapi/document.ts'
import { pageLinks } from '../jsonapi/links.ts'
import type { LinkagePlan, ListPlan, RelatedPlan, ShowPlan } from './plan/plan.ts'
import type { Projection, Row } from './statement/projection.ts'
import type { Resource, Viewer } from './definition/resource.ts'
import type { Found, FoundOne } from './run.ts'

/** A list: data, included, meta, links (contract G). */
export function toListDocument({ type }: Resource, { base, page, query }: ListPlan, { viewer, total, rows, projection }: Found): string {
  let data = ''
  for (const row of rows) data += (data === '' ? '' : ',') + projection.write(row, viewer, base)
  const size = BigInt(page.size)
  const last = total === 0 ? 1n : (BigInt(total) + size - 1n) / size
  const links = paginationLinks(pageLinks(`${base}/${type}`, query, page.size), page.number, last)
  return `{"data":[${data}]${toIncluded(projection, rows, viewer, base)},"meta":{"total-count":${total}},"links":${links}}`
}

/** One object with what it includes. */
export const toShowDocument = ({ base }: ShowPlan, { viewer, row, projection }: FoundOne) =>
  `{"data":${projection.write(row, viewer, base)}${toIncluded(projection, [row], viewer, base)}}`

/** The linked object, or null. */
export function toRelatedDocument({ base }: RelatedPlan, { viewer, row, projection }: FoundOne): string {
  const [, ...object] = row
  return `{"data":${projection.id(object) === null ? 'null' : projection.write(object, viewer, base)}}`
}

/** A relationship's linkage and links (JSON:API 7.3). */
export function toLinkageDocument(resource: Resource, plan: LinkagePlan, { row: [id, linked] }: FoundOne): string {
  const relationship = resource.relationships.get(plan.relationship)!
  const { base } = plan
  const address = `${base}/${resource.type}/${String(id)}`
  const data = linkage(relationship.to.type, (linked ?? null) === null ? null : String(linked))
  return `{"data":${data},"links":{"self":"${address}/relationships/${relationship.name}","related":"${address}/${relationship.name}"}}`
}

/** The included objects, each once: by type, in the order in which types and then objects are first met (contract H.2). */
function toIncluded({ included }: Projection, rows: readonly Row[], viewer: Viewer, base: string): string {
  if (included.length === 0) return ''
  const groups = new Map<string, Map<string, string>>()
  for (const row of rows) {
    for (const { relationship, projection } of included) {
      const id = projection.id(row)
      if (id === null) continue
      const { type } = relationship.to
      let objects = groups.get(type)
      if (!objects) groups.set(type, (objects = new Map()))
      if (!objects.has(id)) objects.set(id, projection.write(row, viewer, base))
    }
  }
  const objects = [...groups.values()].flatMap((group) => [...group.values()])
  return objects.length === 0 ? '' : `,"included":[${objects.join(',')}]`
}
