import { createClient, unwrap, type Client } from '../../src/client/index.ts'

/** The example of the client's guide. */
export async function example(client: Client = createClient({ url: 'https://api.example.com', login: 'demo', password: 'demo' })) {
  const told: string[] = []
  // guide:start
  const calls = client.cdrs.all({
    filter: { time_start_gteq: new Date('2025-01-01'), success_eq: true },
    fields: { cdrs: ['duration', 'customer-price'] },
    sort: ['-duration'],
  })
  for await (const { id, attributes } of calls) told.push(`${id}: ${attributes.duration} s for ${attributes['customer-price']}`)

  const found = await client.cdrs.show('5000')
  if (!found.ok) told.push(found.failure.kind)

  const [account] = unwrap(await client.accounts.list()).data
  const made = await client.exports.create(
    { account: account!.id, filters: { time_start_gteq: '2025-01-01', time_start_lt: '2025-02-01' }, timeZoneName: 'Europe/Kyiv' },
    { onProgress: ({ attributes }) => told.push(attributes.status), pollMilliseconds: 500 },
  )
  if (made.ok) told.push(`${made.value.attributes['rows-count']} rows`)
  // guide:end
  return told
}
