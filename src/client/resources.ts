// Made of the resource definitions by `npm run describe`; not to be edited.

/** The operators of a type: those that take one value, and those that take a list. */
export interface Operators {
  integer: { one: 'eq' | 'not_eq' | 'gt' | 'gteq' | 'lt' | 'lteq'; many: 'in' | 'not_in' }
  decimal: { one: 'eq' | 'not_eq' | 'gt' | 'gteq' | 'lt' | 'lteq'; many: 'in' | 'not_in' }
  boolean: { one: 'eq' | 'not_eq'; many: never }
  datetime: { one: 'eq' | 'not_eq' | 'gt' | 'gteq' | 'lt' | 'lteq'; many: 'in' | 'not_in' }
  string: { one: 'eq' | 'not_eq' | 'cont' | 'start' | 'end'; many: 'in' | 'not_in' | 'cont_any' }
  inet: { one: 'eq' | 'not_eq'; many: 'in' | 'not_in' }
  uuid: { one: 'eq' | 'not_eq'; many: 'in' | 'not_in' }
  choice: { one: 'eq' | 'not_eq'; many: 'in' | 'not_in' }
}

/** A filter for one of a few words. */
export interface Choice<Word extends string> {
  choice: Word
}

/**
 * What each resource has. `filters` are fields by their type, with a filter for each operator of it; `lists` are filters by their plain
 * names; `unsorted` are attributes that cannot be sorted by.
 */
