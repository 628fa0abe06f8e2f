import type { Kind, Row } from '../operator.ts'

/** Customers are each other's vendors, so whatever is sent can be read again by somebody. */
export const customers: readonly number[] = [1, 2, 3, 4, 5, 6]
export const ACCOUNTS_PER_CUSTOMER = 2

export const accountOf = (customer: number, at: number) => customer * 100 + at
export const accountUuid = (account: number) => `00000000-0000-4000-9000-${String(account).padStart(12, '0')}`
export const loginOf = (customer: number) => ({ login: `soak-${customer}`, password: `password of ${customer}` })

const accounts = customers.flatMap((customer) =>
  Array.from({ length: ACCOUNTS_PER_CUSTOMER }, (_, at) => ({
    id: accountOf(customer, at),
    uuid: accountUuid(accountOf(customer, at)),
    customer_id: customer,
    name: `Account ${accountOf(customer, at)}`,
    balance: '100.5',
  })),
)

/** Whoever makes the calls, and what they call through. */
export const cast: Partial<Record<Kind, readonly Row[]>> = {
  customers: customers.map((id) => ({ id, name: `Customer ${id}` })),
  accounts,
  'api-accesses': customers.map((id) => ({ id, customer_id: id, ...loginOf(id), allowed_ips: ['0.0.0.0/0', '::/0'] })),
  'transport-protocols': [{ id: 1, name: 'UDP' }],
}
