// The cost rules, in exact figures: what the bench asks of half a million CDRs is asked here of fifty thousand. Each figure is the same for
// twice as many, so it does not grow with history.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { serviceData } from '../../scripts/bench/data.ts'