export interface Resources {
  /** Calls that you made: the last attempt of each. */
  cdrs: {
    attributes: {
      /** When the call began. */
      'time-start': string
      /** When the call was answered. */
      'time-connect': string | null
      /** When the call ended. */
      'time-end': string | null
      /** Seconds from answer to end. */
      duration: number | null
      /** Whether the call was answered. */
      success: boolean | null
      /** Seconds billed at least. */
      'destination-initial-interval': number | null
      /** Price of a minute within the initial interval. */
      'destination-initial-rate': string | null
      /** Seconds billed at a time after the initial interval. */
      'destination-next-interval': number | null
      /** Price of a minute after the initial interval. */
      'destination-next-rate': string | null
      /** Price of the connection. */
      'destination-fee': string | null
      /** Price of the call. */
      'customer-price': string | null
      /** Seconds billed. */
      'customer-duration': number | null
      /** Calling name as received. */
      'src-name-in': string | null
      /** Calling number as received. */
      'src-prefix-in': string | null
      /** Domain of the From header. */
      'from-domain': string | null
      /** Called number as received. */
      'dst-prefix-in': string | null
      /** Domain of the To header. */
      'to-domain': string | null
      /** Domain of the request URI. */
      'ruri-domain': string | null
      /** Diversion header as received. */
      'diversion-in': string | null
      /** The switch's own tag of the call. */
      'local-tag': string | null
      /** SIP code that the call ended with, towards the caller. */
      'lega-disconnect-code': number | null
      /** SIP reason that the call ended with, towards the caller. */
      'lega-disconnect-reason': string | null
      /** Id of the transport protocol that the call came by. */
      'auth-orig-transport-protocol-id': number | null
      /** Address that the call came from. */
      'auth-orig-ip': string | null
      /** Port that the call came from. */
      'auth-orig-port': number | null
      /** Calling number as routing saw it. */
      'src-prefix-routing': string | null
      /** Called number as routing saw it. */
      'dst-prefix-routing': string | null
      /** Prefix of the rate that the call was billed by. */
      'destination-prefix': string | null
      /** Call-ID of the incoming leg. */
      'orig-call-id': string | null
      /** User-Agent of the caller's side. */
      'lega-user-agent': string | null
      /** Whether there is a recording that you may hear. */
      rec: boolean
    }
    filters: {
      id: 'integer'
      time_start: 'datetime'
      time_connect: 'datetime'
      time_end: 'datetime'
      duration: 'integer'
      success: 'boolean'
      destination_initial_interval: 'integer'
      destination_initial_rate: 'decimal'
      destination_next_interval: 'integer'
      destination_next_rate: 'decimal'
      destination_fee: 'decimal'
      destination_reverse_billing: 'boolean'
      customer_acc_vat: 'decimal'
      customer_price: 'decimal'
      customer_price_no_vat: 'decimal'
      customer_duration: 'integer'
      src_name_in: 'string'
      src_prefix_in: 'string'
      from_domain: 'string'
      dst_prefix_in: 'string'
      to_domain: 'string'
      ruri_domain: 'string'
      diversion_in: 'string'
      local_tag: 'string'
      lega_disconnect_code: 'integer'
      lega_disconnect_reason: 'string'
      auth_orig_transport_protocol_id: 'integer'
      auth_orig_ip: 'inet'
      auth_orig_port: 'integer'
      src_prefix_routing: 'string'
      dst_prefix_routing: 'string'
      destination_prefix: 'string'
      orig_call_id: 'string'
      lega_user_agent: 'string'
      pai_in: 'string'
      ppi_in: 'string'
      privacy_in: 'string'
      rpid_in: 'string'
      rpid_privacy_in: 'string'
      account_id: 'uuid'
    }
    lists: {
      id: 'integer'
    }
    unsorted: 'rec'
    relationships: {
      'auth-orig-transport-protocol': 'transport-protocols'
      account: 'accounts'
    }
  }
  /** Calls that you received as a vendor: every attempt. */
  'incoming-cdrs': {
    attributes: {
      /** When the call began. */
      'time-start': string
      /** When the call was answered. */
      'time-connect': string | null
      /** When the call ended. */
      'time-end': string | null
      /** Seconds from answer to end. */
      duration: number | null
      /** Whether the call was answered. */
      success: boolean | null
      /** Seconds paid for at least. */
      'dialpeer-initial-interval': number | null
      /** Price of a minute within the initial interval. */
      'dialpeer-initial-rate': string | null
      /** Seconds paid for at a time after the initial interval. */
      'dialpeer-next-interval': number | null
      /** Price of a minute after the initial interval. */
      'dialpeer-next-rate': string | null
      /** Price of the connection. */
      'dialpeer-fee': string | null
      /** Prefix of the rate that the call was paid by. */
      'dialpeer-prefix': string | null
      /** Price of the call. */
      'vendor-price': string | null
      /** Seconds paid for. */
      'vendor-duration': number | null
      /** Calling name as sent. */
      'src-name-out': string | null
      /** Calling number as sent. */
      'src-prefix-out': string | null
      /** Called number as sent. */
      'dst-prefix-out': string | null
      /** Calling number as routing saw it. */
      'src-prefix-routing': string | null
      /** Called number as routing saw it. */
      'dst-prefix-routing': string | null
      /** Diversion header as sent. */
      'diversion-out': string | null
      /** The switch's own tag of the call. */
      'local-tag': string | null
      /** SIP code that the call ended with, towards the called side. */
      'legb-disconnect-code': number | null
      /** SIP reason that the call ended with, towards the called side. */
      'legb-disconnect-reason': string | null
      /** Address that the call was sent to, as text. */
      'sign-term-ip': string | null
      /** Port that the call was sent to. */
      'sign-term-port': number | null
      /** Id of the transport protocol that the call was sent by. */
      'sign-term-transport-protocol-id': number | null
      /** Call-ID of the outgoing leg. */
      'term-call-id': string | null
      /** User-Agent of the called side. */
      'legb-user-agent': string | null
      /** Whether there is a recording that you may hear. */
      rec: boolean
    }
    filters: {
      id: 'integer'
      time_start: 'datetime'
      time_connect: 'datetime'
      time_end: 'datetime'
      duration: 'integer'
      success: 'boolean'
      dialpeer_initial_interval: 'integer'
      dialpeer_initial_rate: 'decimal'
      dialpeer_next_interval: 'integer'
      dialpeer_next_rate: 'decimal'
      dialpeer_fee: 'decimal'
      dialpeer_reverse_billing: 'boolean'
      dialpeer_prefix: 'string'
      vendor_price: 'decimal'
      vendor_duration: 'integer'
      src_name_out: 'string'
      src_prefix_out: 'string'
      dst_prefix_out: 'string'
      src_prefix_routing: 'string'
      dst_prefix_routing: 'string'
      diversion_out: 'string'
      local_tag: 'string'
      legb_disconnect_code: 'integer'
      legb_disconnect_reason: 'string'
      sign_term_ip: 'string'
      sign_term_port: 'integer'
      sign_term_transport_protocol_id: 'integer'
      term_call_id: 'string'
      legb_user_agent: 'string'
      account_id: 'uuid'
    }
    lists: {
      id: 'integer'
    }
    unsorted: 'rec'
    relationships: {
      account: 'accounts'
    }
  }
  /** CSV files of calls that you made. */
  'cdr-exports': {
    attributes: {
      /** What the export was limited to. */
      filters: {
        time_start_gteq?: string
        time_start_lt?: string
        success_eq?: boolean
        duration_eq?: number
        duration_gteq?: number
        duration_lteq?: number
        src_prefix_routing_eq?: string
        dst_prefix_routing_eq?: string
      }
      /** How far the export is. */
      status: 'Pending' | 'Completed' | 'Failed' | 'Deleted'
      /** Number of calls in the file, once it is complete. */
      'rows-count': number | null
      /** When the export was ordered. */
      'created-at': string | null
      /** When its status last changed. */
      'updated-at': string | null
      /** How times stand in the file. */
      'time-format': 'with_timezone' | 'without_timezone' | 'round_to_seconds'
      /** Time zone of the times in the file; UTC where there is none. */
      'time-zone-name': string | null
    }
    filters: {
      status: Choice<'Pending' | 'Completed' | 'Failed' | 'Deleted'>
      rows_count: 'integer'
      created_at: 'datetime'
      updated_at: 'datetime'
      time_zone_name: 'string'
      account_id: 'uuid'
    }
    lists: {
      id: 'uuid'
      time_format: Choice<'with_timezone' | 'without_timezone' | 'round_to_seconds'>
    }
    unsorted: 'filters'
    relationships: {
      account: 'accounts'
    }
  }
  /** Your accounts. */
  accounts: {
    attributes: {
      /** Name of the account. */
      name: string | null
      /** Money on the account. */
      balance: string | null
      /** The least that the balance may be. */
      'min-balance': string | null
      /** The most that the balance may be. */
      'max-balance': string | null
      /** The highest price of a minute that calls may have. */
      'destination-rate-limit': string | null
      /** Calls that may be made at once. */
      'origination-capacity': number | null
      /** Calls that may be received at once. */
      'termination-capacity': number | null
      /** Calls that there may be at once. */
      'total-capacity': number | null
    }
    filters: {
      name: 'string'
      balance: 'decimal'
      min_balance: 'decimal'
      max_balance: 'decimal'
      balance_low_threshold: 'decimal'
      balance_high_threshold: 'decimal'
      destination_rate_limit: 'decimal'
      max_call_duration: 'integer'
      external_id: 'integer'
      uuid: 'uuid'
      origination_capacity: 'integer'
      termination_capacity: 'integer'
      total_capacity: 'integer'
    }
    lists: {
      id: 'uuid'
    }
    unsorted: never
  }
  /** Which parts of the portal you may see. */
  profiles: {
    attributes: {
      /** Whether the portal shows account. */
      account: boolean
      /** Whether the portal shows outgoing rateplans. */
      'outgoing-rateplans': boolean
      /** Whether the portal shows outgoing cdrs. */
      'outgoing-cdrs': boolean
      /** Whether the portal shows outgoing cdr exports. */
      'outgoing-cdr-exports': boolean
      /** Whether the portal shows outgoing statistics. */
      'outgoing-statistics': boolean
      /** Whether the portal shows outgoing statistics active calls. */
      'outgoing-statistics-active-calls': boolean
      /** Whether the portal shows outgoing statistics acd. */
      'outgoing-statistics-acd': boolean
      /** Whether the portal shows outgoing statistics asr. */
      'outgoing-statistics-asr': boolean
      /** Whether the portal shows outgoing statistics failed calls. */
      'outgoing-statistics-failed-calls': boolean
      /** Whether the portal shows outgoing statistics successful calls. */
      'outgoing-statistics-successful-calls': boolean
      /** Whether the portal shows outgoing statistics total calls. */
      'outgoing-statistics-total-calls': boolean
      /** Whether the portal shows outgoing statistics total duration. */
      'outgoing-statistics-total-duration': boolean
      /** Whether the portal shows outgoing statistics total price. */
      'outgoing-statistics-total-price': boolean
      /** Whether the portal shows outgoing statistics acd value. */
      'outgoing-statistics-acd-value': boolean
      /** Whether the portal shows outgoing statistics asr value. */
      'outgoing-statistics-asr-value': boolean
      /** Whether the portal shows outgoing statistics failed calls value. */
      'outgoing-statistics-failed-calls-value': boolean
      /** Whether the portal shows outgoing statistics successful calls value. */
      'outgoing-statistics-successful-calls-value': boolean
      /** Whether the portal shows outgoing statistics total calls value. */
      'outgoing-statistics-total-calls-value': boolean
      /** Whether the portal shows outgoing statistics total duration value. */
      'outgoing-statistics-total-duration-value': boolean
      /** Whether the portal shows outgoing statistics total price value. */
      'outgoing-statistics-total-price-value': boolean
      /** Whether the portal shows outgoing active calls. */
      'outgoing-active-calls': boolean
      /** Whether the portal shows outgoing numberlists. */
      'outgoing-numberlists': boolean
      /** Whether the portal shows incoming cdrs. */
      'incoming-cdrs': boolean
      /** Whether the portal shows incoming statistics. */
      'incoming-statistics': boolean
      /** Whether the portal shows incoming statistics active calls. */
      'incoming-statistics-active-calls': boolean
      /** Whether the portal shows incoming statistics acd. */
      'incoming-statistics-acd': boolean
      /** Whether the portal shows incoming statistics asr. */
      'incoming-statistics-asr': boolean
      /** Whether the portal shows incoming statistics failed calls. */
      'incoming-statistics-failed-calls': boolean
      /** Whether the portal shows incoming statistics successful calls. */
      'incoming-statistics-successful-calls': boolean
      /** Whether the portal shows incoming statistics total calls. */
      'incoming-statistics-total-calls': boolean
      /** Whether the portal shows incoming statistics total duration. */
      'incoming-statistics-total-duration': boolean
      /** Whether the portal shows incoming statistics total price. */
      'incoming-statistics-total-price': boolean
      /** Whether the portal shows incoming statistics acd value. */
      'incoming-statistics-acd-value': boolean
      /** Whether the portal shows incoming statistics asr value. */
      'incoming-statistics-asr-value': boolean
      /** Whether the portal shows incoming statistics failed calls value. */
      'incoming-statistics-failed-calls-value': boolean
      /** Whether the portal shows incoming statistics successful calls value. */
      'incoming-statistics-successful-calls-value': boolean
      /** Whether the portal shows incoming statistics total calls value. */
      'incoming-statistics-total-calls-value': boolean
      /** Whether the portal shows incoming statistics total duration value. */
      'incoming-statistics-total-duration-value': boolean
      /** Whether the portal shows incoming statistics total price value. */
      'incoming-statistics-total-price-value': boolean
      /** Whether the portal shows invoices. */
      invoices: boolean
      /** Whether the portal shows payments. */
      payments: boolean
      /** Whether the portal shows payments cryptomus. */
      'payments-cryptomus': boolean
      /** Whether the portal shows services. */
      services: boolean
      /** Whether the portal shows transactions. */
      transactions: boolean
    }
  }
  /** How a call was signalled. */
  'transport-protocols': {
    attributes: {
      /** Name of the protocol. */
      name: string | null
    }
  }
}
