// How long a customer waits while another one searches as hard as it may: the database does one thing at a time.
import type { Server } from '../server.ts'
import { largestSearch, neighboursList } from './cases.ts'
import { load, type Loaded } from './load.ts'
import { requestOf } from './measure.ts'

/** A list of the last 24 hours, alone and beside the searches of another customer. */
export interface NeighbourFigures {
  alone: Loaded
  beside: Loaded
  searches: Loaded
}

const SEARCH_CONNECTIONS = 8
const MILLISECONDS = 20_000
/** Alone and beside, a third of the 1,200 requests that an access has in a minute. */
const MOST_LISTS = 400

/** The server has its limits on. */
export async function measureNeighbour({ url }: Server): Promise<NeighbourFigures> {
  const list = () =>
    load({
      ...requestOf(neighboursList),
      url: url + neighboursList.path,
      connections: 1,
      until: { milliseconds: MILLISECONDS, most: MOST_LISTS },
    })
  const search = () =>
    load({
      ...requestOf(largestSearch),
      url: url + largestSearch.path,
      connections: SEARCH_CONNECTIONS,
      until: { milliseconds: MILLISECONDS },
    })
  const alone = await list()
  const [searches, beside] = await Promise.all([search(), list()])
  return { alone, beside, searches }
}

const milliseconds = (figure: number) => figure.toFixed(figure < 10 ? 1 : 0)

/** One sentence. */
export const showNeighbour = ({ alone, beside, searches }: NeighbourFigures): string =>
  `A list of 24 hours takes another customer ${milliseconds(alone.p99)} ms (p99) alone, ${milliseconds(beside.p99)} ms (median ${milliseconds(beside.p50)} ms, longest ` +
  `${milliseconds(beside.longest)} ms) beside an access that sends the largest searches it may: of ${searches.requests} in ${MILLISECONDS / 1000} s ` +
  `${searches.served} are served, of up to ${milliseconds(searches.longest)} ms`
