// How long a customer waits while another one searches as hard as it may: the database does one thing at a time.
import { requestOf } from './ask.ts'
import { largestSearch, neighboursList } from './cases.ts'
import type { Case } from './cases.ts'
import { startClient } from './client.ts'
import type { Loaded } from './load.ts'
import type { Server } from './server.ts'

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
export const measureNeighbour = async ({ url }: Server): Promise<NeighbourFigures> => {
  const clients = [startClient(), startClient()] as const
  const load = (at: 0 | 1, one: Case, connections: number, most: number) =>
    clients[at].load({ ...requestOf(one, new Date()), url: url + one.path, connections, milliseconds: MILLISECONDS, most })
  try {
    const alone = await load(0, neighboursList, 1, MOST_LISTS)
    const [searches, beside] = await Promise.all([
      load(1, largestSearch, SEARCH_CONNECTIONS, Number.MAX_SAFE_INTEGER),
      load(0, neighboursList, 1, MOST_LISTS),
    ])
    return { alone, beside, searches }
  } finally {
    for (const client of clients) client.stop()
  }
}

const milliseconds = (figure: number) => figure.toFixed(figure < 10 ? 1 : 0)

/** One sentence. */
export const showNeighbour = ({ alone, beside, searches }: NeighbourFigures): string =>
  `A list of 24 hours takes another customer ${milliseconds(alone.p99)} ms (p99) alone, ${milliseconds(beside.p99)} ms (median ${milliseconds(beside.p50)} ms, longest ` +
  `${milliseconds(beside.longest)} ms) beside an access that sends the largest searches it may: of ${searches.requests} in ${MILLISECONDS / 1000} s ` +
  `${searches.served} are served, of up to ${milliseconds(searches.longest)} ms`
